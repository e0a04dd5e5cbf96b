"""Runs read back from a store: which ones a comparison takes, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import load_mlflow

from logodds.review.comparison import gather
from logodds.system.errors import StorageError, UserError
from logodds.tracking.naming import Naming

pytestmark = pytest.mark.slow

PARAMS = {"optim.lr": 0.1, "train.monitor": "val/loss", "tracking.name": "mlflow"}


@pytest.fixture(scope="module", autouse=True)
def alone() -> Any:
    """A store's address stays in the environment after it has been opened."""
    load_mlflow()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield


class Filled:
    """A store of two problems: a sweep of three jobs, one of them failed, a run, folds below a parent, a sweep of one
    job that failed, and a run of another project."""

    def __init__(self, root: Path) -> None:
        from logodds.tracking.lookup import reader
        from logodds.tracking.mlflow import opening

        self.ids: dict[str, str] = {}
        store = opening.store(root, "toy")
        self.uri = store.reader.uri
        self.sweep = self._run(store, "sweep", {"sweep.size": "3"}, None)
        self._tag(store, self.sweep, {"sweep.id": self.sweep})
        for name, failed in (("lr=0.1", False), ("lr=0.2", False), ("lr=1e38", True)):
            self._run(store, name, {"problem": "toy", "sweep.id": self.sweep}, self.sweep, failed)
        self._run(store, "alone", {"problem": "toy"}, None)
        folds = self._run(store, "folds", {"problem": "toy", "folds": "2"}, None)
        for k in (1, 2):
            own = {"stopped.epoch": "3"} if k == 1 else {"resubstitution": "true: judged on its own train rows"}
            self._run(store, f"fold {k}", {"problem": "toy", "fold": str(k), **own}, folds)
        self.lost = self._run(store, "lost", {"sweep.size": "1"}, None)
        self._tag(store, self.lost, {"sweep.id": self.lost})
        self._run(store, "lost job", {"problem": "toy", "sweep.id": self.lost}, self.lost, True)
        self._run(store, "foreign", {}, None)
        other = opening.store(root, "iris")
        self._run(other, "other", {"problem": "iris"}, None)
        opening.store(root, "empty")
        self.reader = reader(root)

    def _run(self, store: Any, name: str, tags: Mapping[str, str], parent: str | None, failed: bool = False) -> str:
        with store.run(Naming(name, tags, parent)) as run:
            run.params(PARAMS | {"optim.lr": name.partition("=")[2] or "0.1"})
            run.epoch(1, {"train/loss": 0.5, "val/loss": math.nan, "other": 1.0})
            run.epoch(2, {"train/loss": 0.25, "val/loss": 0.375})
            run.figures({"best/log_loss": 0.375, "best/accuracy": 0.75})
            if failed:
                run.fail("loss is nan")
        self.ids[name] = run.id
        return str(run.id)

    def _tag(self, store: Any, run_id: str, tags: Mapping[str, str]) -> None:
        with store.reopened(run_id) as run:
            run.tags(tags)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return Filled(tmp_path_factory.mktemp("store"))


def test_what_was_written_comes_back(filled: Filled) -> None:
    found = gather.of_runs(filled.reader, [filled.ids["lr=0.2"], filled.ids["alone"]])
    assert [run.name for run in found.runs] == ["lr=0.2", "alone"]
    run = found.runs[0]
    assert run.params == {"optim.lr": "0.2", "train.monitor": "val/loss", "tracking.name": "mlflow"}
    assert run.tags["problem"] == "toy"
    assert {name: run.figures[name] for name in ("best/log_loss", "train/loss")} == {
        "best/log_loss": 0.375,
        "train/loss": 0.25,
    }
    assert set(found.histories) == {run.id, filled.ids["alone"]}
    assert set(found.histories[run.id]) == {"train/loss", "val/loss"}
    epochs, values = found.histories[run.id]["val/loss"]
    np.testing.assert_array_equal(epochs, [1, 2])
    np.testing.assert_array_equal(values, [math.nan, 0.375])


@pytest.mark.parametrize("length", [6, 12, 32])
def test_the_finished_jobs_of_a_sweep(filled: Filled, length: int) -> None:
    found = gather.of_sweep(filled.reader, filled.sweep[:length])
    assert [run.name for run in found.runs] == ["lr=0.1", "lr=0.2"]
    assert found.notes == ["left out: 1 FAILED"]
    assert (found.name, found.problem) == (f"toy-{filled.sweep[:12]}", "toy")
    assert found.title == f"toy: sweep {filled.sweep[:12]}"


def test_the_finished_runs_of_a_problem(filled: Filled) -> None:
    found = gather.of_problem(filled.reader, "toy")
    assert [run.name for run in found.runs] == ["lr=0.1", "lr=0.2", "alone"]
    assert found.notes == [
        "left out: 2 FAILED",
        "left out: 1 cross-validation, whose folds have rows of their own",
    ]
    assert (found.name, found.title) == ("toy", "toy: every finished run")


def test_runs_by_the_beginnings_of_their_ids(filled: Filled) -> None:
    ids = [filled.ids[name] for name in ("lr=0.2", "lr=0.1", "fold 1", "fold 2")]
    found = gather.of_runs(filled.reader, [*(each[:10] for each in ids), ids[0]])
    assert [run.id for run in found.runs] == ids
    assert found.name == f"toy-{'-'.join(each[:8] for each in ids[:3])}-and-1"
    assert found.notes == [
        "1 of 4 runs were stopped by their search while behind",
        "some were judged on their own train rows (split.method=none)",
    ]


