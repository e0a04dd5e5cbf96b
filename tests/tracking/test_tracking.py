"""The record in MLflow: what is written comes back exactly, and a run never claims an end that it did not have."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, environment, load_mlflow

from logodds.system.errors import StorageError, UserError
from logodds.tracking.mlflow import address
from logodds.tracking.mlflow.ui import TAG_LIMIT, VIEW_TAG, view_tag
from logodds.tracking.naming import Naming
from logodds.tracking.pages import Charts

pytestmark = pytest.mark.slow

LARGEST = 1.7976931348623157e308


@pytest.fixture(autouse=True, scope="module")
def mlflow_loaded() -> None:
    load_mlflow()


@pytest.fixture(autouse=True)
def no_other_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One local store for this module."""
    from logodds.tracking.mlflow import opening

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        return opening.store(tmp_path_factory.mktemp("store"), "toy")


def api(store: Any) -> Any:
    """MLflow's own client, which reads back what was written."""
    from mlflow import MlflowClient

    return MlflowClient(store.reader.uri)


@pytest.mark.parametrize("flush_after", [(), (1,), (1, 2, 5)], ids=["one flush", "two", "four"])
def test_points_come_back_exactly(store: Any, flush_after: tuple[int, ...]) -> None:
    losses = [0.1 + 0.2, 1e-320, 0.0, 5.0, 1 / 3, math.pi, 2.5]
    odd = [1.0, math.nan, math.inf, -math.inf, math.nan, 7.0, math.inf]
    with store.run(Naming("points", {})) as run:
        for epoch, (loss, other) in enumerate(zip(losses, odd, strict=True), start=1):
            # A figure that is not there in every epoch keeps its own latest value.
            run.epoch(epoch, {"train/loss": loss, "odd": other} | ({"early": loss} if epoch < 3 else {}))
            if epoch in flush_after:
                store.flush()
    expected = {
        "train/loss": list(enumerate(losses, start=1)),
        "odd": list(enumerate([1.0, math.nan, LARGEST, -LARGEST, math.nan, 7.0, LARGEST], start=1)),
        "early": [(1, losses[0]), (2, losses[1])],
    }
    found = {
        name: [(point.step, point.value) for point in api(store).get_metric_history(run.id, name)] for name in expected
    }
    assert repr(found) == repr(expected)  # as text, for NaN is not equal to itself
    assert api(store).get_run(run.id).data.metrics == {
        "train/loss": 2.5,
        "odd": LARGEST,
        "early": 1e-320,
    }


def test_a_latest_nan_is_shown_as_one(store: Any) -> None:
    with store.run(Naming("nan", {})) as run:
        run.epoch(1, {"train/loss": 1.0})
        store.flush()
        run.epoch(2, {"train/loss": math.nan})
    assert math.isnan(api(store).get_run(run.id).data.metrics["train/loss"])


def test_many_points_are_the_same_in_one_flush(store: Any) -> None:
    values = [(epoch, epoch / 7) for epoch in range(1, 2502)]
    with store.run(Naming("many", {})) as run:
        for epoch, value in values:
            run.epoch(epoch, {"train/loss": value})
    points = api(store).get_metric_history(run.id, "train/loss")
    assert [(point.step, point.value) for point in points] == values


@pytest.mark.parametrize(
    ("raised", "status", "tag"),
    [
        (None, "FINISHED", None),
        (ValueError("first line\nsecond line"), "FAILED", "first line"),
        (ValueError(), "FAILED", "ValueError()"),
        (UserError("x" * 600), "FAILED", "x" * 500),
        (KeyboardInterrupt(), "KILLED", None),
        (SystemExit(143), "KILLED", None),
    ],
    ids=["end", "error", "silent error", "long error", "Ctrl-C", "SIGTERM"],
)
def test_a_run_ends_truthfully(store: Any, raised: BaseException | None, status: str, tag: str | None) -> None:
    caught: BaseException | None = None
    try:
        with store.run(Naming("ends", {"a": "b"})) as run:
            run.epoch(1, {"train/loss": 1.0})
            store.flush()
            if raised is not None:
                raise raised
    except BaseException as error:
        caught = error
    found = api(store).get_run(run.id)
    assert caught is raised
    assert (found.info.status, found.data.tags.get("error"), found.data.tags["a"]) == (status, tag, "b")
    assert found.data.metrics == {"train/loss": 1.0}
    assert found.info.end_time >= found.info.start_time


