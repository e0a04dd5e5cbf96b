"""Tasks that train as one stack, each with its own history, checkpoints, folder and run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
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
from logodds.runs.referee import Referee, Standing
from logodds.runs.saving import Saving
from logodds.runs.task import Task, begin
from logodds.runs.unfinished import Interrupted
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


@final
class Group:
    """Trains tasks as one stack, and writes their files and records. Used as a context manager.

    Runs that are still open when the context ends get a status that depends on the exception that ended it. Lists are
    by member.
    """

    def __init__(self, store: Store | None, device: torch.device, referee: Referee | None) -> None:
        self._store, self._device, self._referee = store, device, referee
        self._runs: list[Run] = []
        self._opened = ExitStack()
        self._tasks: list[Task] = []
        self._state: TrainState | None = None
        self._histories: list[dict[str, list[float]]] = []
        self._seconds: list[float] = []  # per member: its share of the time that the stack has trained
        self._stopped: dict[int, int] = {}  # by member that the referee has stopped: epochs done
        self._results: dict[int, Outcome | JobError] = {}
        self._saving = Saving(time.monotonic())
        self._arrived: list[int] = []  # numbers of the signals that have asked the process to end

    def __enter__(self) -> Group:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def add(self, tasks: Sequence[Task], cuts: Sequence[Interrupted | None]) -> None:
        """Add members, which train from the next epoch on.

        Args:
            tasks: one per new member.
            cuts: for each task, where it was cut off; None where it starts from its beginning.

        Raises:
            UserError: options and rows do not fit each other; no run has been opened in this case.
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
        """Train to the end. Return the result of each member, also of those that have joined.

        Args:
            label: name of the progress display.
        """
        state, first = self._train_state, self._tasks[0].config
        monitor = first.train.monitor
        higher = higher_is_better(monitor)
        before_cut = [value for history in self._histories for value in history.get(monitor, [])]
        best = (max if higher else min)([float("-inf" if higher else "inf"), *before_cut])
        size, trained = len(self._tasks), 0  # trained: model epochs, one per model and epoch
        started = before = time.monotonic()
        self._saving = Saving(started)
        total = first.train.epochs if self._referee is None else None
        with Progress(label, total, "epoch") as progress, signals.put_off() as self._arrived:
            # With a referee others may join, so the stack is saved only between epochs.
            for epoch in fit.fit(state, first.evaluate.threshold, self._pause if self._referee is None else None):
                now = time.monotonic()
                for k in epoch.members:
                    self._seconds[k] += (now - before) / len(epoch.members)
                self._note(epoch)
                trained += len(epoch.members)
                best = (max if higher else min)([best, *epoch.figures[monitor]])
                if size > 1:
                    rate = trained / (now - started)
                    text = f"{len(epoch.members)} of {size} training  best {monitor} {figure(best)}"
                    text += f"  {rate:,.0f} model epochs/s"
                else:
                    text = f"{monitor} {figure(epoch.figures[monitor][0])}  best {figure(best)}"
                progress.show(max(epoch.epochs), text)
                self._pause()
                if self._referee is not None and self._decide(epoch, self._referee):
                    self._conclude()
                    joining = self._referee.joining(len(state.training()))
                    if joining:
                        self.add(joining, [unfinished.of_task(task) for task in joining])
                        size = len(state.training())
                before = time.monotonic()
        self._conclude()
        return [self._results[k] for k in range(len(self._tasks))]

    def _pause(self) -> None:
        """Save the members in training if the last time is long enough ago, or if a signal has asked the process to
        end. In the second case, raise SignalArrived after saving, so that the signal takes effect."""
        began, seconds = time.monotonic(), self._tasks[0].config.train.checkpoint_seconds
        if not self._saving.is_due(began, seconds) and not self._arrived:
            return
        state = self._train_state
        going = {k: task for k, task in enumerate(self._tasks) if not state.members[k].finished}
        files: dict[Path, bytes] = {}
        for k, task in going.items():
            if task.unfinished is not None:
                files |= unfinished.files(
                    task.unfinished, state.save(k), self._histories[k], task.signature, self._device.type
                )
        atomic.write_files(files)
        for task in going.values():
            if task.unfinished is not None:
                unfinished.thin(task.unfinished)
        self._saving.saved(began, time.monotonic())
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
        for position, (k, number) in enumerate(zip(epoch.members, epoch.epochs, strict=True)):
            figures = {name: values[position] for name, values in epoch.figures.items()}
            for name, value in figures.items():
                self._histories[k].setdefault(name, []).append(value)
            if self._runs:
                self._runs[k].epoch(number, figures)

    def _decide(self, epoch: Epoch, referee: Referee) -> bool:
        """Stop the members that the referee stops. Return whether members have ended, so that their slots are free."""
        state = self._train_state
        going = [k for k in epoch.members if not state.members[k].finished]
        standing = []
        for k in going:
            member, task = state.members[k], self._tasks[k]
            best = self._histories[k][task.config.train.monitor][member.best_epoch - 1]
            standing.append(Standing(task, member.epoch, best))
        for index in referee.behind(standing):
            self._stopped[going[index]] = standing[index].epoch
            state.finish(going[index])
        return any(member.finished and k not in self._results for k, member in enumerate(state.members))

    def _conclude(self) -> None:
        """Write the files and the records of the members that have ended since the last call."""
        state = self._train_state
        ended = [k for k, member in enumerate(state.members) if member.finished and k not in self._results]
        files: dict[Path, bytes] = {}
        for k in ended:
            if state.members[k].failed:
                self._results[k] = JobError(state.members[k].failed)
                continue
            ended_with = self._outcome(k)
            self._results[k] = replace(ended_with, run_id=self._runs[k].id) if self._runs else ended_with
            written = ended_with.files()
            files |= (
                self._checkpoints(k, outcome.history_digest(written[ended_with.folder / outcome.HISTORY])) | written
            )
        atomic.write_files(files)
        for k in ended if self._runs else ():
            run, result = self._runs[k], self._results[k]
            if isinstance(result, JobError):
                run.fail(str(result))
                continue
            if k in self._stopped:
                run.tags({"stopped.epoch": str(self._stopped[k])})
            record.conclude(run, self._tasks[k].config, self._tasks[k].inputs, result)
            run.figures({"seconds/training": self._seconds[k]})
        if self._store is not None:
            self._store.end([self._runs[k] for k in ended])
        for k in ended:
            if (folder := self._tasks[k].unfinished) is not None:
                unfinished.remove(folder)
        if self._referee is not None:
            for k in ended:
                self._referee.ended(self._tasks[k], self._results[k])

    def _outcome(self, k: int) -> Outcome:
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
        return outcome.of_training(task.config, task.inputs, built, best_epoch, self._histories[k], task.folder)

    def _checkpoints(self, k: int, history: str) -> dict[Path, bytes]:
        """Return two checkpoint files by path. ``last.ckpt`` holds all state that affects the next step; ``best.ckpt``
        holds the weights of the best epoch, and the digest of the history that they belong to.

        Args:
            k: number of the member.
            history: sha256 of its ``history.csv``.
        """
        task, state = self._tasks[k], self._train_state
        folder, signature = task.folder / "checkpoints", task.signature
        tensors, numbers = state.save(k)
        counters = {"best": numbers["best"], "best_epoch": numbers["best_epoch"], "history.sha256": history}
        counters |= checkpoint.on(self._device.type)
        return {
            folder / "last.ckpt": checkpoint.dumps(tensors, numbers, signature),
            folder / "best.ckpt": checkpoint.dumps(state.best_weights(k), counters, signature),
        }
