"""Tasks that train as one stack, each with its history, checkpoints, folder and run."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, final

import torch

from logodds.engine import fit
from logodds.engine.fit import Epoch
from logodds.engine.state import TrainState
from logodds.evaluation.metric import higher_is_better
from logodds.runs import checkpoint, outcome, record, unfinished
from logodds.runs.outcome import Outcome
from logodds.runs.task import Task, begin
from logodds.runs.unfinished import Cut
from logodds.serving.package import Package
from logodds.system import atomic, process, signals
from logodds.system.errors import JobError
from logodds.system.process import OWNER
from logodds.system.terminal.progress import Progress
from logodds.system.terminal.text import figure
from logodds.tracking.provenance.origin import SIGNATURE

if TYPE_CHECKING:
    from logodds.tracking.run import Run
    from logodds.tracking.store import Store


@dataclass(frozen=True)
class Standing:
    """A task that is training: epochs done, and the monitored figure of the best of them."""

    task: Task
    epoch: int
    best: float


class Referee(ABC):
    """Abstract. Decides while a group trains which members go on, and which join."""

    @abstractmethod
    def behind(self, standing: Sequence[Standing]) -> list[int]:
        """After each epoch: places in ``standing`` of the tasks that are to train no further."""

    @abstractmethod
    def ended(self, task: Task, found: Outcome | JobError) -> None:
        """What became of a task; its record is written."""

    @abstractmethod
    def joining(self, training: int) -> list[Task]:
        """Tasks of the group's shape that take the places of those that have ended, where so many are training."""


