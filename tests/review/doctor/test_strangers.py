"""Every command that the doctor prints, typed as it stands, in projects full of files that are not of their store."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from bad_inputs.case import Project
from conftest import environment
from inprocess import called, commands_in_this_process, copied, trained_toy

from logodds.review.doctor import cache
from logodds.review.doctor.finding import TO_DO, Finding
from logodds.runs import checkpoint
from logodds.system import process

pytestmark = pytest.mark.slow

CHECKPOINT = checkpoint.dumps({}, {}, "2-of another code")
OTHER = "0123456789abcdef" * 2  # id of a run of another store
HOST, BOOT, NUMBER, _ = process.this().split(" ")
DEAD = f"{HOST} {BOOT} {NUMBER} 1"


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A trained project, and what commands change in a process put back at the end."""
    with commands_in_this_process():
        yield trained_toy(tmp_path_factory.mktemp("strangers") / "toy")


@pytest.fixture
def project(toy: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    """A copy, in which commands run."""
    found = copied(toy, tmp_path / "project")
    capsys.readouterr()
    return found


def write(path: Path, data: bytes = b"of a stranger") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def content(paths: list[Path]) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in paths}


def typed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """All lines of the doctor; each command has been typed as it stands, until the doctor has no further one."""
    lines: list[str] = []
    while True:
        called("doctor")
        told = capsys.readouterr().out.splitlines()
        lines += told
        commands = [line.partition("type: ")[2] for line in told if line.startswith(" " * 8 + "type: ")]
        for command in commands:
            subprocess.run(command, shell=True, check=True, env=environment(Path.cwd()), capture_output=True)
        if not commands:
            return lines


def own_leftovers(project: Project) -> list[Path]:
    """Files of the project's store that nothing needs: one for each check that gives a command."""
    root = project.root
    project.execute("UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 1 WHERE run_uuid = '{run}'")
    asked = """SELECT (SELECT value FROM tags WHERE run_uuid = r.run_uuid AND key = 'signature'),
            (SELECT value FROM tags WHERE run_uuid = r.run_uuid AND key = 'config.sha256'), end_time / 1000.0
        FROM runs AS r WHERE run_uuid = '{stage}'"""
    with closing(sqlite3.connect(project.database)) as connection:
        ((signature, config, ended),) = connection.execute(project.filled(asked)).fetchall()
    data = checkpoint.dumps({}, {}, signature)
    alone = write(root / "out" / "runs" / "toy" / config[:12] / "unfinished" / "000001.ckpt", data)
    os.utime(alone, (ended, ended))
    return [
        alone,
        project.artifacts(project.run) / "config.yaml",
        root / "mlruns" / "artifacts" / "toy" / "models" / f"m-{project.run}" / "artifacts" / "MLmodel",
        write(root / "mlruns" / "sweeps" / project.stage / "0" / "000001.ckpt", CHECKPOINT),
        write(root / "mlruns" / ".mlflow.db.0a1b2c3d.making"),
        write(root / "out" / "toy" / f".metrics.json {DEAD}"),
    ]


