"""The code that a training or a stage of the pipeline depends on: what its module imports, and the options that the
configuration chooses.

An option is imported by its name at run time, which no import statement shows. Its file is therefore added for every
section that is read. Imports inside the option's functions count only where the option is also put to work, not where
only its values are read.
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
from logodds.system import locations
from logodds.tracking.provenance import imports, origin
from logodds.tracking.provenance.origin import Origin


@dataclass(frozen=True)
class Part:
    """A part of the program. Paths are relative to the package ``logodds``.

    Attributes:
        module: its main file.
        shims: files that only forward to ``module``, such as a command.
        calls: sections whose options it puts to work; of the other sections it only reads the values.
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
READ = {"prepare": ("problem",), "split": ()}  # the sections that a stage reads, if not all


def origin_of(config: Config) -> Origin:
    """Return what the result of a configuration comes from, with the files and the code as they are now.

    Raises:
        OSError: a file of the problem is missing.
    """
    return origin.of_problem(config.problem, sources(config))


def sources(config: Config) -> str:
    """Return the sha256 of the listing of the code that trains a configuration."""
    return _sources(tuple(_chosen(config).items()), tuple(followed([config.train.monitor])))


@cache
def _sources(options: tuple[tuple[str, str], ...], metrics: tuple[str, ...]) -> str:
    trained = [(section, name) for section, name in options if section in TRAINING.calls]
    return hashlib.sha256(_listing(TRAINING, trained, metrics).encode()).hexdigest()


def of_stage(stage: str, config: Config) -> str:
    """Return the files that a stage runs for a configuration, one per line with its sha256."""
    chosen = _chosen(config)
    metrics = followed([config.train.monitor]) if stage in ("train", "evaluate") else []
    return _listing(STAGES[stage], [(section, chosen[section]) for section in READ.get(stage, chosen)], metrics)


def of_compose() -> str:
    """Return the files that decide what ``compose`` writes, in the same form as :func:`of_stage`.

    No option is among them: options check values without changing them, and the stages that put an option to work list
    its module.
    """
    return _listing(COMPOSE, [])


def _chosen(config: Config) -> dict[str, str]:
    """Return the name of the chosen option for each section that has options."""
    return {section: getattr(getattr(config, section), group.key) for section, group in GROUPS.items()}


def _listing(part: Part, options: Sequence[tuple[str, str]], metrics: Sequence[str] = ()) -> str:
    """List the files of a part of the program, of options given as (section, name), and of metrics, with their
    digests."""
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
    return locations.LIBRARY / "logodds" / name