@final
class Group:
    """A context: runs that are open at its end are ended by what ended it. Lists are by member."""

    def __init__(self, store: Store | None, device: torch.device, referee: Referee | None) -> None:
        self._store, self._device, self._referee = store, device, referee
        self._runs: list[Run] = []
        self._opened = ExitStack()
        self._tasks: list[Task] = []
        self._state: TrainState | None = None
        self._histories: list[dict[str, list[float]]] = []
        self._seconds: list[float] = []  # of the time that a stack trains, each member has its share
        self._stopped: dict[int, int] = {}  # epochs of those that the referee did not let go on
        self._found: dict[int, Outcome | JobError] = {}
        self._saved = time.monotonic()
        self._arrived: list[int] = []  # signals that ask to end

    def __enter__(self) -> Group:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def add(self, tasks: Sequence[Task], cuts: Sequence[Cut | None]) -> None:
        """Further members, which train from the next epoch on, each from where it was cut off.

        Raises:
            UserError: options and rows that do not fit each other; no run has been opened then.
            StorageError: the tracker fails.
        """
        state = begin(tasks, self._device)
        for k, cut in enumerate(cuts):
            if cut is not None:
                state.restore(k, cut.saved)
        histories = [{} if cut is None else cut.history for cut in cuts]
        if self._state is None:
            self._state = state
        else:
            self._state.join(state)
        self._tasks += tasks
        self._histories += histories
        self._seconds += [0.0] * len(tasks)
        if self._store is not None:
            namings = [
                replace(task.naming, tags={**task.naming.tags, SIGNATURE: task.signature, OWNER: process.this()})
                for task in tasks
            ]
            opened = self._opened.enter_context(self._store.runs(namings))
            self._runs += opened
            for task, run, history in zip(tasks, opened, histories, strict=True):
                record.describe(run, task.config, task.inputs, self._device, task.origin)
                run.history(history)

    def train(self, label: str) -> list[Outcome | JobError]:
        """Train to the end."""
        state, first = self._train_state, self._tasks[0].config
        higher = higher_is_better(first.train.monitor)
        best = float("-inf" if higher else "inf")
        places, trained = len(self._tasks), 0  # models, each as often as it has had an epoch
        started = before = self._saved = time.monotonic()
        total = first.train.epochs if self._referee is None else None
        with Progress(label, total, "epoch") as progress, signals.put_off() as self._arrived:
            # A stack that others join is between epochs whenever it is saved.
            for epoch in fit.fit(state, first.evaluate.threshold, self._pause if self._referee is None else None):
                now = time.monotonic()
                for k in epoch.members:
                    self._seconds[k] += (now - before) / len(epoch.members)
                self._note(epoch)
                trained += len(epoch.members)
                best = (max if higher else min)([best, *epoch.figures[first.train.monitor]])
                told = f"{first.train.monitor} {figure(best)}"
                if places > 1:
                    rate = trained / (now - started)
                    told = f"{len(epoch.members)} of {places} training  best {told}  {rate:,.0f} model epochs/s"
                progress.show(max(epoch.epochs), told)
                self._pause()
                if self._referee is not None and self._decide(epoch, self._referee):
                    self._conclude()
                    joining = self._referee.joining(len(state.training()))
                    if joining:
                        self.add(joining, [unfinished.of_task(task) for task in joining])
                        places = len(state.training())
                before = time.monotonic()
        self._conclude()
        return [self._found[k] for k in range(len(self._tasks))]

    def _pause(self) -> None:
        """Save what is training, if it is time to or a signal asks to end; then it takes effect."""
        now, seconds = time.monotonic(), self._tasks[0].config.train.checkpoint_seconds
        if now - self._saved < seconds and not self._arrived:
            return
        state = self._train_state
        going = {k: task for k, task in enumerate(self._tasks) if not state.members[k].finished}
        files: dict[Path, bytes] = {}
        for k, task in going.items():
            if task.unfinished is not None:
                files |= unfinished.files(task.unfinished, state.save(k), self._histories[k], task.signature)
        atomic.write_files(files)
        for task in going.values():
            if task.unfinished is not None:
                unfinished.thin(task.unfinished)
        self._saved = now
        if self._arrived:
            raise signals.SignalArrived
        if going:
            self._conclude()

    @property
    def _train_state(self) -> TrainState:
        if self._state is None:
            raise ValueError("a group without tasks")
        return self._state

    def _note(self, epoch: Epoch) -> None:
        for place, (k, number) in enumerate(zip(epoch.members, epoch.epochs, strict=True)):
            figures = {name: values[place] for name, values in epoch.figures.items()}
            for name, value in figures.items():
                self._histories[k].setdefault(name, []).append(value)
            if self._runs:
                self._runs[k].epoch(number, figures)

    def _decide(self, epoch: Epoch, referee: Referee) -> bool:
        """Whether places have become free."""
        state = self._train_state
        going = [k for k in epoch.members if not state.members[k].finished]
        standing = []
        for k in going:
            own, task = state.members[k], self._tasks[k]
            best = self._histories[k][task.config.train.monitor][own.best_epoch - 1]
            standing.append(Standing(task, own.epoch, best))
        for place in referee.behind(standing):
            self._stopped[going[place]] = standing[place].epoch
            state.finish(going[place])
        return any(own.finished and k not in self._found for k, own in enumerate(state.members))

    def _conclude(self) -> None:
        """Write the files and the records of those that have ended since the last time."""
        state = self._train_state
        ended = [k for k, own in enumerate(state.members) if own.finished and k not in self._found]
        files: dict[Path, bytes] = {}
        for k in ended:
            if state.members[k].failed:
                self._found[k] = JobError(state.members[k].failed)
                continue
            found = self._judged(k)
            self._found[k] = replace(found, run_id=self._runs[k].id) if self._runs else found
            written = found.files()
            files |= self._checkpoints(k, outcome.history_digest(written[found.folder / outcome.HISTORY])) | written
        atomic.write_files(files)
        for k in ended if self._runs else ():
            run, become = self._runs[k], self._found[k]
            if isinstance(become, JobError):
                run.fail(str(become))
                continue
            if k in self._stopped:
                run.tags({"stopped.epoch": str(self._stopped[k])})
            record.conclude(run, self._tasks[k].inputs, become)
            run.figures({"seconds/training": self._seconds[k]})
        if self._store is not None:
            self._store.end([self._runs[k] for k in ended])
        for k in ended:
            if (place := self._tasks[k].unfinished) is not None:
                unfinished.remove(place)
        if self._referee is not None:
            for k in ended:
                self._referee.ended(self._tasks[k], self._found[k])

    def _judged(self, k: int) -> Outcome:
        task, state = self._tasks[k], self._train_state
        built = Package(
            task.config.model,
            state.stack.outputs,
            task.inputs.features,
            state.best_weights(k),
            task.inputs.table.classes,
            task.config.evaluate.threshold,
        )
        best_epoch = state.members[k].best_epoch
        return outcome.judged(task.config, task.inputs, built, best_epoch, self._histories[k], task.folder)

    def _checkpoints(self, k: int, history: str) -> dict[Path, bytes]:
        """``last.ckpt``: all state that affects the next step; ``best.ckpt``: the weights of the best epoch, and the
        digest of the history that they come from."""
        task, state = self._tasks[k], self._train_state
        folder, signature = task.folder / "checkpoints", task.signature
        tensors, numbers = state.save(k)
        told = {"best": numbers["best"], "best_epoch": numbers["best_epoch"], "history.sha256": history}
        return {
            folder / "last.ckpt": checkpoint.dumps(tensors, numbers, signature),
            folder / "best.ckpt": checkpoint.dumps(state.best_weights(k), told, signature),
        }