def test_a_run_without_a_problem_is_left_out_and_told(filled: Filled) -> None:
    ids = [filled.ids[name] for name in ("lr=0.2", "foreign", "alone")]
    found = gather.of_runs(filled.reader, ids)
    assert [run.id for run in found.runs] == [ids[0], ids[2]]
    assert found.notes == [f"left out: run {ids[1]}, which has no problem and is not of this project"]


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("sweep", "abcdef000000", "sweep=abcdef000000: no such sweep in {uri}; its id is that of its parent run"),
        ("sweep", "{lr=0.1}", "sweep={lr=0.1}: a job of a sweep; python src/compare.py sweep={sweep}"),
        ("sweep", "{alone}", "sweep={alone}: a run, no sweep; python src/compare.py runs=[ID,ID] compares runs"),
        ("sweep", "{lost}", "sweep={lost}: none of 1 run has finished (1 FAILED); train again"),
        ("sweep", "a'b", "sweep: \"a'b\" is not a run's id; copy it from a table or the run's page"),
        ("sweep", "abc", "sweep: abc is too short; give the id or 6 characters of it, or more"),
        ("problem", "toys", "problem=toys: the store has no runs of it; did you mean toy?"),
        (
            "problem",
            "empty",
            "problem=empty: the store has no run of it but folds; python src/train.py problem=empty",
        ),
        ("runs", "{alone}", "runs=[{alone}]: a comparison takes two runs or more; runs=[ID,ID]"),
        ("runs", "[{alone}, {alone}]", "runs=[{alone},{alone}]: a comparison takes two runs or more; runs=[ID,ID]"),
        ("runs", "", "runs=[]: a comparison takes two runs or more; runs=[ID,ID]"),
        (
            "runs",
            "{alone},abcdef0",
            "runs: abcdef0: no such run in {uri}; copy the id from a table or the run's page",
        ),
        ("runs", "{alone},a_b-c.d", "runs: a_b-c.d: no such run in {uri}; copy the id from a table or the run's page"),
        (
            "runs",
            "{alone},{sweep}",
            "runs: {sweep} is the parent of a sweep; python src/compare.py sweep={sweep}",
        ),
        (
            "runs",
            "{alone},{folds}",
            "runs: {folds} is the parent of a cross-validation; give the ids of its folds",
        ),
        ("runs", "{alone},{lost job}", "runs: {lost job} has status FAILED; choose finished runs"),
        ("runs", "{alone},{other}", "runs: runs of different problems (iris, toy); choose those of one"),
        (
            "runs",
            "{alone},{foreign}",
            "runs: a run without a problem, not of this project; choose runs of python src/train.py",
        ),
    ],
)
def test_refused(filled: Filled, kind: str, value: str, told: str) -> None:
    names = filled.ids | {"sweep": filled.sweep, "lost": filled.lost, "uri": filled.uri}
    for name, run_id in names.items():
        value, told = value.replace(f"{{{name}}}", run_id), told.replace(f"{{{name}}}", run_id)
    with pytest.raises(UserError) as caught:
        gather.of(filled.reader, kind, value)
    assert str(caught.value) == told


def test_an_ambiguous_beginning_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from logodds.tracking.lookup import reader
    from logodds.tracking.mlflow import opening

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    store = opening.store(tmp_path, "toy")
    with store.runs([Naming(f"run {k}", {"problem": "toy", "sweep.id": f"abcdef-{k}"}) for k in range(2)]) as runs:
        ids = [run.id for run in runs]
    with store.writer._database.writing() as connection:
        for k, each in enumerate(ids):
            for table in ("runs", "tags", "params", "metrics", "latest_metrics"):
                connection.execute(f"UPDATE {table} SET run_uuid='abcdef{k}' WHERE run_uuid='{each}'")
    source = reader(tmp_path)
    with pytest.raises(UserError, match=r"^runs: abcdef: 2 runs begin like this; give more of the id$"):
        gather.of_runs(source, ["abcdef", "abcdef1"])
    with pytest.raises(UserError, match=r"^sweep=abcdef: several sweeps begin like this; give more of the id$"):
        gather.of_sweep(source, "abcdef")


def test_artifacts_of_a_run(filled: Filled, tmp_path: Path) -> None:
    from logodds.tracking.lookup import store_of

    store, _ = store_of(Path(filled.uri.removeprefix("sqlite:///")).parents[1], filled.ids["alone"])
    with store.reopened(filled.ids["alone"]) as run:
        run.artifacts({"val/a.json": b"{}"})
    assert filled.reader.artifact(filled.ids["alone"], "val/a.json") == b"{}"
    assert filled.reader.artifact(filled.ids["alone"], "val/b.json") is None


def test_without_a_store_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from logodds.tracking.lookup import reader

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(UserError) as caught:
        reader(tmp_path)
    place = tmp_path / "mlruns" / "mlflow.db"
    assert str(caught.value) == f"{place}: no such store, nothing has been trained yet; python src/train.py makes one"
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_store_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from logodds.tracking.lookup import reader

    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns" / "mlflow.db").write_bytes(b"not a database" * 100)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(StorageError) as caught:
        reader(tmp_path)
    assert str(caught.value).startswith(f"MLflow store sqlite:///{tmp_path}/mlruns/mlflow.db: ")
    assert len(str(caught.value).splitlines()) == 1
