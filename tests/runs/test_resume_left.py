"""What an earlier process left of its runs: which are kept, which go on, which are removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import load_mlflow
from recorded_runs import run as recorded

from logodds.runs.resume import ENDED, claimed_run, left_by, left_by_dead, without_others
from logodds.system import process
from logodds.system.errors import UserError
from logodds.system.process import OWNER
from logodds.tracking.naming import Naming
from logodds.tracking.provenance.origin import SIGNATURE
from logodds.tracking.recorded import Recorded
from logodds.tracking.store import Store

pytestmark = pytest.mark.slow


def left(status: str, key: str = "a", name: str = "", owner: str = "") -> Recorded:
    return recorded(name or status, tags={"job": key, OWNER: owner or process.this()}, status=status)


RUNS = [
    left("FINISHED"),
    left("FINISHED", name="newer"),
    left("FAILED"),
    left("KILLED"),
    left("RUNNING", "b"),
    left("KILLED", "b", "of b"),
]


def names(found: dict[str, list[Recorded]]) -> dict[str, list[str]]:
    return {key: [each.name for each in runs] for key, runs in found.items()}


def test_a_run_that_a_living_process_writes_is_left_alone() -> None:
    found = left_by(RUNS, "job")
    assert names(found.ended) == {"a": ["FINISHED", "newer"]}
    assert names(found.cut) == {"a": ["KILLED"], "b": ["of b"]}


def test_of_processes_that_are_known_to_have_ended_it_was_cut_off() -> None:
    found = left_by_dead(RUNS, "job", ENDED)
    assert names(found.ended) == {"a": ["FINISHED", "newer", "FAILED"]}
    assert names(found.cut) == {"a": ["KILLED"], "b": ["RUNNING", "of b"]}


def test_each_run_is_taken_once_the_newest_first() -> None:
    found = left_by(RUNS, "job")
    taken = [found.take_ended("a") for _ in range(3)]
    assert [each and each.name for each in taken] == ["newer", "FINISHED", None]
    assert [found.take_cut("b"), found.take_cut("b"), found.take_cut("c")] == [RUNS[5].id, None, None]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    load_mlflow()
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def opened(root: Path) -> Store:
    from logodds.tracking.mlflow import opening

    return opening.store(root, "toy")


@pytest.mark.long
@pytest.mark.usefixtures("alone")
def test_what_failed_is_removed_so_that_each_job_has_one_run(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for failed in (False, True):
        with store.run(Naming("failed" if failed else "finished", {"job": "a"})) as run:
            if failed:
                run.fail("nan")
    runs = store.reader.of_experiment(store.experiment, {})
    without_others(store, runs, left_by_dead(runs, "job"))
    assert [each.name for each in store.reader.of_experiment(store.experiment, {})] == ["finished"]


@pytest.mark.usefixtures("alone")
def test_the_newest_run_without_a_parent_goes_on_and_nobody_else_does_meanwhile(tmp_path: Path) -> None:
    store = opened(tmp_path)
    ids = store.writer.create([Naming("cut", {SIGNATURE: "s"}, parent) for parent in (None, None, "p" * 32)])
    for each in ids:
        store.kill(each, "its process has ended")
    newest = [each.id for each in store.reader.of_experiment(store.experiment, {}) if each.parent is None][-1]
    with claimed_run(store, tmp_path / "run", "s") as run_id:
        assert run_id == newest
        with pytest.raises(UserError, match="training this very run"), claimed_run(None, tmp_path / "run", "s"):
            pass
    with claimed_run(None, tmp_path / "run", "s") as run_id, claimed_run(store, tmp_path / "other", "t") as other:
        assert (run_id, other) == (None, None)
