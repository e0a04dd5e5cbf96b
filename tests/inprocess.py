"""Commands in the process of the test, and the small projects in which they run."""

from __future__ import annotations

import gc
import importlib
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from bad_inputs.case import Project
from conftest import ROOT, load_mlflow, moved_store
from hydra.core.global_hydra import GlobalHydra

from logodds.data.sources.downloads import shipped
from logodds.system import locations, signals
from logodds.system.terminal import command


def called(text: str) -> int:
    """A command in this process, to its end; its exit code."""
    name, *arguments = shlex.split(text)
    sys.argv[:] = [f"src/{name}.py", *arguments]
    main = importlib.import_module(f"logodds.commands.{name}")
    GlobalHydra.instance().clear()
    try:
        command.run(main.main, None if name == "train" else main.__doc__)
    except SystemExit as ended:
        return int(str(ended.code))
    finally:
        GlobalHydra.instance().clear()
        torch.set_num_threads(1)


@contextmanager
def kept_handlers() -> Iterator[None]:
    """What signals do is put back at the end."""
    before = {number: signal.getsignal(number) for number in signals.ENDS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@contextmanager
def commands_in_this_process() -> Iterator[pytest.MonkeyPatch]:
    """What commands change in the process that runs them is put back at the end."""
    load_mlflow()
    collected = gc.get_threshold()
    with kept_handlers(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [])
        patch.setattr(locations, "CHECKOUT", locations.CHECKOUT)
        patch.chdir(ROOT)
        for name in ("MLFLOW_TRACKING_URI", "LOGODDS_DEVICE"):
            patch.delenv(name, raising=False)
        yield patch
    gc.set_threshold(*collected)
    gc.unfreeze()
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
    locations.CHECKOUT = root
    os.chdir(root)


def trained_toy(root: Path) -> Project:
    """A project where the toy problem went through every stage and was trained once more."""
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


def copied(project: Project, root: Path) -> Project:
    """A copy of a project, whose store knows where it is; the commands' project from here on."""
    found = replace(project, root=root)
    shutil.copytree(project.root, root, symlinks=True)
    moved_store(project.root, root)
    enter(root)
    return found
