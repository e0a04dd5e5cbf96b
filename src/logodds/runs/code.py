"""The code that a training or a stage of the pipeline depends on: what its module imports, and the options that the
configuration chooses.

An option is imported by its name, which no import statement shows. So its file is added for each section that is read;
imports inside its functions count where the option is not only read but also put to work.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from logodds.evaluation.metric import METRICS, followed
from logodds.runs.config import GROUPS, Config
from logodds.system import places
from logodds.tracking.provenance import imports, origin
from logodds.tracking.provenance.origin import Origin


@dataclass(frozen=True)
class Part:
    """Some part of the program.

    Attributes:
        module: its file, below the package.
        shims: files that only lead to it, below the package.
        calls: sections whose options it puts to work; of the others it reads the values.
    """

    module: str
    shims: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


TRAINING = Part("runs/training.py", calls=("features", "model", "loss", "optim"))
#: The stages of the pipeline that read a resolved configuration.
STAGES = {
    "prepare": Part("commands/prepare.py", calls=("problem",)),
    "split": Part("commands/split.py"),
    "train": Part("commands/train_stage.py", ("commands/train.py",), (*TRAINING.calls, "tracking")),
    "evaluate": Part("commands/evaluate_stage.py", ("commands/evaluate.py",), ("features", "model", "tracking")),
}
COMPOSE = Part("commands/compose.py")
READ = {"prepare": ("problem",), "split": ()}  # sections of stages that do not read all of them


def origin_of(config: Config) -> Origin:
    """What the result of a configuration comes from, with the files and the code as they are now.

    Raises:
        OSError: a file of the problem is missing.
    """
    return origin.of_problem(config.problem, sources(config))


def sources(config: Config) -> str:
    """sha256 of the list of the code that trains a configuration."""
    return _sources(tuple(_chosen(config).items()), tuple(followed([config.train.monitor])))


@cache
def _sources(options: tuple[tuple[str, str], ...], metrics: tuple[str, ...]) -> str:
    trained = [(section, name) for section, name in options if section in TRAINING.calls]
    return hashlib.sha256(_listing(TRAINING, trained, metrics).encode()).hexdigest()


def of_stage(stage: str, config: Config) -> str:
    """The files that a stage runs for a configuration, with their digests."""
    chosen = _chosen(config)
    metrics = followed([config.train.monitor]) if stage == "train" else []
    return _listing(STAGES[stage], [(section, chosen[section]) for section in READ.get(stage, chosen)], metrics)


def of_compose() -> str:
    """The files that decide what ``compose`` writes. No option is among them: options check values and do not change
    them, and the stages that put one to work list its module."""
    return _listing(COMPOSE, [])


def _chosen(config: Config) -> dict[str, str]:
    """The name of the option of each section that has some."""
    return {section: getattr(getattr(config, section), group.key) for section, group in GROUPS.items()}


def _listing(part: Part, options: Sequence[tuple[str, str]], metrics: Sequence[str] = ()) -> str:
    """The files of a part of the program, of some options, each (section, name), and of some metrics, with digests."""
    modules = [(section, GROUPS[section].module(name)) for section, name in options]
    computed = [METRICS.module(name) for name in metrics]
    folders = imports.folders([*(module for _, module in modules), *computed])
    read = {module.path for section, module in modules if section not in part.calls}
    read |= {_file(shim) for shim in part.shims}
    bases = {Path(inspect.getfile(group.base)) for section, group in GROUPS.items() if section not in part.calls}
    called = [
        _file(part.module),
        *(module.path for module in computed),
        *(module.path for section, module in modules if section in part.calls),
    ]
    return imports.listing(imports.closure([*called, *read], folders, read | bases), folders)


def _file(name: str) -> Path:
    return places.LIBRARY / "logodds" / name
