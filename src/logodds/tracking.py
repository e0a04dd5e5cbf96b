"""Runs in an MLflow store. With ``served.py``, the only file that imports MLflow."""

from __future__ import annotations

import json
import math
import os
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # a dead server: seconds, not most of a minute
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")  # its migrations of a new store are no news

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput, LoggedModelStatus, Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from logodds import signals
from logodds.errors import StorageError, UserError
from logodds.schema import NAME
from logodds.views import TAG_LIMIT, VIEW_TAG, view_tag

if TYPE_CHECKING:
    from logodds.training import Naming

FLUSH_SECONDS = 1.0
BATCH = 1000  # metrics that one request of MLflow's API takes
LARGEST = 1.7976931348623157e308  # how MLflow stores infinity
SERVING = ("torch", "numpy", "pandas", "pyarrow", "safetensors", "omegaconf", "mlflow")


class Store:
    """Final. One experiment of the store at ``MLFLOW_TRACKING_URI``, or in ``mlruns/`` below ``root``.

    Raises:
        StorageError: the store cannot be reached or is of another version.
    """

    def __init__(self, root: Path, experiment: str) -> None:
        folder = root / "mlruns"
        self.uri = _uri(root)
        self.local = self.uri.startswith("sqlite:")
        with _told(self.uri):
            folder.mkdir(exist_ok=True)
            mlflow.set_tracking_uri(self.uri)  # what resolves the addresses of models
        # Two processes that open an empty database at once crash in its migrations: one at a time.
        with FileLock(folder / ".lock"), _told(self.uri):
            self.client = MlflowClient(self.uri)
            if self.local:
                _write_ahead(self.client)
            found = self.client.get_experiment_by_name(experiment)
            if found is None:
                place = (folder / "artifacts" / experiment).as_uri() if self.local else None
                self.experiment: str = self.client.create_experiment(experiment, artifact_location=place)
            else:
                self.experiment = found.experiment_id

    @property
    def base(self) -> str:
        """The address that people open: the server's, or where ``make ui`` listens."""
        return self.uri.rstrip("/") if self.uri.startswith("http") else "http://127.0.0.1:5000"

    @contextmanager
    def run(self, naming: Naming) -> Iterator[Run]:
        """A new run, ended with a true status: FINISHED, FAILED after an exception, KILLED after Ctrl-C or SIGTERM."""
        lineage = {"mlflow.parentRunId": naming.parent} if naming.parent else {}
        with _told(self.uri):
            made = self.client.create_run(self.experiment, run_name=naming.name, tags={**naming.tags, **lineage})
        run = Run(self, made.info.run_id, naming.name)
        with self._status(run):
            yield run

    @contextmanager
    def reopened(self, run_id: str) -> Iterator[Run]:
        """A run that has ended, to add to; its status is left as it was unless something fails."""
        with _told(self.uri):
            info = self.client.get_run(run_id).info
        run = Run(self, run_id, info.run_name)
        yield run
        run.flush()

    @contextmanager
    def _status(self, run: Run) -> Iterator[None]:
        status = "FAILED"
        try:
            yield
            run.flush()
            status = "FAILED" if run.failed else "FINISHED"
        except (KeyboardInterrupt, SystemExit):
            status = "KILLED"
            raise
        except BaseException as error:
            with _told(self.uri):
                self.client.set_tag(run.id, "error", str(error).splitlines()[0][:500] if str(error) else repr(error))
            raise
        finally:
            with _told(self.uri):
                self.client.set_terminated(run.id, status)

    def fetch(self, run_id: str, folder: Path) -> tuple[Path, Path, dict[str, str]]:
        """A run's ``config.yaml`` and its model's package below ``folder``, and the run's tags.

        Raises:
            UserError: the run has none: it did not finish, or is the parent of a sweep.
        """
        with _told(self.uri):
            run = self.client.get_run(run_id)
            outputs = run.outputs.model_outputs if run.outputs else []
            if not outputs:
                status = run.info.status
                raise UserError(f"run={run_id}: it holds no model (status {status}); choose a finished run, no parent")
            config = self.client.download_artifacts(run_id, "config.yaml", str(folder))
            place = mlflow.artifacts.download_artifacts(
                artifact_uri=f"models:/{outputs[0].model_id}", dst_path=str(folder / "model")
            )
        (package,) = Path(place).glob("artifacts/*/")
        return Path(config), package, dict(run.data.tags)

    def find(self, tag: str, value: str) -> str | None:
        """Id of the latest finished run of the experiment with a tag's value."""
        with _told(self.uri):
            found = self.client.search_runs(
                [self.experiment],
                f"tags.`{tag}` = '{value}' and attributes.status = 'FINISHED'",
                max_results=1,
                order_by=["attributes.start_time DESC"],
            )
        return found[0].info.run_id if found else None

    def share_view(self, key: str, name: str, state: dict[str, Any]) -> bool:
        """Store a prepared view; False where it is too large for a tag."""
        value = view_tag(name, state, int(time.time() * 1000))
        if len(value) > TAG_LIMIT:
            return False
        with _told(self.uri):
            self.client.set_experiment_tag(self.experiment, VIEW_TAG + key, value)
        return True


