"""A local store is MLflow's: its tables are those of the installed version, and what is read from them is what MLflow's
client tells."""

from __future__ import annotations

import math
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, load_mlflow

from logodds.system import process
from logodds.system.errors import StorageError, UserError
from logodds.system.process import OWNER
from logodds.tracking.mlflow.local import database
from logodds.tracking.mlflow.local.database import REVISIONS, known
from logodds.tracking.naming import Naming

pytestmark = pytest.mark.slow

UNKNOWN = "0" * 32


@pytest.fixture(autouse=True, scope="module")
def own_environment() -> Iterator[None]:
    load_mlflow()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield


class Filled:
    """A store with two problems; ``readers``: the local one, and that through MLflow's client."""

    def __init__(self, root: Path) -> None:
        from logodds.tracking.mlflow import opening
        from logodds.tracking.mlflow.server.client import connect
        from logodds.tracking.mlflow.server.reader import ServerReader
        from logodds.tracking.writer import ModelSchema

        (root / "model").mkdir()
        (root / "model" / "model.json").write_text("{}")
        store, other = opening.store(root, "toy"), opening.store(root, "iris")
        with store.runs([Naming(f"lr={k}", {"problem": "toy", "k": str(k % 2)}) for k in range(5)]) as runs:
            for epoch, value in ((1, 0.5), (2, math.nan), (3, math.inf)):
                runs[0].epoch(epoch, {"val/loss": value, "train/loss": 0.25})
            with store.run(Naming("below", {}, parent=runs[0].id)) as below:
                pass
            runs[0].params({"optim.lr": 0.1})
            runs[2].params({"optim.lr": "it's"})
            runs[0].artifacts({"val/a.json": b"{}"})
            runs[0].model(root / "model", ModelSchema((("x", "double"),), ("a", "b"), (), ()))
        with pytest.raises(ValueError, match="no"), store.run(Naming("failed", {"k": "1"})) as failed:
            raise ValueError("no")
        with other.run(Naming("other", {"k": "10"})) as alone:
            pass
        store.remove(runs[4].id)
        self.store, self.uri = store, store.reader.uri
        self.ids = [*(run.id for run in runs), failed.id, alone.id, below.id]
        self.experiments = [store.experiment, other.experiment]
        self.readers = (store.reader, ServerReader(connect(store.reader.uri), store.reader.uri))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return Filled(tmp_path_factory.mktemp("filled"))


ASKED = {
    "experiments": lambda reader, filled: reader.experiments(),
    "an experiment": lambda reader, filled: [reader.experiment(name) for name in ("toy", "iris", "Toy")],
    "every run": lambda reader, filled: [reader.run(run_id) for run_id in filled.ids],
    "no run": lambda reader, filled: [reader.run(UNKNOWN), reader.package(filled.ids[1], Path("unused"))],
    "by id": lambda reader, filled: [reader.by_id(run_id[:7]) for run_id in filled.ids],
    "by ids of one letter": lambda reader, filled: [reader.by_id(letter) for letter in "0123456789abcdef_%A"],
    "by tag": lambda reader, filled: [reader.by_tag("k", beginning) for beginning in ("1", "10", "2", "_", "%")],
    "running": lambda reader, filled: reader.running(),
    "of experiments": lambda reader, filled: [reader.of_experiment(each, {}) for each in filled.experiments],
    "of a tag": lambda reader, filled: [reader.of_experiment(filled.experiments[0], {"k": k}) for k in ("0", "1", "")],
    "of tags": lambda reader, filled: reader.of_experiment(filled.experiments[0], {"k": "1", "problem": "toy"}),
    "another value": lambda reader, filled: [
        reader.other(each, "optim.lr", value) for each in filled.experiments for value in ("0.1", "it's", "0.3", "")
    ],
    "of a parent": lambda reader, filled: [reader.children(filled.experiments[0], each) for each in filled.ids],
    "histories": lambda reader, filled: reader.histories(filled.ids, ["val/loss", "train/loss", "absent"]),
    "artifacts": lambda reader, filled: [
        reader.artifact(filled.ids[k], path) for k, path in ((0, "val/a.json"), (0, "no"), (1, "val/a.json"))
    ],
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_both_readers_tell_the_same(filled: Filled, asked: Any) -> None:
    found, expected = (asked(reader, filled) for reader in filled.readers)
    assert repr(found) == repr(expected)  # as text, for NaN is not equal to itself


def test_both_readers_find_the_package(filled: Filled, tmp_path: Path) -> None:
    for reader in filled.readers:
        place = reader.package(filled.ids[0], tmp_path)
        assert place is not None
        assert [(path.name, path.read_text()) for path in place.iterdir()] == [("model.json", "{}")]


def test_what_was_removed_is_in_no_list(filled: Filled) -> None:
    from logodds.tracking.mlflow.server.client import connect

    client = connect(filled.uri)
    listed = {run.info.run_id for run in client.search_runs(filled.experiments)}
    assert listed == set(filled.ids) - {filled.ids[4]}
    assert client.get_run(filled.ids[4]).info.lifecycle_stage == "deleted"
    client.restore_run(filled.ids[4])
    assert client.get_run(filled.ids[4]).info.lifecycle_stage == "active"
    client.delete_run(filled.ids[4])


def test_a_resumed_run_is_running(filled: Filled) -> None:
    from logodds.tracking.mlflow.server.client import connect

    client = connect(filled.uri)
    with filled.store.run(Naming("again", {}, run=filled.ids[3])):
        info = client.get_run(filled.ids[3]).info
        assert (info.status, info.end_time) == ("RUNNING", None)
    assert client.get_run(filled.ids[3]).info.status == "FINISHED"


@pytest.fixture(scope="module")
def dead() -> str:
    """What a process that was killed called itself."""
    told = "from logodds.system import process; print(process.this(), flush=True); input()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", told]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as other:
        assert other.stdout is not None
        owner = other.stdout.readline().strip()
        assert not process.has_ended(owner)
        other.kill()
    assert process.has_ended(owner)
    return owner