@pytest.mark.parametrize("statement", ["INSERT INTO metrics", "INSERT OR REPLACE INTO latest_metrics", "COMMIT"])
def test_ctrl_c_within_a_transaction_leaves_no_lock_and_loses_no_point(store: Any, statement: str) -> None:
    """The database would stay locked by the transaction that was cut off, and the run would never end."""
    connection = store.writer._database.connection

    def interrupt(traced: str) -> None:
        if traced.startswith(statement):
            connection.set_trace_callback(None)
            signal.raise_signal(signal.SIGINT)

    ids = []

    def write() -> None:
        with store.run(Naming("cut off", {})) as run:
            ids.append(run.id)
            run.epoch(1, {"train/loss": 1.0})
            connection.set_trace_callback(interrupt)
            store.flush()

    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            write()
    finally:
        connection.set_trace_callback(None)
        signal.signal(signal.SIGINT, handler)
    found = api(store).get_run(ids[0])
    assert (found.info.status, found.data.metrics) == ("KILLED", {"train/loss": 1.0})


def test_a_reopened_run_keeps_its_end(store: Any) -> None:
    with store.run(Naming("first", {})) as run:
        run.figures({"best/f1": 0.5})
    before = api(store).get_run(run.id).info
    with store.reopened(run.id) as again:
        again.figures({"test/f1": 0.25})
    after = api(store).get_run(run.id)
    assert again.id == run.id
    assert (after.info.status, after.info.end_time) == ("FINISHED", before.end_time)
    assert after.data.metrics == {"best/f1": 0.5, "test/f1": 0.25}


@pytest.mark.filterwarnings("ignore:For backward compatibility, 'str' dtypes are:pandas.errors.Pandas4Warning")
def test_what_a_run_is_given_comes_back(store: Any) -> None:
    files = {"config.yaml": b"a: 1\n", "val/report.txt": b"\x00\xff", "val/deep/x.csv": b""}
    with store.run(Naming("files", {"first": "1"})) as run:
        run.params({"optim.lr": 0.1, "problem.classes": None, "model.hidden": [64, 64]})
        run.tags({"second": "2"})
        run.artifacts(files, {"val/table.json": {"actual": ["a", "b"], "rows": [1, 2]}})
    found = api(store).get_run(run.id)
    assert found.data.params == {"optim.lr": "0.1", "problem.classes": "None", "model.hidden": "[64, 64]"}
    assert (found.data.tags["first"], found.data.tags["second"]) == ("1", "2")
    place = Path(found.info.artifact_uri.removeprefix("file://"))
    written = {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    assert written.pop("val/table.json") == b'{"columns":["actual","rows"],"data":[["a",1],["b",2]]}'
    assert written == files


def _recorded(store: Any, folder: Path) -> Any:
    """A run that is given one of everything; as MLflow's API reads it back."""
    from logodds.tracking.writer import ModelSchema

    (folder / "model").mkdir(parents=True)
    (folder / "model" / "model.json").write_text("{}")
    columns = {"x": "double", "y": "string"}
    with store.run(Naming("both", {"a": "b"}, parent="0" * 32)) as run:
        run.params({"long": "p" * 6001, "optim.lr": 0.1})
        run.tags({"long": "t" * 8001})
        run.epoch(1, {"train/loss": 0.5, "val/loss": math.nan})
        run.dataset("toy.csv", "data/toy.csv", "abc", columns, 7)
        run.artifacts({}, {"val/table.json": {"actual": ["a"], "rows": [1]}})
        run.model(folder / "model", ModelSchema(tuple(columns.items()), ("a", "b"), (), ()))
        run.figures({"seconds/training": 2.0})
        run.figures_of_model({"best/f1": math.inf, "best/nan": math.nan, "best/log_loss": 0.25})
    with store.reopened(run.id) as again:
        again.artifacts({}, {"test/table.json": {"actual": ["a"], "rows": [2]}})
        again.figures_of_model({"test/f1": 0.5})
        again.artifacts({}, {"test/table.json": {"actual": ["a"], "rows": [3]}})
    return api(store).get_run(run.id)


def test_a_local_store_holds_what_mlflows_own_calls_write(store: Any, tmp_path: Path) -> None:
    from logodds.tracking.mlflow import opening
    from logodds.tracking.mlflow.server.writer import ServerWriter

    root = Path(store.reader.uri.removeprefix("sqlite:///")).parents[1]
    direct, through = opening.store(root, "both"), opening.store(root, "both")
    through.writer = ServerWriter(api(through), through.reader.uri, through.reader.experiment("both"))
    found, expected = (_recorded(each, tmp_path / name) for each, name in ((direct, "a"), (through, "b")))
    for name in ("experiment_id", "lifecycle_stage", "run_name", "status", "user_id"):
        assert getattr(found.info, name) == getattr(expected.info, name), name
    assert found.data.tags == expected.data.tags
    assert found.data.params == expected.data.params
    assert repr(found.data.metrics) == repr(expected.data.metrics)
    assert [each.to_dictionary() for each in found.inputs.dataset_inputs] == [
        each.to_dictionary() for each in expected.inputs.dataset_inputs
    ]
    models = []
    for run in (found, expected):
        (output,) = run.outputs.model_outputs
        assert output.step == 0
        model = api(direct).get_logged_model(output.model_id)
        assert model.source_run_id == run.info.run_id
        place = Path(model.artifact_location.removeprefix("file://"))
        files = sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())
        text = yaml.safe_load((place / "MLmodel").read_text())
        assert (text.pop("run_id"), text.pop("model_id")) == (run.info.run_id, output.model_id)
        told = model.to_dictionary()
        assert told["name"] == "both"
        metrics = {metric.key: (metric.value, metric.step, metric.run_id, metric.model_id) for metric in model.metrics}
        of_run = (0, run.info.run_id, output.model_id)
        figures = {"best/f1": LARGEST, "best/nan": 0.0, "best/log_loss": 0.25, "test/f1": 0.5}
        assert metrics == {name: (value, *of_run) for name, value in figures.items()}
        own = (
            "model_id",
            "artifact_location",
            "creation_timestamp",
            "last_updated_timestamp",
            "source_run_id",
            "metrics",
        )
        models.append(({key: value for key, value in told.items() if key not in own}, files))
    assert models[0] == models[1]