class Run:
    """Final. One run being written. Points are buffered and written in batches."""

    def __init__(self, store: Store, run_id: str, name: str) -> None:
        self.store = store
        self.id = run_id
        self.name = name
        self._points: list[tuple[str, float, int, int]] = []
        self._flushed = time.monotonic()
        self.failed = False

    def fail(self, reason: str) -> None:
        """The run is to end as FAILED."""
        self.failed = True
        self.tags({"error": reason[:500]})

    def params(self, values: Mapping[str, Any]) -> None:
        """Parameters by Hydra key."""
        with _told(self.store.uri):
            params = [Param(key, str(value)) for key, value in values.items()]
            self.store.client.log_batch(self.id, params=params)

    def tags(self, values: Mapping[str, str]) -> None:
        with _told(self.store.uri):
            self.store.client.log_batch(self.id, tags=[RunTag(key, value) for key, value in values.items()])

    def epoch(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Figures of one epoch; they reach the store within about a second."""
        now = time.time_ns() // 1_000_000
        self._points += [(name, value, now, epoch) for name, value in figures.items()]
        if time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write the buffered points."""
        points, self._points = self._points, []
        self._flushed = time.monotonic()
        if not points:
            return
        with _told(self.store.uri):
            if self.store.local:
                _insert(self.store.client._tracking_client.store.engine, self.id, points)
                return
            metrics = [Metric(name, value, now, epoch) for name, value, now, epoch in points]
            for start in range(0, len(metrics), BATCH):
                self.store.client.log_batch(self.id, metrics[start : start + BATCH])

    def figures(self, values: Mapping[str, float]) -> None:
        """Final figures, once, without a step."""
        now = time.time_ns() // 1_000_000
        with _told(self.store.uri):
            self.store.client.log_batch(self.id, [Metric(name, value, now, 0) for name, value in values.items()])

    def artifacts(self, files: Mapping[str, bytes]) -> None:
        """Files by their path in the run."""
        with tempfile.TemporaryDirectory() as name, _told(self.store.uri):
            for path, data in files.items():
                target = Path(name) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            self.store.client.log_artifacts(self.id, name)

    def table(self, columns: Mapping[str, Sequence[Any]], path: str) -> None:
        """A table that the UI shows as one."""
        with _told(self.store.uri):
            self.store.client.log_table(self.id, {key: list(value) for key, value in columns.items()}, path)

    def dataset(self, name: str, path: str, digest: str, columns: Mapping[str, str], rows: int) -> None:
        """The input rows: where they came from, their md5, columns and number."""
        schema = {"mlflow_colspec": [{"type": kind, "name": key, "required": True} for key, kind in columns.items()]}
        entity = Dataset(
            name=name,
            digest=digest,
            source_type="local",
            source=json.dumps({"uri": path}),
            schema=json.dumps(schema),
            profile=json.dumps({"num_rows": rows}),
        )
        tags = [InputTag("mlflow.data.context", "training")]
        with _told(self.store.uri):
            self.store.client.log_inputs(self.id, [DatasetInput(entity, tags)])

    def model(self, folder: Path, columns: Mapping[str, str], classes: Sequence[str], packages: Sequence[str]) -> None:
        """The model with its features inside, as a pyfunc of plain files: raw row -> class and probability.

        Args:
            folder: of the model's package.
            columns: those that it reads, with MLflow's types, or ``any``.
            classes: their names.
            packages: what it needs beside what every model needs.

        MLflow's ``log_model`` would read back every metric of the run; its parts are called one by one instead.
        """
        import mlflow.pyfunc
        from mlflow.models import Model, ModelSignature
        from mlflow.types import ColSpec, DataType, Schema

        told = [{"type": kind, "name": key, "required": False} for key, kind in columns.items()]
        inputs = Schema.from_json(json.dumps(told))
        each = [f"probability {name}" for name in classes] if len(classes) > 2 else []
        figures = [ColSpec(DataType.double, name) for name in ["probability", *each]]
        outputs = Schema([ColSpec(DataType.string, "prediction"), *figures])
        needed = (*SERVING, *packages)
        source = Path(__file__).resolve().parent
        client = self.store.client
        with (
            tempfile.TemporaryDirectory() as name,
            _told(self.store.uri),
            _installed_packages(needed),
            warnings.catch_warnings(),
        ):
            # The signature is stated here; MLflow would have it guessed from an example.
            warnings.filterwarnings("ignore", "(?s).*input example was not provided")
            made = client.create_logged_model(self.store.experiment, name="model", source_run_id=self.id)
            place = Path(name) / "model"
            mlflow.pyfunc.save_model(
                str(place),
                python_model=str(source / "served.py"),
                artifacts={"package": str(folder)},
                code_paths=[str(source)],
                signature=ModelSignature(inputs, outputs),
                pip_requirements=[f"{package}=={version(package).partition('+')[0]}" for package in needed],
                mlflow_model=Model(run_id=self.id, model_id=made.model_id),
            )
            client.log_model_artifacts(made.model_id, str(place))
            client.finalize_logged_model(made.model_id, LoggedModelStatus.READY)
            client.log_outputs(self.id, [LoggedModelOutput(made.model_id, 0)])


def store_of(root: Path, run_id: str) -> Store:
    """The store, at the experiment of a run.

    Raises:
        UserError: no such run.
    """
    uri = _uri(root)
    if NAME.fullmatch(run_id) is None:
        raise UserError(f"run={run_id}: not a run id; copy it from the table or from the run's page")
    with _told(uri):
        client = MlflowClient(uri)
        try:
            experiment = client.get_experiment(client.get_run(run_id).info.experiment_id).name
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                raise UserError(f"run={run_id}: no such run in {uri}; copy the id from the run's page") from error
            raise
    return Store(root, experiment)


def _uri(root: Path) -> str:
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{root / 'mlruns' / 'mlflow.db'}"


@contextmanager
def _told(uri: str) -> Iterator[None]:
    """MLflow's and the database's errors in one line, with the store's address. In a local store Ctrl-C and SIGTERM
    wait: a transaction that they cut off would keep the database locked, and the run could not be ended."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with signals.put_off() if uri.startswith("sqlite:") else nullcontext():
            yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        text = str(error).splitlines()[0][:200]
        raise StorageError(f"MLflow store {uri}: {text}; check MLFLOW_TRACKING_URI, the disk and the server") from error


def _write_ahead(client: MlflowClient) -> None:
    """WAL: writers do not wait for readers; the setting stays in the file."""
    from sqlalchemy import text

    with client._tracking_client.store.engine.connect() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))


@contextmanager
def _installed_packages(names: Sequence[str]) -> Iterator[None]:
    """MLflow holds a model's requirements against the installed versions by way of a map of every installed package,
    which takes longer to make than the rest of a record. Ours are the installed versions; a map of them will do."""
    import mlflow.utils.requirements_utils

    requirements_utils: Any = mlflow.utils.requirements_utils
    before = requirements_utils._MODULES_TO_PACKAGES
    requirements_utils._MODULES_TO_PACKAGES = {name: [name] for name in names}
    try:
        yield
    finally:
        requirements_utils._MODULES_TO_PACKAGES = before


def _insert(engine: Any, run_id: str, points: Sequence[tuple[str, float, int, int]]) -> None:
    """Points straight into MLflow's tables, one transaction: fifteen times as fast as ``log_batch``, which would take
    longer than a small training itself. Values are cleaned as MLflow's own store does."""
    into = "(run_uuid, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)"
    rows = [
        (run_id, name, value, now, epoch, False)
        if -LARGEST <= value <= LARGEST
        else (run_id, name, 0.0 if value != value else math.copysign(LARGEST, value), now, epoch, value != value)
        for name, value, now, epoch in points
    ]
    latest = {row[1]: row for row in rows}
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO metrics " + into, rows)
        connection.exec_driver_sql("INSERT OR REPLACE INTO latest_metrics " + into, list(latest.values()))
