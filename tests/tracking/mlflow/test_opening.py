"""One database that several checkouts and containers use."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, load_mlflow
from containers import IN_CONTAINER, kill, needs_containers

from logodds.runs.resume import claimed_run
from logodds.sweep import ledger
from logodds.sweep.ledger import SweepOptions
from logodds.system import claim, process
from logodds.system.errors import StorageError, UserError
from logodds.system.process import OWNER
from logodds.tracking import abandoned
from logodds.tracking.naming import Naming
from logodds.tracking.provenance.origin import SIGNATURE
from logodds.tracking.store import Store

pytestmark = pytest.mark.slow
FAR = "far 7d3e:4026531836 5 77"  # a process on another host
TRAINS = """
import sys
from pathlib import Path
from logodds.system import process
from logodds.tracking.mlflow import opening
from logodds.tracking.naming import Naming
store = opening.store(Path(sys.argv[1]), "toy")
with store.run(Naming("other", {process.OWNER: process.this(), "signature": "s"})) as run:
    print(run.id, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def shared(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database that is no project's own."""
    path = tmp_path / "shared" / "runs.db"
    path.parent.mkdir()
    path.write_bytes(empty_store.read_bytes())
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}")
    return path


def opened(root: Path) -> Store:
    from logodds.tracking.mlflow import opening

    root.mkdir(exist_ok=True)
    return opening.store(root, "toy")


@contextmanager
def training(root: Path, before: Sequence[str] = ()) -> Iterator[str]:
    """The id of a run that another process writes until it is killed."""
    root.mkdir(exist_ok=True)
    with subprocess.Popen(
        [*before, sys.executable, "-c", TRAINS, str(root)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as other:
        assert other.stdout is not None
        yield other.stdout.readline().strip()
        from logodds.tracking.mlflow import opening

        kill(other, claim.presences(opening.place(root)))


def test_of_two_checkouts_that_begin_at_once_one_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_mlflow()
    path = tmp_path / "shared" / "runs.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}")
    start, ids = threading.Barrier(3), []

    def work(root: Path) -> None:
        root.mkdir()
        start.wait()
        store = opened(root)
        with store.run(Naming(root.name, {})) as run:
            ids.append(run.id)

    threads = [threading.Thread(target=work, args=(tmp_path / name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = opened(tmp_path / "a")
    assert {run.id for run in store.reader.of_experiment(store.experiment, {})} == set(ids)
    assert len(ids) == 3
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == [".runs.db.lock"]


def test_a_connection_may_be_closed_by_another_thread(tmp_path: Path) -> None:
    from logodds.tracking.mlflow.local.database import Database

    made: list[Database] = []
    thread = threading.Thread(target=lambda: made.append(Database(tmp_path / "runs.db")))
    thread.start()
    thread.join()
    connection = made[0].connection
    made.clear()  # an exception in its finalizer would be a warning, and so an error
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_a_database_that_another_program_has_made_meanwhile_stays(tmp_path: Path) -> None:
    load_mlflow()
    from logodds.tracking.mlflow import opening

    path = tmp_path / "runs.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE runs (id)")
    other.close()
    before = path.read_bytes()
    opening._make(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_process_left_that_was_killed_while_it_made_the_database_is_removed(
    tmp_path: Path, shared: Path
) -> None:
    for end in ("", "-journal"):
        shared.with_name(f".{shared.name}.0a1b2c3d.making{end}").touch()
    opened(tmp_path / "a")
    assert [*shared.parent.glob("*.making*")] == []


def test_a_lock_that_cannot_be_written_is_one_line(tmp_path: Path, shared: Path) -> None:
    (shared.parent / f".{shared.name}.lock").mkdir()
    with pytest.raises(StorageError, match=f"MLflow store sqlite:///{shared}: .*Is a directory"):
        opened(tmp_path / "a")


@pytest.mark.long
@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("before", [(), pytest.param(IN_CONTAINER, marks=needs_containers)], ids=["host", "container"])
def test_a_run_is_killed_once_its_process_has_ended(tmp_path: Path, before: Sequence[str]) -> None:
    with training(tmp_path / "a", before) as run_id:
        store = opened(tmp_path / "b")
        assert [run.id for run in store.reader.running()] == [run_id]
        found = abandoned.among(store.reader.running(), store.place)
        assert (found.ended, found.unknown, found.files) == ([], [], [])
    store = opened(tmp_path / "b")
    assert store.reader.running() == []
    assert [run.status for run in store.reader.of_experiment(store.experiment, {})] == ["KILLED"]
    assert claim.presences(store.place) == {}


def test_runs_of_another_host_are_killed_once_their_process_no_longer_renews_its_presence(
    tmp_path: Path, shared: Path
) -> None:
    store = opened(tmp_path / "a")
    (run_id,) = store.writer.create([Naming("far", {OWNER: FAR})])
    assert [run.id for run in abandoned.among(store.reader.running(), store.place).unknown] == [run_id]
    file = shared.with_name(f".{shared.name}.0a1b2c3d.alive")
    file.write_text(f"{FAR}\n")
    assert abandoned.among(store.reader.running(), store.place).unknown == []
    assert [run.id for run in opened(tmp_path / "b").reader.running()] == [run_id]
    os.utime(file, (1, 1))
    assert opened(tmp_path / "b").reader.running() == []
    assert not file.exists()


def test_the_claim_of_a_process_that_was_killed_just_after_its_run_had_ended_is_removed(
    tmp_path: Path, shared: Path
) -> None:
    file = shared.with_name(f".{shared.name}.0a1b2c3d.lock")
    file.write_text(f"{process.this().rpartition(' ')[0]} 1\n")
    opened(tmp_path / "a")
    assert not file.exists()


@pytest.mark.usefixtures("shared")
def test_a_process_is_present_while_it_has_open_runs(tmp_path: Path) -> None:
    store = opened(tmp_path / "a")
    with store.run(Naming("parent", {})):
        with store.run(Naming("child", {})):
            assert [*claim.presences(store.place).values()] == [(process.this(), False)]
        assert len(claim.presences(store.place)) == 1
    assert claim.presences(store.place) == {}


@pytest.mark.usefixtures("shared")
def test_of_two_checkouts_one_continues_a_run(tmp_path: Path) -> None:
    store, other = opened(tmp_path / "a"), opened(tmp_path / "b")
    (run_id,) = store.writer.create([Naming("cut", {SIGNATURE: "s"})])
    store.kill(run_id, "its process has ended")
    with (
        claimed_run(store, tmp_path / "a" / "run", "s") as mine,
        claimed_run(other, tmp_path / "b" / "run", "s") as theirs,
    ):
        assert (mine, theirs) == (run_id, None)
    with claimed_run(other, tmp_path / "b" / "run", "s") as theirs:
        assert theirs == run_id


@pytest.mark.usefixtures("shared")
def test_of_two_checkouts_one_runs_a_sweep(tmp_path: Path) -> None:
    options = SweepOptions(retry="failed")
    store, other = opened(tmp_path / "a"), opened(tmp_path / "b")
    with ledger.opened(store, "0123", options):
        with pytest.raises(UserError, match="is running this very sweep"), ledger.opened(other, "0123", options):
            pass
        with ledger.opened(other, "4567", options):
            pass


@pytest.mark.usefixtures("shared")
def test_a_sweep_that_a_process_of_another_host_may_be_running_is_left_to_it(tmp_path: Path) -> None:
    """With a server nothing else tells."""
    options, store = SweepOptions(retry="failed"), opened(tmp_path / "a")
    (parent,) = store.writer.create([Naming("sweep", {OWNER: FAR, ledger.OF_JOBS: "0123"})])
    with pytest.raises(UserError) as caught, ledger.opened(store, "0123", options):
        pass
    assert str(caught.value).startswith(f"run {parent} of this very sweep is RUNNING, by a process on host far; ")
    store.kill(parent, "its process has ended")
    with ledger.opened(store, "0123", options) as before:
        assert before.parent == parent
