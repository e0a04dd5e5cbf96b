"""The doctor on projects with real damage: what is told, what is mended, and what is left alone."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from bad_inputs.case import Project
from conftest import ROOT, environment
from dvc.lock import HardlinkLock
from inprocess import called, commands_in_this_process, copied, enter, trained_toy
from privileges import modes_of_files_hold

from logodds.review.doctor import cache, finding, locks
from logodds.review.doctor.finding import FINE, TO_DO, Finding
from logodds.system import hashes, process

pytestmark = pytest.mark.slow

FINE_LINES = """\
fine    store: {root}/mlruns/mlflow.db is whole
fine    location: the record names files of this checkout
fine    runs: none is left open
fine    files: those of 2 finished runs are where the store says
fine    digests: 18 files of finished runs, each with the recorded bits
fine    deleted: no deleted run
fine    orphans: no folder left over
fine    checkpoints: no folder left over
fine    temporary: no file left over
"""
DIGESTS_FINE = re.compile(r"fine    digests: \d+ files of finished runs, each with the recorded bits")
RECORD = (
    "config.yaml",
    "packages.txt",
    "provenance.json",
    "history.csv",
    "uncommitted.diff",
    *(f"checkpoints/{k}.ckpt" for k in ("best", "last")),
)
MODEL = ("model.json", "weights.safetensors", "features.json")
KILLED = """
import sys
from pathlib import Path
from logodds.system import process
from logodds.tracking.naming import Naming
from logodds.tracking.mlflow import opening
store = opening.store(Path(sys.argv[1]), "toy")
with store.run(Naming("killed", {process.OWNER: process.this()})) as run:
    run.epoch(1, {"train/loss": 1.0})
    store.flush()
    print(run.id, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A trained project, and what commands change in a process put back at the end."""
    with commands_in_this_process():
        yield trained_toy(tmp_path_factory.mktemp("doctor") / "toy")


@pytest.fixture
def project(toy: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    """A copy, in which commands run."""
    found = copied(toy, tmp_path / "project")
    capsys.readouterr()
    return found


def told(project: Project, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """The doctor's exit code, and its lines but for those that are fine, whatever runs it finds finished."""
    code = called("doctor")
    output, errors = capsys.readouterr()
    assert errors == ""
    fine = FINE_LINES.format(root=project.root).splitlines()
    return code, [line for line in output.splitlines() if line not in fine and not DIGESTS_FINE.fullmatch(line)]


def killed_run(root: Path) -> str:
    """The id of a run whose process was killed."""
    command = [sys.executable, "-c", KILLED, str(root)]
    variables = {**environment(root), "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables) as started:
        assert started.stdout is not None
        run_id = started.stdout.readline().strip()
        started.kill()
    return run_id


def rows(root: Path, asked: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(root / "mlruns" / "mlflow.db")) as connection:
        return connection.execute(asked).fetchall()


def typed(line: str) -> None:
    """What the doctor says is done, Python's part in this process."""
    command = line.partition("type: ")[2]
    name, *arguments = shlex.split(command)
    if name == "python":
        exec(arguments[1], {})
    else:
        subprocess.run(command, shell=True, check=True, env=environment(Path.cwd()), capture_output=True)


def test_a_project_that_is_well(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("doctor") == 0
    assert capsys.readouterr() == (FINE_LINES.format(root=project.root), "")


def test_it_takes_no_options(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("doctor mlruns") == 2
    assert capsys.readouterr() == ("", "error: usage: python src/doctor.py\n")


def test_a_project_that_was_never_trained(toy: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enter(tmp_path)
    (tmp_path / ".dvc").mkdir()
    capsys.readouterr()
    assert called("doctor") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"fine    store: {tmp_path}/mlruns/mlflow.db: nothing has been trained yet; python src/train.py begins it",
        "fine    DVC locks: none is stale",
        "fine    DVC cache: there is none yet",
    ]
    assert [path.name for path in tmp_path.iterdir()] == [".dvc"]


def test_a_run_of_a_killed_process_is_ended(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = killed_run(project.root)
    assert told(project, capsys) == (
        0,
        [
            "mended  runs: 1 run of processes that are no more: KILLED, no longer RUNNING",
            f"        {run_id} (toy)",
        ],
    )
    last = rows(project.root, f"SELECT timestamp FROM metrics WHERE run_uuid = '{run_id}'")
    found = rows(project.root, f"SELECT status, end_time FROM runs WHERE run_uuid = '{run_id}'")
    assert found == [("KILLED", *last[0])]
    assert told(project, capsys) == (0, [])


def test_the_next_training_ends_it_too(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = killed_run(project.root)
    assert called("train problem=iris train.epochs=1") == 0
    assert rows(project.root, f"SELECT status FROM runs WHERE run_uuid = '{run_id}'") == [("KILLED",)]


def test_runs_of_nobody_here_are_named_and_the_command_ends_them(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.execute(
        "UPDATE runs SET status = 'RUNNING', end_time = NULL",
        "UPDATE tags SET value = 'far boot 1 2' WHERE key = 'process' AND run_uuid = '{run}'",
        "DELETE FROM tags WHERE key = 'process' AND run_uuid = '{stage}'",
    )
    code, lines = told(project, capsys)
    assert (code, lines[0], set(lines[1:3])) == (
        1,
        "to do   runs: 2 runs RUNNING without a process on this host; end them if none runs elsewhere",
        {
            f"        {project.run} (toy), of a process on far",
            f"        {project.stage} (toy), of an unknown process",
        },
    )
    ids = " ".join(line.split()[0] for line in lines[1:3])
    each = f'mlflow.MlflowClient("sqlite:///{project.database}").set_terminated(run, "KILLED")'
    assert lines[3] == f"        type: python -c 'import mlflow; [{each} for run in \"{ids}\".split()]'"
    typed(lines[3])
    assert rows(project.root, "SELECT DISTINCT status FROM runs") == [("KILLED",)]


def test_a_run_that_goes_on_is_left_to_its_process(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Its model is in its folder before the store knows of it."""
    project.execute(
        "UPDATE runs SET status = 'RUNNING', end_time = NULL WHERE run_uuid = '{run}'",
        f"UPDATE tags SET value = '{process.this()}' WHERE key = 'process'",
    )
    (project.root / "mlruns" / "artifacts" / "toy" / "models" / "m-0").mkdir()
    assert told(project, capsys) == (
        0,
        ["fine    runs: 1 run going on", "fine    files: those of 1 finished run are where the store says"],
    )


@pytest.mark.parametrize("keep", [False, True], ids=["moved", "copied"])
def test_a_moved_or_copied_checkout_goes_on_by_itself(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], keep: bool
) -> None:
    old, new = project.root, tmp_path / "new place"
    before = {path: path.stat().st_mtime_ns for path in old.rglob("*") if path.is_file() and "mlflow" not in path.name}
    kept = rows(old, "SELECT artifact_uri FROM runs")
    if keep:
        shutil.copytree(old, new, symlinks=True)
    else:
        old.rename(new)
    enter(new)
    note = f"{new}: moved or copied here from {old}; the record of toy now refers to the files in this folder"
    assert called(f"evaluate run={project.run}") == 0
    assert f"note: {note}\n" in capsys.readouterr().err
    assert called("compare problem=toy") == 0
    assert called("train problem=toy train.epochs=3") == 0
    assert capsys.readouterr().err.count("moved or copied") == 0
    assert told(Project(new, project.run, project.stage), capsys)[1] == [
        "fine    files: those of 3 finished runs are where the store says"
    ]
    for (place,) in rows(new, "SELECT artifact_uri FROM runs UNION SELECT artifact_location FROM logged_models"):
        assert str(place).startswith(f"{new.as_uri()}/mlruns/artifacts/toy/")
    assert old.exists() == keep
    if keep:
        files = [path for path in old.rglob("*") if path.is_file() and "mlflow" not in path.name]
        assert {path: path.stat().st_mtime_ns for path in files} == before
        assert rows(old, "SELECT artifact_uri FROM runs") == kept


def test_the_doctor_moves_the_locations_too(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = project.root, tmp_path / "new"
    old.rename(new)
    enter(new)
    note = f"{new}: moved or copied here from {old}; the record of toy now refers to the files in this folder"
    assert told(Project(new, project.run, project.stage), capsys) == (0, [f"mended  location: {note}"])


def test_finished_runs_without_their_files(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project.artifacts(project.run)
    shutil.rmtree(folder.parent)
    ((place,),) = rows(
        project.root, f"SELECT artifact_location FROM logged_models WHERE source_run_id = '{project.stage}'"
    )
    model = Path(str(place).removeprefix("file://"))
    shutil.rmtree(model.parent)
    code, lines = told(project, capsys)
    assert (code, lines[0]) == (
        1,
        "to do   files: 2 finished runs whose files are gone; bring them back, or take the runs off the lists",
    )
    assert set(lines[1:3]) == {
        f"        {project.run} (toy): its files, in {folder}",
        f"        {project.stage} (toy): its model, in {model}",
    }
    typed(lines[3])
    code, lines = told(project, capsys)
    assert lines[0] == "fine    files: those of 0 finished runs are where the store says"
    assert lines[1].startswith("to do   deleted: 2 runs deleted, ")
    uri = f"sqlite:///{project.database}"
    ids = ",".join(line.split()[0] for line in lines[2:4])
    assert {project.run, project.stage} == set(ids.split(","))
    gc = f"mlflow gc --backend-store-uri {uri} --tracking-uri {uri} --run-ids {ids}"
    assert (code, lines[-1]) == (1, f"        type: {gc}")


@pytest.mark.long
def test_deleted_runs_are_freed_by_the_command(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.execute("UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 1 WHERE run_uuid = '{run}'")
    code, lines = told(project, capsys)
    assert (code, len(lines)) == (1, 4)
    assert lines[0] == "fine    files: those of 1 finished run are where the store says"
    assert lines[1].startswith("to do   deleted: 1 run deleted, ")
    assert lines[2].startswith(f"        {project.run} (toy)  ")
    typed(lines[3])
    assert not project.artifacts(project.run).exists()
    code, lines = told(project, capsys)
    # MLflow leaves the model of a run that it removes.
    assert (code, len(lines)) == (1, 4)
    assert re.fullmatch(r"to do   orphans: 1 folder, .*, of models of this store whose run has been removed", lines[1])
    model = project.root / "mlruns" / "artifacts" / "toy" / "models" / f"m-{project.run}"
    assert lines[2].startswith(f"        {model.relative_to(project.root)}  ")
    assert lines[3] == f"        type: rm -rf -- {model}"
    typed(lines[3])
    assert not model.exists()
    assert told(project, capsys)[0] == 0


def test_checkpoints_of_a_run_that_is_to_go_on_are_none_too_many(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.execute("UPDATE runs SET status = 'KILLED'")
    ((ended,), *_) = rows(project.root, "SELECT value FROM tags WHERE key = 'config.sha256'")
    for place in (
        f"mlruns/sweeps/{project.run}/0",
        f"out/runs/toy/{str(ended)[:12]}/fold-1/unfinished",
        "out/toy/unfinished",
    ):
        (project.root / place).mkdir(parents=True)
    assert told(project, capsys) == (0, ["fine    files: those of 0 finished runs are where the store says"])


def damage(path: Path, place: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(data)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (None, "file is not a database; "),
        ("runs", "database disk image is malformed; "),
        ("index_tags_run_uuid", "btreeInitPage() returns error code 11; "),
    ],
    ids=["the first page", "a table", "an index"],
)
def test_a_damaged_database(
    project: Project, capsys: pytest.CaptureFixture[str], page: str | None, reason: str
) -> None:
    path = project.database
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        asked = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (number,) = connection.execute(asked, (page,)).fetchone() or (1,)
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    copy = shutil.copy(path, project.root / "copy.db")
    own = [path.with_name(name) for name in ("mlflow.db.monday", "mlflow.db2")]
    beside = [path.with_name(f"mlflow.db{end}") for end in ("-wal", "-shm")]
    damage(path, (number - 1) * size, b"\xa5" * size)
    damaged = path.read_bytes()
    for each in own:
        shutil.copy(copy, each)
    code, lines = told(project, capsys)
    assert (code, len(lines)) == (74, 2)
    assert lines[0].startswith(f"to do   store: {path} is damaged: ")
    assert reason in lines[0]
    assert lines[0].endswith("; move it aside and put a copy back")
    aside = f"for end in '' -wal -shm -journal; do [ ! -e {path}$end ] || mv {path}$end {path}.damaged$end; done"
    assert lines[1] == f"        type: {aside}; cp COPY {path}"
    for each in beside:
        each.write_bytes(b"of the damaged one")
    typed(lines[1].replace("COPY", str(copy)))
    assert path.with_name("mlflow.db.damaged").read_bytes() == damaged
    for each in beside:
        assert path.with_name(f"mlflow.db.damaged{each.name[9:]}").read_bytes() == b"of the damaged one"
    assert [each.read_bytes() for each in (path, *own)] == [Path(copy).read_bytes()] * 3
    assert told(project, capsys) == (0, [])


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "empty"])
def test_a_store_that_is_gone(project: Project, capsys: pytest.CaptureFixture[str], gone: bool) -> None:
    path = project.database
    if gone:
        path.unlink()
    else:
        path.write_bytes(b"")
    for left in path.parent.glob("mlflow.db-*"):
        left.unlink()
    code, lines = told(project, capsys)
    assert code == 1
    assert lines[0].startswith(f"to do   store: {path} is gone, and ")
    assert lines[0].endswith(" folders of its runs and models are left; put a copy back")
    assert lines[1] == f"        type: cp COPY {path}"


@pytest.mark.parametrize("name", ["packages.txt", "provenance.json", "history.csv", "checkpoints/best.ckpt", *MODEL])
def test_a_file_of_a_run_that_is_gone(project: Project, capsys: pytest.CaptureFixture[str], name: str) -> None:
    place = project.artifacts(project.run) / name
    if not place.is_file():
        models = project.root / "mlruns" / "artifacts" / "toy" / "models"
        place = models / f"m-{project.run}" / "artifacts" / "artifacts" / "model" / name
    place.unlink()
    code, lines = told(project, capsys)
    assert code == 1
    assert lines[0].startswith("to do   files: 1 finished run whose files are gone; ")
    assert lines[1].startswith(f"        {project.run} (toy): its ")
    assert f"{name}, in " in lines[1]


def sealed(project: Project, name: str) -> Path:
    """A file of the run's record or of its model."""
    place = project.artifacts(project.run) / name
    models = project.root / "mlruns" / "artifacts" / "toy" / "models"
    return place if place.is_file() else models / f"m-{project.run}" / "artifacts" / "artifacts" / "model" / name


@pytest.mark.parametrize("name", [*RECORD, *MODEL])
def test_a_bit_of_a_run_that_changes(project: Project, capsys: pytest.CaptureFixture[str], name: str) -> None:
    if name == "uncommitted.diff":  # a project outside of git has none
        data = b"diff --git a/src/x b/src/x\n"
        (project.artifacts(project.run) / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        project.execute(f"INSERT INTO tags (key, value, run_uuid) VALUES ('uncommitted.sha256', '{digest}', '{{run}}')")
        assert told(project, capsys) == (0, [])
    path = sealed(project, name)
    whole, draw = path.read_bytes(), random.Random(0)
    places = [0, len(whole) - 1, *(draw.randrange(len(whole)) for _ in range(8))]
    uri = f"sqlite:///{project.database}"
    known = {"uncommitted.diff": 19, "model.json": 17}.get(name, 18)  # what tells of features.json is damaged itself
    for place in places:
        damage(path, place, bytes([whole[place] ^ 1 << draw.randrange(8)]))
        assert told(project, capsys) == (
            1,
            [
                f"to do   digests: 1 file of {known} of finished runs damaged; "
                "put copies back, or train again and take the runs off the lists",
                f"        {project.run} (toy): {path.relative_to(project.root)} damaged",
                f'        type: python -c \'import mlflow; [mlflow.MlflowClient("{uri}").delete_run(run) '
                f'for run in "{project.run}".split()]\'',
            ],
        )
        path.write_bytes(whole)
    path.write_bytes(whole[:-1])
    code, lines = told(project, capsys)
    assert (code, lines[1]) == (1, f"        {project.run} (toy): {path.relative_to(project.root)} damaged")
    typed(lines[2])
    assert not any("digests" in line for line in told(project, capsys)[1])


def test_damage_of_runs_that_have_not_finished_is_theirs(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    damage(sealed(project, "history.csv"), 0, b"E")
    project.execute("UPDATE runs SET status = 'FAILED' WHERE run_uuid = '{run}'")
    assert told(project, capsys) == (0, ["fine    files: those of 1 finished run are where the store says"])


def test_a_record_of_before_facts_were_in_a_file(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    path = sealed(project, "provenance.json")
    facts = json.loads(path.read_text())
    path.unlink()
    project.execute("DELETE FROM tags WHERE key = 'provenance.sha256' AND run_uuid = '{run}'")
    for name, value in facts.items():
        project.execute(f"INSERT INTO tags (key, value, run_uuid) VALUES ('{name}', '{value}', '{{run}}')")
    assert told(project, capsys) == (0, [])
    assert called("doctor") == 0
    assert "digests: 17 files of finished runs" in capsys.readouterr().out


def test_a_record_of_before_there_were_seals(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Its weights have a digest, its model.json none."""
    project.execute("DELETE FROM tags WHERE key = 'config.yaml.sha256' AND run_uuid = '{run}'")
    damage(sealed(project, "model.json"), 0, b" ")
    assert told(project, capsys) == (0, [])
    damage(sealed(project, "weights.safetensors"), 99, b"?")
    assert (
        f"(toy): {sealed(project, 'weights.safetensors').relative_to(project.root)} damaged"
        in told(project, capsys)[1][1]
    )


def test_a_file_that_the_disk_does_not_give(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    path = sealed(project, "history.csv")
    path.chmod(0)
    thing = f"        {project.run} (toy): {path.relative_to(project.root)} cannot be read (Permission denied)"
    with modes_of_files_hold():
        assert told(project, capsys)[1][1] == thing


LIGHT = """
import sys
from pathlib import Path
from logodds.review.doctor import examination
root = Path(sys.argv[1])
print(*[found.check for found in examination.of_project(root, root)])
print(*sorted({"torch", "mlflow", "pandas", "pyarrow", "safetensors"} & set(sys.modules)))
"""


def test_the_doctor_loads_nothing_heavy(project: Project) -> None:
    variables = {**environment(project.root), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", LIGHT, str(project.root)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    assert done.stdout == "store location runs files digests deleted orphans checkpoints temporary\n\n"


def test_rows_without_what_they_refer_to(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.execute("DELETE FROM runs WHERE run_uuid = '{run}'")
    code, lines = told(project, capsys)
    assert code == 1
    assert lines[0].startswith(f"to do   store: {project.database}: ")
    assert "rows refer to missing rows (latest_metrics to runs, logged_model_metrics to runs,…" in lines[0]


def test_tables_of_another_version(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.execute("UPDATE alembic_version SET version_num = '0123'")
    assert told(project, capsys) == (
        74,
        [
            f"to do   store: {project.database}: its tables are of another version of MLflow; "
            "keep a copy before they are changed",
            f"        type: mlflow db upgrade sqlite:///{project.database}",
        ],
    )


def test_another_store_is_not_held_against_the_files_here(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'other.db'}")
    with closing(sqlite3.connect(project.database)) as store, closing(sqlite3.connect(tmp_path / "other.db")) as copy:
        store.backup(copy)
    assert called("doctor") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"fine    store: {tmp_path / 'other.db'} is whole",
        "fine    runs: none is left open",
        "fine    files: those of 2 finished runs are where the store says",
        "fine    digests: 18 files of finished runs, each with the recorded bits",
        "fine    deleted: no deleted run",
    ]


def test_a_store_by_way_of_mlflow(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its client can be asked, whatever it is connected to."""
    run_id = killed_run(project.root)
    uri = f"sqlite+pysqlite:///{project.database}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    for line in (
        f"mended  runs: 1 run of processes that are no more: KILLED, no longer RUNNING\n        {run_id} (toy)",
        "fine    runs: none is left open",
    ):
        assert called("doctor") == 0
        assert capsys.readouterr() == (f"fine    store: {uri} answers, 2 experiments\n{line}\n", "")
    assert rows(project.root, f"SELECT status FROM runs WHERE run_uuid = '{run_id}'") == [("KILLED",)]


def test_a_server_that_is_away(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert called("doctor") == 74
    output, errors = capsys.readouterr()
    assert (output, len(errors.splitlines())) == ("", 1)
    assert errors.startswith("error: MLflow store http://127.0.0.1:9: ")


# What DVC leaves.

STAGES = """
stages:
  make:
    matrix:
      name: [a, b]
    cmd:
      - mkdir -p out/${item.name}/inner
      - echo ${item.name} > out/${item.name}/inner/x
      - echo 1 | tee out/${item.name}.txt > out/${item.name}.json
    outs:
      - out/${item.name}/inner
      - out/${item.name}.txt
      - out/${item.name}.json:
          cache: false
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of DVC's own, whose stages were run."""
    root = tmp_path_factory.mktemp("dvc") / "made"
    root.mkdir()
    (root / "dvc.yaml").write_text(STAGES)
    for arguments in (("init", "--no-scm", "--quiet"), ("repro", "--quiet")):
        dvc(root, *arguments)
    return root


def dvc(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=root, env=environment(root), capture_output=True, text=True, check=True)


@pytest.fixture
def piped(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "piped")


def cached(root: Path, path: str) -> Path:
    """The file of the cache with what is at a path."""
    digest = hashes.md5(root / path)
    return root / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]


def test_a_cache_that_is_whole(piped: Path) -> None:
    assert cache.check(piped) == Finding("DVC cache", FINE, "5 files with the content that their names say")
    assert cache.outputs(piped) == Finding("DVC outputs", FINE, "the cache holds 4 outputs of dvc.lock")
    assert locks.check(piped) == [Finding("DVC locks", FINE, "none is stale")]


def test_a_cached_file_that_is_damaged_is_made_again(piped: Path) -> None:
    path = cached(piped, "out/a/inner/x")
    path.chmod(0o644)
    path.write_bytes(b"b")
    found = cache.check(piped)
    assert found == Finding(
        "DVC cache",
        TO_DO,
        "1 file of 5 damaged; what they held is fetched or made again",
        (str(path.relative_to(piped)),),
        f"rm -rf -- {path}; dvc fetch; python src/reproduce.py",
    )
    path.unlink()
    assert cache.outputs(piped) == Finding(
        "DVC outputs",
        TO_DO,
        "1 output of 4 in dvc.lock that the cache does not hold",
        ("out/a/inner",),
        "dvc fetch; python src/reproduce.py",
    )
    dvc(piped, "repro")
    assert (cache.check(piped).state, cache.outputs(piped).state) == (FINE, FINE)


def test_a_lock_of_stages_that_was_cut_off(piped: Path) -> None:
    path = piped / "dvc.lock"
    path.write_bytes(path.read_bytes()[:-7])
    told = f"{path} is damaged, as when DVC was killed while it wrote it"
    assert cache.outputs(piped) == Finding("DVC outputs", TO_DO, told, fix="git restore dvc.lock")


def test_a_cache_elsewhere(piped: Path) -> None:
    (piped / ".dvc" / "cache").rename(piped / "far")
    assert cache.check(piped) == Finding("DVC cache", FINE, "there is none yet")
    dvc(piped, "cache", "dir", str(piped / "far"))
    assert cache.place(piped).resolve() == piped / "far" / "files" / "md5"
    assert cache.check(piped).message == "5 files with the content that their names say"


def test_what_dead_processes_locked_is_told(piped: Path) -> None:
    path = piped / ".dvc" / "tmp" / "rwlock"
    dead, living = ({"pid": number, "cmd": "dvc repro"} for number in (2**22 + 1, os.getpid()))
    path.write_text(json.dumps({"read": {"a": [dead, living]}, "write": {"out/a.txt": dead}}))
    things = (f"a: process {2**22 + 1}, dvc repro", f"out/a.txt: process {2**22 + 1}, dvc repro")
    head = f"{path}: 2 paths locked by processes that are no more"
    assert locks.check(piped) == [
        Finding("DVC locks", TO_DO, f"{head}; wait until the others have ended, and call the doctor again", things)
    ]
    path.write_text(json.dumps({"write": {"out/a.txt": dead}}))
    head = f"{path}: 1 path locked by processes that are no more"
    assert locks.check(piped) == [Finding("DVC locks", TO_DO, head, things[1:], f"rm -- {path}")]
    path.write_text(json.dumps({"write": {"out/a.txt": living}}))
    assert locks.check(piped) == [Finding("DVC locks", FINE, "none is stale")]


def test_a_damaged_rwlock_is_told(piped: Path) -> None:
    path = piped / ".dvc" / "tmp" / "rwlock"
    for text in ("", "[]", '{"read": {"a": 1}}', '{"x": {"write": {}}}', '{"read"'):
        path.write_text(text)
        told = f"{path} is damaged; every dvc repro ends with an error"
        assert locks.check(piped) == [Finding("DVC locks", TO_DO, told, fix=f"rm -- {path}")]
    with pytest.raises(subprocess.CalledProcessError) as caught:
        dvc(piped, "repro", "--force")
    assert "Unable to read RWLock-file '.dvc/tmp/rwlock'" in caught.value.stderr
    path.unlink()
    dvc(piped, "repro")


HOLD = "import sys, zc.lockfile; held = zc.lockfile.LockFile(sys.argv[1]); print(flush=True); sys.stdin.read()"


def test_a_lock_that_is_held_and_one_that_was(piped: Path) -> None:
    path = piped / ".dvc" / "tmp" / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.readline()
        assert locks.check(piped) == [Finding("DVC locks", FINE, f"dvc is at work, process {started.pid}")]
        started.kill()
    assert path.is_file()
    assert locks.check(piped) == [Finding("DVC locks", FINE, "none is stale")]


def test_a_lock_that_is_a_file_of_its_own_is_told(piped: Path) -> None:
    """As ``core.hardlink_lock`` has it."""
    path = piped / ".dvc" / "tmp" / "lock"
    held = HardlinkLock(str(path), tmp_dir=str(piped / ".dvc" / "tmp"))
    path.unlink(missing_ok=True)
    held.lock()
    told = f"{path} is taken; if no dvc runs, on this host or another, its process was killed and blocks all others"
    assert locks.check(piped) == [Finding("DVC locks", TO_DO, f"{told}: remove the file then")]
    held.unlock()
    path.write_text("   1\n")
    (piped / "backup").hardlink_to(path)
    assert locks.check(piped) == [Finding("DVC locks", FINE, "none is stale")]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (2_500_000, "2.5 MB"),
        (3.2e9, "3.2 GB"),
        (4e12, "4000.0 GB"),
    ],
)
def test_room(count: float, text: str) -> None:
    assert finding.room(count) == text


def test_a_long_list_is_cut_and_its_command_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    finding.show(Finding("x", TO_DO, "12 of them", tuple(map(str, range(12))), "rm all"), Console())
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "to do   x: 12 of them",
        *(f"        {k}" for k in range(10)),
        "        … and 2 more",
        "        type: rm all",
    ]
