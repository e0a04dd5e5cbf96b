"""Training from end to end: fit, keep checkpoints, judge on validation rows, write the folders and the record.

One run is a group of one. Whatever is written below a folder depends on code, data and configuration alone: no times,
no run ids, and nothing of the others in the group.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from logodds import atomic, checkpoint, evaluation, fit, package, provenance, record
from logodds.config import Config
from logodds.errors import JobError
from logodds.evaluation import Evaluation
from logodds.fit import Data, Member, TrainState
from logodds.inputs import Inputs
from logodds.loss import outputs
from logodds.metrics.monitors import MONITORS
from logodds.models.build import build
from logodds.names import figure
from logodds.origin import Origin
from logodds.package import Package
from logodds.passes import layout
from logodds.progress import Progress
from logodds.split import Rows
from logodds.tracking.run import Naming, Run

if TYPE_CHECKING:
    from logodds.tracking.store import Store


@dataclass(frozen=True)
class Outcome:
    """What a run ended with. ``score``: the monitored figure at the best epoch; ``history``: figures by epoch;
    ``train``: figures of the kept weights on the train rows, against which overfitting shows; ``validation`` is None
    without validation rows, ``run_id`` without a tracker."""

    folder: Path
    package: Package
    best_epoch: int
    score: float
    history: dict[str, list[float]]
    train: dict[str, float]
    validation: Evaluation | None
    run_id: str | None

    def figures(self) -> dict[str, float]:
        """Final figures by their name in the record. Without validation rows the monitored one is the train loss of the
        kept epoch."""
        found = {"best/epoch": float(self.best_epoch), **self.train}
        if self.validation is None:
            return found | {"best/train_loss": self.score}
        return found | {f"best/{name}": value for name, value in self.validation.report.figures().items()}


@dataclass(frozen=True)
class Task:
    """One model to train: what from, where its files go, and how its run is called."""

    config: Config
    inputs: Inputs
    origin: Origin
    folder: Path
    naming: Naming


def connect(config: Config) -> Store | None:
    """The tracker's store for the problem's experiment, or None where the configuration wants none.

    Raises:
        StorageError: the store cannot be reached.
    """
    if config.tracking.name == "none":
        return None
    from logodds.tracking.store import Store

    return Store(provenance.store_root(), config.problem.name)


def train(task: Task, store: Store | None) -> Outcome:
    """Train one model and write its folder: ``model/``, ``checkpoints/``, ``history.csv``, ``validation.json``.

    Raises:
        UserError: options and rows that do not fit each other.
        JobError: the loss is not finite.
        StorageError: the tracker fails.
    """
    (found,) = train_together([task], store, task.naming.name)
    if isinstance(found, JobError):
        raise found
    return found


def train_together(tasks: Sequence[Task], store: Store | None, label: str) -> list[Outcome | JobError]:
    """Train models as one stack; each ends with what it would end with alone, or with the reason why it has no result.

    Args:
        tasks: one of ``grouping.groups``.
        label: what the progress shown is called.

    Raises:
        UserError: options and rows that do not fit each other; no run has been opened then.
        StorageError: the tracker fails.
    """
    config = tasks[0].config
    torch.set_num_threads(config.train.threads)
    device = fit.device(config.train.device)
    state, members, data = begin(tasks, device)
    opening: AbstractContextManager[list[Run]] = nullcontext([])
    if store is not None:
        opening = store.runs([task.naming for task in tasks])
    with opening as runs:
        for task, opened in zip(tasks, runs, strict=store is not None):
            record.describe(opened, task.config, task.inputs, device, task.origin)
        started = time.monotonic()
        histories = _loop(tasks, state, members, data, runs, label)
        seconds = (time.monotonic() - started) / len(tasks)
        ended = {k: _outcome_of(tasks[k], state, k, histories[k]) for k in range(len(tasks)) if k not in state.failed}
        files: dict[Path, bytes] = {}
        for k, outcome in ended.items():
            files |= _checkpoints(state, k, tasks[k]) | _files(outcome)
        atomic.write_files(files)
        for k, run in enumerate(runs):
            if k in state.failed:
                run.fail(state.failed[k])
                continue
            ended[k] = replace(ended[k], run_id=run.id)
            record.conclude(run, tasks[k].inputs, ended[k])
            run.figures({"seconds/training": seconds})
    return [ended[k] if k in ended else JobError(state.failed[k]) for k in range(len(tasks))]


def restore(config: Config, inputs: Inputs, origin: Origin, folder: Path, store: Store) -> str:
    """A new run with the record of a folder that was trained before; its id."""
    text = csv.DictReader((folder / "history.csv").read_text().splitlines())
    rows = [{name: float(value) for name, value in row.items()} for row in text]
    history = {name: [row[name] for row in rows] for name in rows[0] if name != "epoch"}
    built = package.load(folder / "model")
    _, counters, _ = checkpoint.load(folder / "checkpoints" / "best.ckpt")
    outcome = _outcome(config, inputs, built, int(counters["best_epoch"]), history, folder)
    with store.run(Naming("restored", {"dvc": "restored"})) as run:
        record.describe(run, config, inputs, fit.device("cpu"), origin)
        for index, row in enumerate(rows, start=1):
            run.epoch(index, {name: row[name] for name in history})
        record.conclude(run, inputs, outcome)
        return run.id


def begin(tasks: Sequence[Task], device: torch.device) -> tuple[TrainState, list[Member], list[Data]]:
    """The state of a group before its first epoch, its members and their rows."""
    data = [task.inputs.data for task in tasks]
    configs = [task.config for task in tasks]
    members = [Member(config.train, config.optim, config.loss) for config in configs]
    first = data[0]
    stack = build(
        [config.model for config in configs],
        first.x_train,
        outputs(configs[0].loss, first.classes),
        [config.train.seed for config in configs],
        layout(len(first.t_train), configs[0].train.batch_size)[1],
        device,
    )
    return fit.start(stack, members), members, data


def _loop(
    tasks: Sequence[Task],
    state: TrainState,
    members: Sequence[Member],
    data: Sequence[Data],
    runs: Sequence[Run],
    label: str,
) -> list[dict[str, list[float]]]:
    """Train to the end; each member's figures by epoch."""
    histories: list[dict[str, list[float]]] = [{} for _ in tasks]
    train = tasks[0].config.train
    higher = higher_is_better(train.monitor)
    started = saved = time.monotonic()
    trained = 0  # models, each as often as it has had an epoch
    with Progress(label, train.epochs, "epochs") as progress:
        for epoch in fit.fit(state, members, data, tasks[0].config.evaluate.threshold):
            for place, k in enumerate(epoch.members):
                figures = {name: values[place] for name, values in epoch.figures.items()}
                for name, value in figures.items():
                    histories[k].setdefault(name, []).append(value)
                if runs:
                    runs[k].epoch(epoch.epoch, figures)
            best = (max if higher else min)(epoch.figures[train.monitor])
            told = f"{train.monitor} {figure(best)}"
            if len(tasks) > 1:
                trained += len(epoch.members)
                rate = trained / (time.monotonic() - started)
                told = f"{len(epoch.members)} of {len(tasks)} training  best {told}  {rate:,.0f} model epochs/s"
            progress.show(epoch.epoch, told)
            if time.monotonic() - saved > train.checkpoint_seconds:
                for k in epoch.members:
                    atomic.write_files(_checkpoints(state, k, tasks[k]))
                saved = time.monotonic()
    return histories


