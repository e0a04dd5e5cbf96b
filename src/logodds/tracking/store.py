"""Runs in an MLflow store. With ``served.py``, only this folder imports MLflow."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # a dead server: seconds, not most of a minute
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # commands print addresses of their own
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")  # its migrations of a new store are no news

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from logodds import signals
from logodds.errors import StorageError, UserError
from logodds.schema import NAME
from logodds.tracking.local import LocalWriter
from logodds.tracking.reader import Reader
from logodds.tracking.run import TABLES, Naming, Run
from logodds.tracking.server import ServerWriter
from logodds.tracking.writer import Pending, Writer
from logodds.views import TAG_LIMIT, VIEW_TAG, view_tag

FLUSH_SECONDS = 1.0


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
            place = self.client.get_experiment(self.experiment).artifact_location
        self.writer: Writer
        if self.local and (place.startswith(("file:", "/"))):
            folder = Path(unquote(urlsplit(place).path))
            self.writer = LocalWriter(self.client._tracking_client.store.engine, self.experiment, folder)
        else:
            self.writer = ServerWriter(self.client, self.experiment)
        self.reader = Reader(self.client, self.uri, self.base, self.told)
        self._open: list[Run] = []
        self._flushed = time.monotonic()

    @property
    def base(self) -> str:
        """The address that people open: the server's, or where ``make ui`` listens."""
        return _base(self.uri)

    @contextmanager
    def runs(self, namings: Sequence[Naming]) -> Iterator[list[Run]]:
        """New runs, each ended with a true status: FINISHED, FAILED after an exception, KILLED after Ctrl-C or
        SIGTERM."""
        tags = [{**each.tags, **({"mlflow.parentRunId": each.parent} if each.parent else {})} for each in namings]
        with self.told():
            ids = self.writer.create([each.name for each in namings], tags)
        with self._ending([Run(self, run_id) for run_id in ids]) as opened:
            yield opened

    @contextmanager
    def _ending(self, opened: list[Run]) -> Iterator[list[Run]]:
        self._open += opened
        status = "FAILED"
        try:
            yield opened
            status = "FINISHED"
        except (KeyboardInterrupt, SystemExit):
            status = "KILLED"
            raise
        except BaseException as error:
            for run in opened:
                run.fail(str(error) or repr(error))
            raise
        finally:
            for run in opened:
                run.pending.status = "FAILED" if run.failed else status
            try:
                self.flush()
            finally:
                self._open = [run for run in self._open if run not in opened]

    @contextmanager
    def resumed(self, run_id: str) -> Iterator[Run]:
        """A run that has ended, or was cut off, to go on with."""
        with self.told():
            self.writer.write({run_id: Pending(status="RUNNING")})
        with self._ending([Run(self, run_id)]) as (run,):
            yield run

    @contextmanager
    def run(self, naming: Naming) -> Iterator[Run]:
        """One new run."""
        with self.runs([naming]) as (run,):
            yield run

    @contextmanager
    def reopened(self, run_id: str) -> Iterator[Run]:
        """A run that has ended, to add to; its status is left as it was."""
        with self.told():
            tags = self.client.get_run(run_id).data.tags
        run = Run(self, run_id, tags.get(TABLES, "[]"))
        yield run
        self._open.append(run)
        self.flush()
        self._open.remove(run)

    def tick(self) -> None:
        """Write what is pending, if the last time is long enough ago."""
        if time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is pending of all open runs."""
        batch = {}
        for run in self._open:
            batch[run.id], run.pending = run.pending, Pending()
        self._flushed = time.monotonic()
        with self.told():
            self.writer.write(batch)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Errors of the store in one line."""
        with _told(self.uri):
            yield

    def fetch(self, run_id: str, folder: Path) -> tuple[Path, Path, dict[str, str]]:
        """A run's ``config.yaml`` and its model's package below ``folder``, and the run's tags.

        Raises:
            UserError: the run has none: it did not finish, or is the parent of a sweep or of a cross-validation.
        """
        with _told(self.uri):
            run = self.client.get_run(run_id)
            outputs = run.outputs.model_outputs if run.outputs else []
            if not outputs:
                raise UserError(f"run={run_id}: {_without_model(run_id, run.data.tags, run.info.status)}")
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

    def remove(self, run_id: str) -> None:
        """Out of every list; ``mlflow gc`` frees the room."""
        with self.told():
            self.client.delete_run(run_id)

    def share_view(self, key: str, name: str, state: dict[str, Any]) -> bool:
        """Store a prepared view; False where it is too large for a tag."""
        value = view_tag(name, state, int(time.time() * 1000))
        if len(value) > TAG_LIMIT:
            return False
        with _told(self.uri):
            self.client.set_experiment_tag(self.experiment, VIEW_TAG + key, value)
        return True


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


def reader(root: Path) -> Reader:
    """The store, to be read only: nothing is created.

    Raises:
        UserError: there is no store yet.
        StorageError: the store cannot be reached or is of another version.
    """
    uri = _uri(root)
    path = Path(uri.removeprefix("sqlite:///"))
    if uri.startswith("sqlite:") and not path.is_file():
        raise UserError(f"{path}: no such store, nothing has been trained yet; python src/train.py makes one")
    # Another process may be making its tables at this moment.
    folder = root / "mlruns"
    with FileLock(folder / ".lock") if folder.is_dir() else nullcontext(), _told(uri):
        return Reader(MlflowClient(uri), uri, _base(uri), partial(_told, uri))


def _base(uri: str) -> str:
    return uri.rstrip("/") if uri.startswith("http") else "http://127.0.0.1:5000"


def _without_model(run_id: str, tags: Mapping[str, str], status: str) -> str:
    """Why a run holds no model, and what to choose instead."""
    if "folds" in tags:
        return "a cross-validation, whose folds are judged already (cv/ on its page); train without split.folds"
    if tags.get("sweep.id") == run_id:
        best = tags.get("sweep.best")
        return f"a sweep, which holds no model; choose one of its runs{f', the best is run={best}' if best else ''}"
    return f"it holds no model (status {status}); choose a finished run"


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
