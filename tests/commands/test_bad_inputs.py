"""Bad input of every kind ends a command with one line, its exit code, and nothing written."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from bad_inputs import checkpoints, config, pictures, runtime, store, sweeps, tables, texts
from bad_inputs.case import Case, Project
from conftest import ROOT
from inprocess import called, commands_in_this_process, copied, trained_toy
from privileges import modes_of_files_hold

from logodds.tracking.mlflow.local import database

KINDS = {
    kind.__name__.rpartition(".")[2]: kind.CASES
    for kind in (config, sweeps, tables, texts, pictures, runtime, checkpoints, store)
}
CASES = {f"{kind}: {case.name}": case for kind, cases in KINDS.items() for case in cases}
#: The messages about tables are tested where they are made, too; here, as whole commands, all of them in long runs.
MANY = {f"tables: {case.name}" for case in tables.CASES[5:]}
pytestmark = pytest.mark.slow
LONGEST = 240  # characters of an error's line
OF_SQLITE = (".lock", "mlflow.db-shm", "mlflow.db-wal")  # come and go with every reader


def files(root: Path) -> dict[str, tuple[int, int]]:
    """Everything below a folder, with its size and time of change; of a folder neither."""
    found = {}
    for path in root.rglob("*"):
        about = path.lstat()
        if not path.name.endswith(OF_SQLITE):
            found[str(path.relative_to(root))] = (0, 0) if path.is_dir() else (about.st_size, about.st_mtime_ns)
    return found


@pytest.fixture(scope="module")
def within() -> Iterator[pytest.MonkeyPatch]:
    """What commands change in a process, put back at the end."""
    with commands_in_this_process() as patch:
        patch.setenv("HYDRA_FULL_ERROR", "1")
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        yield patch


@pytest.fixture(scope="module")
def trained(within: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project where the toy problem went through every stage and was trained once more."""
    return trained_toy(tmp_path_factory.mktemp("bad") / "project")


@pytest.fixture
def project(trained: Project, tmp_path: Path) -> Iterator[Project]:
    """A copy of it, whose store knows where it is."""
    found = copied(trained, tmp_path / "project")
    yield found
    os.chdir(ROOT)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=name, marks=[pytest.mark.long] * (name in MANY)) for name, case in CASES.items()]
)
def test_it_is_told_in_one_line(
    project: Project, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    if case.without_gpu and torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    for name, value in case.environment.items():
        monkeypatch.setenv(name, project.filled(value))
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.1)
    held: list[Any] = [each for each in (given(project) for given in case.given) if each is not None]
    before = files(project.root), project.records()
    capfd.readouterr()
    try:
        with modes_of_files_hold():
            code = called(project.filled(case.command))
        after = files(project.root), project.records()
    finally:
        for each in held:
            each.close()
    stdout, stderr = capfd.readouterr()
    lines = [line for line in stderr.splitlines() if not line.startswith("note: ")]
    assert (code, stdout, len(lines)) == (case.code, "", 1), (code, stdout, stderr)
    told = re.escape(project.filled(case.told)).replace(re.escape("***"), ".*")
    assert re.fullmatch(f"error: {told}", lines[0]), lines[0]
    assert len(lines[0].replace(str(project.root), "/home/me/project")) <= LONGEST
    assert after == before


# What a line advises to set, as it is typed: after the fault and its rule, without what is only named.
OVERRIDE = r"(?:problem|split|loss)[.\w]*=(?:\[[^\]…]*\]|[\w/.-]*\w)"
ADVISED = [
    (case, advice)
    for case in (*tables.CASES, *texts.CASES, *pictures.CASES)
    for advice in re.findall(
        rf"'problem\.[^']+'|{OVERRIDE}(?: {OVERRIDE})*", case.told.partition("; ")[2] or case.told.partition("? ")[2]
    )
    if not advice.endswith("VALUE")
]


@pytest.mark.long
@pytest.mark.parametrize(("case", "advice"), ADVISED, ids=[f"{case.name}: {advice}" for case, advice in ADVISED])
def test_what_a_line_about_rows_advises_leads_on(
    project: Project, capfd: pytest.CaptureFixture[str], case: Case, advice: str
) -> None:
    """The command with the advised key ends well, or with another line."""
    for given in case.given:
        given(project)
    keys = {word.partition("=")[0] for word in shlex.split(advice)}
    kept = [word for word in case.command.split() if word.partition("=")[0] not in keys]
    command = f"{' '.join(kept)} tracking=none train.epochs=1 {advice}"
    capfd.readouterr()
    with modes_of_files_hold():
        code = called(project.filled(command))
    lines = [line for line in capfd.readouterr().err.splitlines() if not line.startswith("note: ")]
    told = re.escape(project.filled(case.told)).replace(re.escape("***"), ".*")
    assert code == 0 or not re.fullmatch(f"error: {told}", lines[0]), lines


def test_there_are_enough_of_them() -> None:
    assert len(CASES) == sum(map(len, KINDS.values())) >= 60
