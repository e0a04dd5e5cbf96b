"""The part of a replay that runs in the code of the recorded run: it trains what folders order, and writes the results.

The part that calls it may be of a later version, so the meaning of ``order.json`` and ``ended.json`` must not change.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from logodds.engine.device import chosen_device
from logodds.options import configfile
from logodds.runs import training
from logodds.runs.code import origin_of, sources
from logodds.runs.config import Config, read_config
from logodds.runs.inputs import Inputs, InputsCache
from logodds.runs.outcome import Outcome
from logodds.runs.referee import Referee, Standing
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
    """What a replay orders, beside the configuration: the content of ``order.json``.

    Attributes:
        fold: number of the fold of a cross-validation, from 1; None: no fold.
        stopped: the epoch after which a search stopped the run; None: it was not stopped.
        sources: sha256 that the code must have.
        data: md5 that the data must have.
        split: sha256 that the split must have.
    """

    fold: int | None
    stopped: int | None
    sources: str
    data: str
    split: str


@final
class _Stop(Referee):
    """Stops every task after a given epoch, as a search did when the run was recorded."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def behind(self, standing: Sequence[Standing]) -> list[int]:
        return [index for index, task in enumerate(standing) if task.epoch >= self._epoch]

    def ended(self, task: Task, result: Outcome | JobError) -> None:
        pass

    def joining(self, training: int) -> list[Task]:
        return []


def run(folders: Sequence[Path]) -> None:
    """Train the configuration of each folder on its own, one after the other.

    ``ended.json`` in the folder gets the results; or what ``differs`` from the order or why it was ``refused``, in
    which case nothing was trained; or why the training ``failed``.
    """
    signals.heed()
    signals.follow(os.getppid(), signal.SIGKILL)  # the parent waits for the results: without it they are of no use
    cache = InputsCache()
    with Progress("replay", len(folders), "run", lines=True) as progress:
        for number, folder in enumerate(folders, start=1):
            try:
                result = _one(folder, cache)
            except JobError as error:
                result = {"failed": str(error)}
            except LogoddsError as error:
                result = {"refused": str(error)}
            except Exception as error:  # concerns one run: the others must still be trained
                result = {"refused": f"{type(error).__name__}: {error}"}
            atomic.write_text(folder / ENDED, json.dumps(result))
            if len(folders) > 1:
                progress.show(number)


def _one(folder: Path, cache: InputsCache) -> dict[str, Any]:
    """Train what a folder orders, and return the content of ``ended.json``."""
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
    inputs = cache.of(config) if order.fold is None else cache.folds(config)[order.fold - 1]
    if inputs.split.digest() != order.split:
        return {"differs": "split", "found": inputs.split.digest()}
    return _results(config, _trained(config, inputs, origin, order, folder))


def _trained(config: Config, inputs: Inputs, origin: Origin, order: Order, folder: Path) -> Outcome:
    referee = None if order.stopped is None else _Stop(order.stopped)
    task = Task(config, inputs, origin, folder, Naming("replay", {}))
    (ended,) = training.train_together([task], None, "replay", referee)
    if isinstance(ended, JobError):
        raise ended
    return ended


def _results(config: Config, outcome: Outcome) -> dict[str, Any]:
    device = chosen_device(config.train.device)
    return {
        "digests": outcome.digests(),
        "figures": outcome.figures(),
        "environment": environment.environment(device.type, config.train.threads),
        "packages": environment.packages(),
    }
