"""The side of a replay that runs in the recorded code: folders with orders -> the files of runs.

The other side may be younger: what stands in ``order.json`` and ``ended.json`` keeps its meaning.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from logodds.engine import fit
from logodds.options import configfile
from logodds.runs import training
from logodds.runs.code import origin_of, sources
from logodds.runs.config import Config, read_config
from logodds.runs.group import Referee, Standing
from logodds.runs.inputs import Inputs, InputsCache
from logodds.runs.outcome import Outcome
from logodds.runs.task import Task
from logodds.system import atomic, signals
from logodds.system.errors import JobError, LogoddsError
from logodds.system.terminal.progress import Progress
from logodds.tracking.naming import Naming
from logodds.tracking.provenance import environment
from logodds.tracking.provenance.origin import Origin

CONFIG, ORDER, ENDED = "config.yaml", "order.json", "ended.json"


@dataclass(frozen=True)
class Order:
    """What is to be trained beside a configuration. ``fold``: of a cross-validation, from 1; ``stopped``: the epoch
    after which a search let the run go; the digests are those that code, data and split must have."""

    fold: int | None
    stopped: int | None
    sources: str
    data: str
    split: str


@final
class _Stop(Referee):
    """Lets every task go after some epoch."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def behind(self, standing: Sequence[Standing]) -> list[int]:
        return [place for place, each in enumerate(standing) if each.epoch >= self._epoch]

    def ended(self, task: Task, found: Outcome | JobError) -> None:
        pass

    def joining(self, training: int) -> list[Task]:
        return []


def run(folders: Sequence[Path]) -> None:
    """Train each folder's configuration by itself, one after the other. ``ended.json`` says what it came to; what
    ``differs`` from the order, or why it was ``refused``, and nothing was trained then; or why it ``failed``."""
    signals.heed()
    signals.follow(os.getppid(), signal.SIGKILL)  # who waits for what it came to
    cache = InputsCache()
    with Progress("replay", len(folders), "run", lines=True) as progress:
        for number, folder in enumerate(folders, start=1):
            try:
                told = _one(folder, cache)
            except JobError as error:
                told = {"failed": str(error)}
            except LogoddsError as error:
                told = {"refused": str(error)}
            except Exception as error:  # of one run; the others go on
                told = {"refused": f"{type(error).__name__}: {error}"}
            atomic.write_text(folder / ENDED, json.dumps(told))
            if len(folders) > 1:
                progress.show(number)


def _one(folder: Path, cache: InputsCache) -> dict[str, Any]:
    order = Order(**json.loads((folder / ORDER).read_text()))
    config = read_config(configfile.load(folder / CONFIG))
    if sources(config) != order.sources:
        return {"differs": "code", "found": sources(config)}
    try:
        origin = origin_of(config)
    except OSError:
        return {"differs": "data", "found": "missing"}
    if origin.data != order.data:
        return {"differs": "data", "found": origin.data}
    found = cache.of(config) if order.fold is None else cache.folds(config)[order.fold - 1]
    if found.split.digest() != order.split:
        return {"differs": "split", "found": found.split.digest()}
    return _told(config, _trained(config, found, origin, order, folder))


def _trained(config: Config, found: Inputs, origin: Origin, order: Order, folder: Path) -> Outcome:
    referee = None if order.stopped is None else _Stop(order.stopped)
    task = Task(config, found, origin, folder, Naming("replay", {}))
    (ended,) = training.train_together([task], None, "replay", referee)
    if isinstance(ended, JobError):
        raise ended
    return ended


def _told(config: Config, outcome: Outcome) -> dict[str, Any]:
    device = fit.device(config.train.device)
    return {
        "digests": outcome.digests(),
        "figures": outcome.figures(),
        "environment": environment.environment(device.type, config.train.threads),
        "packages": environment.packages(),
    }