KINDS = ("local", "server")


def opened(root: Path, kind: str, experiment: str = "toy") -> Any:
    """The store below a folder, read and written directly or by way of MLflow's client."""
    from logodds.tracking.mlflow import opening
    from logodds.tracking.mlflow.server.client import connect
    from logodds.tracking.mlflow.server.reader import ServerReader
    from logodds.tracking.mlflow.server.writer import ServerWriter

    store = opening.store(root, experiment)
    if kind == "server":
        client = connect(store.reader.uri)
        store.reader, store.writer = (
            ServerReader(client, store.reader.uri),
            ServerWriter(client, store.reader.uri, store.reader.experiment(experiment)),
        )
    return store


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_runs_of_dead_processes_are_killed_when_they_were_last_seen(tmp_path: Path, dead: str, kind: str) -> None:
    """Whatever experiment is opened. Runs of this process, of other hosts and of nobody go on."""
    from logodds.tracking.mlflow.server.client import connect
    from logodds.tracking.writer import Pending

    host, _, rest = dead.partition(" ")
    owners = [{OWNER: dead}, {OWNER: dead}, {OWNER: process.this()}, {OWNER: f"{host}2 {rest}"}, {}, {OWNER: dead}]
    store, other = opened(tmp_path, kind), opened(tmp_path, kind, "iris")
    namings = [Naming(f"run {k}", tags) for k, tags in enumerate(owners)]
    ids = store.writer.create(namings[:5]) + other.writer.create(namings[5:])
    points = [("val/loss", 0.5, 1_000, 1), ("val/loss", 0.4, 3_000, 2), ("train/loss", 0.1, 2_000, 1)]
    store.writer.write({ids[0]: Pending(points=points)})
    assert [run.id for run in store.reader.running()] == [run.id for run in other.reader.running()]
    assert {run.id: run.is_abandoned() for run in store.reader.running()} == dict(
        zip(ids, [True, True, False, False, False, True], strict=True)
    )
    store._end_abandoned()
    found = [connect(store.reader.uri).get_run(run_id).info for run_id in ids]
    assert [each.status for each in found] == ["KILLED", "KILLED", "RUNNING", "RUNNING", "RUNNING", "KILLED"]
    assert [each.end_time for each in found] == [3_000, found[1].start_time, None, None, None, found[5].start_time]
    cut_off = [run.id for run in store.reader.of_experiment(store.experiment, {}) if run.is_cut_off()]
    assert set(cut_off) == set(ids[:2])
    with store.run(Naming("run 0", {OWNER: process.this()}, run=ids[0])):
        assert {run.id for run in store.reader.running()} == {ids[0], *ids[2:5]}


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_another_process_goes_on_with_is_not_killed(tmp_path: Path, dead: str, kind: str) -> None:
    """It was found abandoned just before."""
    store = opened(tmp_path, kind)
    taken, ended = store.writer.create([Naming("taken", {OWNER: process.this()}), Naming("ended", {OWNER: dead})])
    client = store.reader._client if kind == "server" else None
    with sqlite3.connect(tmp_path / "mlruns" / "mlflow.db") as connection:
        connection.execute("UPDATE runs SET status = 'FINISHED', end_time = 7 WHERE run_uuid = ?", (ended,))
    connection.close()
    store.writer.kill({taken: dead, ended: dead})
    assert [store.reader.run(run_id).status for run_id in (taken, ended)] == ["RUNNING", "FINISHED"]
    assert client is None or client.get_run(ended).info.end_time == 7