def test_an_experiment_opens_the_page_of_trainings(store: Any) -> None:
    assert api(store).get_experiment(store.experiment).tags["mlflow.experimentKind"] == "custom_model_development"


def test_a_child_knows_its_parent(store: Any) -> None:
    with store.run(Naming("parent", {})) as parent, store.run(Naming("child", {}, parent.id)) as child:
        pass
    assert api(store).get_run(child.id).data.tags["mlflow.parentRunId"] == parent.id
    assert "mlflow.parentRunId" not in api(store).get_run(parent.id).data.tags


def test_find_takes_the_latest_finished_run(store: Any) -> None:
    tags = {"weights.sha256": "abc"}
    assert store.find("weights.sha256", "abc") is None
    made = []
    for index in range(2):
        with store.run(Naming(f"run {index}", tags)) as run:
            made.append(run.id)
    with pytest.raises(ValueError, match="no"), store.run(Naming("failed", tags)):
        raise ValueError("no")
    began = {run_id: api(store).get_run(run_id).info.start_time for run_id in made}
    found = store.find("weights.sha256", "abc")
    assert began[found] == max(began.values())
    assert store.find("weights.sha256", "ab") is None
    assert store.find("weights", "abc") is None


def test_a_view_is_kept_up_to_the_limit_of_a_tag(store: Any) -> None:
    def charts(parent: str) -> Charts:
        return Charts(parent, (), ("best/f1",), (), False)

    (_, short) = view_tag(charts("a" * 12), 10**12) or ("", "")
    fits = "a" * (12 + TAG_LIMIT - len(short))  # the id stands in the view once
    store.prepare(charts(fits))
    store.prepare(charts("b" + fits))
    tags = api(store).get_experiment(store.experiment).tags
    assert len(tags[f"{VIEW_TAG}sweep-{'a' * 12}"]) == TAG_LIMIT == 20_000
    assert f"{VIEW_TAG}sweep-b{'a' * 11}" not in tags


def test_a_figure_that_a_reopened_run_has_is_not_there_twice(store: Any) -> None:
    with store.run(Naming("judged", {})) as run:
        pass
    for value in (0.5, 0.5, math.nan, math.nan, 0.25):
        with store.reopened(run.id) as again:
            again.figures({"test/f1": value})
    points = [point.value for point in api(store).get_metric_history(run.id, "test/f1")]
    # Those of one millisecond come in the order of their values, and a NaN as such or as 0.
    assert sorted(0.0 if value != value else value for value in points) == [0.0, 0.25, 0.5]
    assert api(store).get_run(run.id).data.metrics["test/f1"] == 0.25


def test_store_of_opens_a_run_s_experiment(store: Any) -> None:
    from logodds.tracking.lookup import store_of

    with store.run(Naming("known", {})) as run:
        pass
    root = Path(store.reader.uri.removeprefix("sqlite:///")).parents[1]
    for given in (run.id, run.id[:6], run.id[:31]):
        opened, found = store_of(root, given)
        assert (opened.experiment, found) == (store.experiment, run.id)
    for run_id, told in (
        ("0" * 32, f"run={'0' * 32}: no such run in {store.reader.uri}; copy the id from the run's page"),
        (run.id[:5], f"run={run.id[:5]}: no such run in {store.reader.uri}; copy the id from the run's page"),
        ("' OR 1", "run=' OR 1: not a run id; copy it from the table or from the run's page"),
    ):
        with pytest.raises(UserError) as caught:
            store_of(root, run_id)
        assert str(caught.value) == told