def _checkpoints(state: TrainState, member: int, task: Task) -> dict[Path, bytes]:
    """``last.ckpt``: all state that affects the next step; ``best.ckpt``: the weights of the best epoch."""
    folder, signature = task.folder / "checkpoints", task.config.signature()
    tensors, numbers = state.save(member)
    told = {"best": numbers["best"], "best_epoch": numbers["best_epoch"]}
    return {
        folder / "last.ckpt": checkpoint.dumps(tensors, numbers, signature),
        folder / "best.ckpt": checkpoint.dumps(state.best_weights(member), told, signature),
    }


def _outcome_of(task: Task, state: TrainState, member: int, history: dict[str, list[float]]) -> Outcome:
    config, inputs = task.config, task.inputs
    built = Package(
        config.model,
        state.stack.outputs,
        inputs.features,
        state.best_weights(member),
        inputs.table.classes,
        config.evaluate.threshold,
    )
    return _outcome(config, inputs, built, state.best_epoch[member], history, task.folder)


def _files(outcome: Outcome) -> dict[Path, bytes]:
    """What the folder holds beside checkpoints."""
    epochs = range(1, len(outcome.history["train/loss"]) + 1)
    figures = {} if outcome.validation is None else outcome.validation.report.main()
    history = evaluation.table({"epoch": epochs, **outcome.history})
    return {
        **{outcome.folder / "model" / name: data for name, data in package.files(outcome.package).items()},
        outcome.folder / "history.csv": history.encode(),
        outcome.folder / "validation.json": (json.dumps(figures, indent=1) + "\n").encode(),
    }


def _outcome(
    config: Config,
    inputs: Inputs,
    built: Package,
    best_epoch: int,
    history: dict[str, list[float]],
    folder: Path,
) -> Outcome:
    def judged(part: str, rows: Rows) -> Evaluation:
        return evaluation.judge(part, built, inputs.table, rows, config.evaluate)

    seen = judged("train", inputs.split.train).report
    train = {"train/log_loss": seen.log_loss, "train/accuracy": seen.accuracy}
    validation = judged("val", inputs.split.val) if len(inputs.split.val) else None
    score = history[config.train.monitor][best_epoch - 1]
    return Outcome(folder, built, best_epoch, score, history, train, validation, None)


def run_folder(config: Config) -> Path:
    """Where a run outside the pipeline keeps its files: one folder per configuration."""
    return provenance.project_root() / "out" / "runs" / config.problem.name / config.signature()[:12]


def higher_is_better(monitor: str) -> bool:
    """Whether more of a monitored figure is better, as of ``val/f1``."""
    return MONITORS[monitor.partition("/")[2]][0]