def test_own_leftovers_are_removed_and_strangers_files_beside_them_stay(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = own_leftovers(project)
    assert all(path.is_file() for path in own)
    root, far = project.root, tmp_path / "far"
    artifacts, sweeps = root / "mlruns" / "artifacts" / "toy", root / "mlruns" / "sweeps"
    stranger = artifacts / "models" / f"m-{OTHER}"
    shutil.copytree(artifacts / "models" / f"m-{project.stage}", stranger)
    described = stranger / "artifacts" / "MLmodel"
    described.write_text(described.read_text().replace(project.stage, OTHER))
    strangers = [
        *(path for path in stranger.rglob("*") if path.is_file()),
        write(artifacts / OTHER / "artifacts" / "config.yaml"),
        write(artifacts / "thesis" / "chapter.tex"),
        write(artifacts / "models" / "thesis" / "MLmodel"),
        write(sweeps / OTHER / "0" / "000001.ckpt", CHECKPOINT),
        write(sweeps / "brooms" / "red.txt"),
        write(root / "out" / "runs" / "toy" / OTHER[:12] / "unfinished" / "000001.ckpt", CHECKPOINT),
        write(root / "out" / "toy" / "unfinished" / "000001.ckpt"),
        write(root / "out" / "toy" / ".metrics.json and others"),
        write(root / "mlruns" / ".mlflow.db.old.making"),
        write(root / "data" / ".letters.20240101" / "letter.txt"),
        write(far / "run" / "0" / "000001.ckpt", CHECKPOINT),
        write(far / f".note {DEAD}"),
    ]
    os.utime(root / "data" / ".letters.20240101", (0, 0))
    (sweeps / project.run).symlink_to(far / "run")
    (artifacts / "models" / f"m-{OTHER[::-1]}").symlink_to(stranger)
    (artifacts / f".x {DEAD}").symlink_to(far / f".note {DEAD}")
    (root / "out" / "far").symlink_to(far)
    before = content(strangers)
    lines = typed(capsys)
    assert content(strangers) == before
    assert [path for path in own if path.exists()] == []
    for name in ("orphans", "checkpoints"):
        listed = rf"fine    {name}: 4 folders, .* so nothing is advised"
        assert [line for line in lines if re.fullmatch(listed, line)] != []
    assert called("doctor") == 0


@pytest.mark.long
def test_a_strangers_file_inside_keeps_a_folder(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    own = own_leftovers(project)
    models = project.root / "mlruns" / "artifacts" / "toy" / "models"
    strangers = [
        write(own[0].parent / "notes.txt"),
        write(models / f"m-{project.run}" / "thesis.tex"),
        write(project.root / "mlruns" / "sweeps" / project.stage / "0" / "000002.ckpt"),
    ]
    before = content(strangers)
    typed(capsys)
    assert content(strangers) == before


@pytest.mark.long
@pytest.mark.parametrize("place", ["mlruns", "mlruns/sweeps", "mlruns/artifacts", "out"])
def test_nothing_behind_a_link_is_advised_on(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    own_leftovers(project)
    (project.root / place).rename(tmp_path / "scratch")
    (project.root / place).symlink_to(tmp_path / "scratch")
    before = content(
        [path for path in (tmp_path / "scratch").rglob("*") if path.is_file() and "mlflow.db" not in path.name]
    )
    lines = typed(capsys)
    assert content(list(before)) == before
    assert f"        {place} -> {tmp_path / 'scratch'}" in lines


@pytest.mark.parametrize("where", ["elsewhere", "a folder above", "a link", "no folder"])
def test_files_of_deleted_runs_outside_the_store_are_named_and_not_freed(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    project.execute("UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 1 WHERE run_uuid = '{run}'")
    artifacts = project.root / "mlruns" / "artifacts"
    far = write(tmp_path / "far" / project.run / "artifacts" / "config.yaml").parent
    location = {"elsewhere": far.as_uri(), "a folder above": artifacts.as_uri(), "no folder": "s3://bucket/x"}.get(
        where
    )
    if location is None:
        location = project.artifacts(project.run).as_uri()
        shutil.rmtree(project.artifacts(project.run))
        project.artifacts(project.run).symlink_to(far)
    project.execute(f"UPDATE runs SET artifact_uri = '{location}' WHERE run_uuid = '{{run}}'")
    assert called("doctor") == 0
    lines = capsys.readouterr().out.splitlines()
    reason = f"; their files in {location} may belong to others, so nothing is advised"
    assert [line.endswith(reason) for line in lines if line.startswith("fine    deleted: 1 run deleted, ")] == [True]
    assert not any("type: " in line for line in lines)


def test_deleted_models_count_among_what_mlflow_removes(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.execute(
        "UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 1 WHERE run_uuid = '{run}'",
        "UPDATE logged_models SET lifecycle_stage = 'deleted', artifact_location = '/far' "
        "WHERE source_run_id = '{run}'",
    )
    assert called("doctor") == 0
    assert "; their files in /far may belong to others" in capsys.readouterr().out


@pytest.mark.long
def test_a_model_in_the_registry_is_no_orphan(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.execute("UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 1 WHERE run_uuid = '{run}'")
    project.execute(
        "INSERT INTO registered_models (name) VALUES ('kept')",
        "INSERT INTO model_versions (name, version, source) VALUES ('kept', 1, 'models:/m-{run}')",
    )
    model = project.root / "mlruns" / "artifacts" / "toy" / "models" / f"m-{project.run}" / "artifacts" / "MLmodel"
    assert not any("orphans: 1" in line for line in typed(capsys))
    assert model.is_file()


def test_checkpoints_of_a_lost_job_of_a_sweep_that_has_ended_are_needed(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same sweep, given again, continues the job."""
    project.execute(
        "UPDATE runs SET status = 'KILLED' WHERE run_uuid = '{run}'",
        "UPDATE tags SET value = 'lost' WHERE key = 'signature' AND run_uuid = '{run}'",
    )
    path = project.root / "mlruns" / "sweeps" / project.stage / "0" / "000001.ckpt"
    write(path, checkpoint.dumps({}, {}, "lost"))
    assert "fine    checkpoints: no folder left over" in typed(capsys)
    assert path.is_file()


@pytest.mark.long
@pytest.mark.parametrize("seconds", [-60, 60], ids=["before", "after"])
def test_checkpoints_of_another_time_are_not_those_of_the_run(
    project: Project, capsys: pytest.CaptureFixture[str], seconds: int
) -> None:
    """A training without a record has the same signature."""
    path, *_ = own_leftovers(project)
    time = path.stat().st_mtime + seconds
    os.utime(path, (time, time))
    assert any(line.startswith("fine    checkpoints: 1 folder, ") for line in typed(capsys))
    assert path.is_file()


def test_files_of_a_cache_that_others_use_are_named_alone(tmp_path: Path) -> None:
    damaged = write(tmp_path / "shared" / "files" / "md5" / "ab" / ("c" * 30))
    project = tmp_path / "project"
    (project / ".dvc").mkdir(parents=True)
    (project / ".dvc" / "cache").symlink_to(tmp_path / "shared")
    told = (
        "1 file of 1 damaged, in a cache outside the project that others may use; what they hold is to be checked first"
    )
    name = str((project / ".dvc" / "cache" / damaged.relative_to(tmp_path / "shared")).relative_to(project))
    assert cache.check(project) == Finding("DVC cache", TO_DO, told, (name,))


def test_a_damaged_database_is_not_moved_over_another(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    path = project.database
    kept = [write(path.with_name("mlflow.db.damaged")), write(path.with_name("mlflow.db.damaged1-wal"))]
    path.write_bytes(b"x" * 4096)
    assert called("doctor") == 74
    line = next(line for line in capsys.readouterr().out.splitlines() if "type: " in line)
    copy = write(project.root / "a copy", b"the copy")
    command = line.partition("type: ")[2].replace("COPY", shlex.quote(str(copy)))
    subprocess.run(command, shell=True, check=True)
    assert [each.read_bytes() for each in kept] == [b"of a stranger"] * 2
    assert path.with_name("mlflow.db.damaged2").read_bytes() == b"x" * 4096
    assert path.read_bytes() == b"the copy"