def locations(root: Path) -> list[tuple[str, str]]:
    """Of experiments, runs and models."""
    with closing(sqlite3.connect(root / "mlruns" / "mlflow.db")) as connection:
        return [
            row
            for table, key, column in (
                ("experiments", "name", "artifact_location"),
                ("runs", "run_uuid", "artifact_uri"),
                ("logged_models", "model_id", "artifact_location"),
            )
            for row in connection.execute(f"SELECT {key}, {column} FROM {table} ORDER BY {key}").fetchall()
        ]


@pytest.mark.long
@pytest.mark.parametrize("name", ["moved", "moved to ü #1"])
def test_a_moved_checkout_finds_and_writes_its_files(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from logodds.tracking.lookup import reader
    from logodds.tracking.mlflow import opening
    from logodds.tracking.mlflow.server.client import connect
    from logodds.tracking.writer import ModelSchema

    root, after = tmp_path / "a ü", tmp_path / name
    root.mkdir()
    store, chosen = opening.store(root, "toy"), tmp_path / "mlruns" / "artifacts" / "else"
    (root / "model").mkdir()
    (root / "model" / "model.json").write_text("{}")
    with store.run(Naming("before", {})) as run:
        run.artifacts({"val/a.json": b"{}"})
        run.model(root / "model", ModelSchema((("x", "double"),), ("a", "b"), (), ()))
    connect(store.reader.uri).create_experiment("own", artifact_location=chosen.as_uri())
    del store
    before = locations(root)
    root.rename(after)
    capsys.readouterr()  # of what MLflow may have said
    source = reader(after)
    told = f"moved or copied here from {root}; the record of toy now refers to the files in this folder"
    note = f"note: {after}: {told}\n"
    assert capsys.readouterr().err == note
    assert source.artifact(run.id, "val/a.json") == b"{}"
    place = source.package(run.id, tmp_path)
    assert place is not None
    assert place.is_relative_to(after / "mlruns" / "artifacts" / "toy" / "models")
    moved = [(key, value.replace(f"{root.as_uri()}/mlruns/", f"{after.as_uri()}/mlruns/")) for key, value in before]
    assert locations(after) == moved
    assert sum(old != new for old, new in zip(before, moved, strict=True)) == 3
    again = opening.store(after, "toy")
    with again.run(Naming("after", {})) as run:
        run.artifacts({"a.json": b"{}"})
    assert (after / "mlruns" / "artifacts" / "toy" / run.id / "artifacts" / "a.json").is_file()
    assert capsys.readouterr().err == ""
    assert not root.exists()


def test_a_copied_checkout_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    from logodds.tracking.mlflow import opening

    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    with opening.store(first, "toy").run(Naming("before", {})) as run:
        run.artifacts({"a.json": b"{}"})
    before = locations(first), sorted(first.rglob("*.json"))
    shutil.copytree(first, second)
    with opening.store(second, "toy").run(Naming("after", {})) as run:
        run.artifacts({"b.json": b"{}"})
    assert (locations(first), sorted(first.rglob("*.json"))) == before
    assert [path.relative_to(second).name for path in sorted(second.rglob("*.json"))] in (
        ["a.json", "b.json"],
        ["b.json", "a.json"],
    )


def test_a_store_of_choice_stays_where_its_files_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are below the checkout that made its experiments, whoever writes to it."""
    from logodds.tracking.mlflow import opening

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        store = opening.store(tmp_path / name, "toy")
        found = store.reader.experiment("toy")
        assert found is not None
        assert found.artifacts == (tmp_path / "first" / "mlruns" / "artifacts" / "toy").as_uri()


def test_nothing_is_left_in_the_environment(filled: Filled, tmp_path: Path) -> None:
    assert filled.readers[1].package(filled.ids[0], tmp_path) is not None
    assert "MLFLOW_TRACKING_URI" not in os.environ


def test_the_tables_are_those_of_the_installed_mlflow() -> None:
    from mlflow.store.db.utils import _get_latest_schema_revision

    assert _get_latest_schema_revision() in REVISIONS


def test_tables_of_another_version_are_left_to_mlflow(tmp_path: Path) -> None:
    from logodds.tracking.mlflow import opening

    path = Path(opening.store(tmp_path, "toy").reader.uri.removeprefix("sqlite:///"))
    assert known(path) is not None
    older = tmp_path / "older" / "mlruns" / "mlflow.db"  # MLflow has not seen this file in this process
    older.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection, closing(sqlite3.connect(older)) as copy, copy:
        connection.backup(copy)
        copy.execute("UPDATE alembic_version SET version_num = '0123'")
    assert known(older) is None
    with pytest.raises(StorageError, match="out-of-date database schema") as caught:
        opening.store(tmp_path / "older", "toy")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.long
@pytest.mark.parametrize("revision", REVISIONS)
def test_tables_of_each_known_revision_are_written_without_mlflow(tmp_path: Path, revision: str) -> None:
    """The head of 3.18 differs from that of 3.17 in no table that runs are in."""
    from logodds.tracking.mlflow import opening
    from logodds.tracking.mlflow.local.writer import LocalWriter

    opening.store(tmp_path, "toy")
    with closing(sqlite3.connect(tmp_path / "mlruns" / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    store = opening.store(tmp_path, "toy")
    assert isinstance(store.writer, LocalWriter)
    with store.run(Naming("written", {})) as run:
        pass
    assert [each.id for each in store.reader.of_experiment(store.experiment, {})] == [run.id]


def test_a_revision_that_is_not_known_is_said_once_and_makes_an_equal_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As with a later MLflow, whose tables this version has not seen."""
    from mlflow.store.db.utils import _get_latest_schema_revision

    from logodds.tracking.mlflow import opening
    from logodds.tracking.mlflow.server.writer import ServerWriter

    def written(store: Any) -> Any:
        with store.run(Naming("same", {"a": "b"}, colour="#1f77b4")) as run:
            run.epoch(1, {"val/loss": 0.5})
            run.describe("| a |")
            run.artifacts({}, {"t.json": {"a": [1]}})
        found = store.reader.run(run.id)
        return found.name, found.status, found.params, found.tags, found.figures

    direct = written(opening.store(tmp_path, "toy"))
    capsys.readouterr()
    monkeypatch.setattr(database, "REVISIONS", {"0123": "3.16"})
    opening._note_slow.cache_clear()
    for store in (opening.store(tmp_path, "toy"), opening.store(tmp_path, "iris")):
        assert isinstance(store.writer, ServerWriter)
        assert written(store) == direct
    path = tmp_path / "mlruns" / "mlflow.db"
    assert capsys.readouterr().err == (
        f"note: {path}: its tables have revision {_get_latest_schema_revision()}, known are 0123 of MLflow 3.16; "
        "MLflow's client writes it instead, about 3 times slower, with equal records\n"
    )


@pytest.mark.parametrize("name", ["absent.db", "empty.db"])
def test_what_mlflow_has_not_made_is_not_known(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert known(tmp_path / name) is None
    assert [path.name for path in tmp_path.iterdir()] == ["empty.db"]


def test_artifacts_that_are_elsewhere_go_through_mlflow(tmp_path: Path) -> None:
    from logodds.tracking.mlflow import opening
    from logodds.tracking.mlflow.server.client import connect
    from logodds.tracking.mlflow.server.writer import ServerWriter

    uri = opening.store(tmp_path, "toy").reader.uri
    connect(uri).create_experiment("remote", artifact_location="mlflow-artifacts:/7")
    assert isinstance(opening.store(tmp_path, "remote").writer, ServerWriter)


def test_a_deleted_experiment_is_told(tmp_path: Path) -> None:
    from logodds.tracking.mlflow import opening
    from logodds.tracking.mlflow.server.client import connect

    store = opening.store(tmp_path, "toy")
    connect(store.reader.uri).delete_experiment(store.experiment)
    with pytest.raises(UserError) as caught:
        opening.store(tmp_path, "toy")
    assert str(caught.value) == (
        f"toy: its experiment was deleted from the store {store.reader.uri}; "
        f"bring it back: mlflow experiments restore --experiment-id {store.experiment}"
    )


def test_a_writer_that_waits_too_long_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    from logodds.tracking.mlflow import opening

    store = opening.store(tmp_path, "toy")
    path = Path(store.reader.uri.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        store.writer._database.connection.execute("PRAGMA busy_timeout = 0")  # type: ignore[attr-defined]
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError) as caught, store.run(Naming("waits", {})):
            pass
        other.execute("ROLLBACK")
    told = (
        f"MLflow store {store.reader.uri}: database is locked; check the disk; python src/doctor.py examines the store"
    )
    assert str(caught.value) == told
    assert store.reader.of_experiment(store.experiment, {}) == []
    with store.run(Naming("goes on", {})) as run:
        pass
    assert [each.id for each in store.reader.of_experiment(store.experiment, {})] == [run.id]
