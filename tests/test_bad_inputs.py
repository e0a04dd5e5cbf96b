"""Bad input of every kind ends a command with one line, its exit code, and nothing written."""

from __future__ import annotations

import gc
import importlib
import os
import re
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from bad_inputs import checkpoints, config, pictures, runtime, store, tables, texts
from bad_inputs.case import Case, Project
from conftest import ROOT, load_mlflow
from hydra.core.global_hydra import GlobalHydra

from logodds import command, provenance
from logodds.sources import shipped
from logodds.tracking.local import database

KINDS = {
    kind.__name__.rpartition(".")[2]: kind.CASES
    for kind in (config, tables, texts, pictures, runtime, checkpoints, store)
}
CASES = {f"{kind}: {case.name}": case for kind, cases in KINDS.items() for case in cases}
LONGEST = 200  # characters of an error's line
OF_SQLITE = (".lock", "mlflow.db-shm", "mlflow.db-wal")  # come and go with every reader


def called(text: str) -> int:
    """A command in this process, to its end; its exit code."""
    name, *arguments = shlex.split(text)
    sys.argv[:] = [f"src/{name}.py", *arguments]
    main = importlib.import_module(name)
    GlobalHydra.instance().clear()
    try:
        command.run(main.main, None if name == "train" else main.__doc__)
    except SystemExit as ended:
        return int(str(ended.code))
    finally:
        GlobalHydra.instance().clear()
        torch.set_num_threads(1)


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
    load_mlflow()
    handler, collected = signal.getsignal(signal.SIGTERM), gc.get_threshold()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [])
        patch.setattr(provenance, "__file__", provenance.__file__)
        patch.setenv("HYDRA_FULL_ERROR", "1")
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        patch.chdir(ROOT)
        for name in ("MLFLOW_TRACKING_URI", "LOGODDS_DEVICE"):
            patch.delenv(name, raising=False)
        yield patch
    signal.signal(signal.SIGTERM, handler)
    gc.set_threshold(*collected)
    forget()


def forget() -> None:
    """What commands keep of the project in which they ran."""
    for name, module in list(sys.modules.items()):
        for value in vars(module).values() if name.startswith("logodds") else ():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def enter(root: Path) -> None:
    """From here on commands take a folder for the project: it is where their library says that it lies."""
    forget()
    provenance.__file__ = str(root / "src" / "logodds" / "provenance.py")
    os.chdir(root)


@pytest.fixture(scope="module")
def trained(within: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project where the toy problem went through every stage and was trained once more."""
    root = tmp_path_factory.mktemp("bad") / "project"
    (root / "out").mkdir(parents=True)
    for name in ("conf", "dvc.yaml", "data.dvc"):
        (root / name).symlink_to(ROOT / name)
    (root / "src" / "logodds").mkdir(parents=True)
    shipped.write(root / "data")
    enter(root)
    for text in (
        "compose problem=toy train.epochs=2",
        *(f"{stage} out/toy/config.yaml" for stage in ("prepare", "split", "train", "evaluate")),
        "train problem=toy train.epochs=1",
    ):
        assert called(text) == 0
    for path in root.glob("mlruns/artifacts/toy/models/*/artifacts/code"):
        shutil.rmtree(path)  # no command reads it, and many files take time to copy
    (root / "data" / "digits.csv").unlink()
    configs = {path.parts[-3]: path.read_text() for path in root.glob("mlruns/artifacts/toy/*/artifacts/config.yaml")}
    run, stage = sorted(configs, key=lambda each: "epochs: 2" in configs[each])
    return Project(root, run, stage)


@pytest.fixture
def project(trained: Project, tmp_path: Path) -> Iterator[Project]:
    """A copy of it, whose store knows where it is."""
    found = replace(trained, root=tmp_path / "project")
    shutil.copytree(trained.root, found.root, symlinks=True)
    columns = (("experiments", "artifact_location"), ("runs", "artifact_uri"), ("logged_models", "artifact_location"))
    found.execute(*(f"UPDATE {t} SET {c} = replace({c}, '{trained.root}', '{{root}}')" for t, c in columns))
    enter(found.root)
    yield found
    os.chdir(ROOT)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_told_in_one_line(
    project: Project, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    if case.without_gpu and torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    if case.without_root and os.geteuid() == 0:
        pytest.skip("root may read and write everything")
    for name, value in case.environment.items():
        monkeypatch.setenv(name, project.filled(value))
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.1)
    held: list[Any] = [each for each in (given(project) for given in case.given) if each is not None]
    before = files(project.root), project.records()
    capfd.readouterr()
    try:
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


def test_there_are_enough_of_them() -> None:
    assert len(CASES) == sum(map(len, KINDS.values())) >= 60