def test_a_run_without_a_model_is_not_fetched(store: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), store.run(Naming("broken", {})) as run:
        raise ValueError("no")
    with pytest.raises(UserError) as caught:
        store.fetch(run.id, tmp_path)
    assert str(caught.value) == f"run={run.id}: it holds no model (status FAILED); choose a finished run"


def test_a_parent_is_not_fetched(store: Any, tmp_path: Path) -> None:
    with store.run(Naming("folds", {"folds": "5"})) as folds, store.run(Naming("sweep", {})) as sweep:
        sweep.tags({"sweep.id": sweep.id})
    for run, told in (
        (folds, "a cross-validation, whose folds are judged already (cv/ on its page); train without split.folds"),
        (sweep, "a sweep, which holds no model; choose one of its runs"),
    ):
        with pytest.raises(UserError) as caught:
            store.fetch(run.id, tmp_path)
        assert str(caught.value) == f"run={run.id}: {told}"
    with store.reopened(sweep.id) as again:
        again.tags({"sweep.best": folds.id})
    with pytest.raises(UserError, match=f"; choose one of its runs, the best is run={folds.id}"):
        store.fetch(sweep.id, tmp_path)


def test_the_environment_chooses_the_store(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from logodds.tracking.mlflow import opening

    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.reader.uri)
    other = opening.store(tmp_path, "other")
    assert other.reader.uri == store.reader.uri
    assert api(store).get_experiment_by_name("other").experiment_id == other.experiment
    assert not (tmp_path / "mlruns" / "mlflow.db").exists()


def test_a_store_keeps_its_journal_ahead(store: Any) -> None:
    path = Path(store.reader.uri.removeprefix("sqlite:///"))
    assert path.read_bytes()[18:20] == b"\x02\x02"  # the header's write and read version: 2 is WAL


OPEN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from logodds.tracking.mlflow import opening
print("ready", flush=True)
sys.stdin.readline()
print(opening.store(Path(sys.argv[2]), "toy").experiment)
"""


@pytest.mark.long
def test_four_processes_open_an_empty_store_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN, str(ROOT / "src"), str(tmp_path)]
    processes = [
        subprocess.Popen(
            command,
            env=environment(tmp_path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=120) for process in processes]
    assert [(process.returncode, stderr) for process, (_, stderr) in zip(processes, ended, strict=True)] == [
        (0, "")
    ] * 4
    assert len({stdout for stdout, _ in ended}) == 1


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """A server that is up and always overloaded: its address, and the requests that it got."""
    asked: list[str] = []

    class Overloaded(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815  # http.server's name

        def log_message(self, *arguments: object) -> None:
            return

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Overloaded)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_overloaded_server_is_asked_as_often_as_configured(
    refusing: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from logodds.tracking.mlflow import opening

    address, asked = refusing
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    with pytest.raises(StorageError) as caught:
        opening.store(tmp_path, "toy")
    assert len(asked) == 1 + 2
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith(f"MLflow store {address}: ")


def test_an_absent_server_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from logodds.tracking.mlflow import opening

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    with pytest.raises(StorageError) as caught:
        opening.store(tmp_path, "toy")
    told = str(caught.value)
    assert told.startswith("MLflow store http://127.0.0.1:9: ")
    assert told.endswith("; check MLFLOW_TRACKING_URI and the server")
    assert len(told.splitlines()) == 1


def test_a_damaged_database_is_told_in_one_line(tmp_path: Path) -> None:
    from logodds.tracking.mlflow import opening

    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns" / "mlflow.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError) as caught:
        opening.store(tmp_path, "toy")
    assert str(caught.value).startswith(f"MLflow store sqlite:///{tmp_path}/mlruns/mlflow.db: ")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://me:secret@host:5000/", "http://host:5000"),
        ("https://host", "https://host"),
        ("sqlite:////x/mlflow.db", "http://127.0.0.1:5000"),
    ],
)
def test_the_address_to_open_holds_no_password(uri: str, expected: str) -> None:
    assert address.base(uri) == expected


def test_an_error_of_a_run_holds_no_password(store: Any) -> None:
    with pytest.raises(ValueError, match="secret"), store.run(Naming("failing", {})) as run:
        raise ValueError("no answer from http://me:secret@host")
    assert store.reader.run(run.id).tags["error"] == "no answer from http://***@host"


def test_a_tag_of_tables_that_is_none_is_no_obstacle(store: Any) -> None:
    with store.run(Naming("tagged", {"mlflow.loggedArtifacts": "{[("})) as run:
        pass
    with store.reopened(run.id) as again:
        again.artifacts({}, {"a.json": {"a": [1]}})
    assert store.reader.run(run.id).tags["mlflow.loggedArtifacts"] == '[{"path": "a.json", "type": "table"}]'
