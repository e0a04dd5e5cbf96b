"""One training run from end to end: fit, keep checkpoints, judge on validation rows, write the folder and the record.

What is written below the folder depends on code, data and configuration alone: no times, no run ids.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from logodds import atomic, checkpoint, evaluation, fit, package, provenance, record
from logodds.config import Config
from logodds.evaluation import Evaluation
from logodds.fit import Data, Member, TrainState
from logodds.inputs import Inputs
from logodds.loss import of_counts, outputs
from logodds.metrics.monitors import MONITORS
from logodds.models.build import build
from logodds.package import Package
from logodds.progress import Progress
from logodds.split import Rows
from logodds.stack import padded

if TYPE_CHECKING:
    from logodds.tracking import Run, Store


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

    def logged(self) -> list[str]:
        """Names of every metric in the run's record."""
        final = [] if self.validation is None else [f"best/{name}" for name in self.validation.report.figures()]
        return [*self.history, *self.train, "best/epoch", "seconds/training", *final]


@dataclass(frozen=True)
class Naming:
    """How the tracker is to call the run: its name, further tags, and the parent run of a sweep."""

    name: str
    tags: Mapping[str, str]
    parent: str | None = None


def connect(config: Config) -> Store | None:
    """The tracker's store for the problem's experiment, or None where the configuration wants none.

    Raises:
        StorageError: the store cannot be reached.
    """
    if config.tracking.name == "none":
        return None
    from logodds.tracking import Store

    return Store(provenance.store_root(), config.problem.name)


def train(config: Config, inputs: Inputs, folder: Path, store: Store | None, naming: Naming) -> Outcome:
    """Train one model and write its folder: ``model/``, ``checkpoints/``, ``history.csv``, ``validation.json``.

    Raises:
        UserError: options and rows that do not fit each other.
        JobError: the loss is not finite.
        StorageError: the tracker fails.
    """
    torch.set_num_threads(config.train.threads)
    device = fit.device(config.train.device)
    state, member, data = _begin(config, inputs, device)  # what may be refused is, before a run is opened
    with store.run(naming.name, naming.tags, naming.parent) if store is not None else nullcontext() as run:
        if run is not None:
            record.describe(run, config, inputs, device)
        started = time.monotonic()
        history = _loop(config, state, member, data, folder, run, naming.name)
        seconds = time.monotonic() - started
        outcome = _write(config, inputs, state, history, folder, None if run is None else run.id)
        if run is not None:
            record.conclude(run, inputs, outcome)
            run.figures({"seconds/training": seconds})
    return outcome


def restore(config: Config, inputs: Inputs, folder: Path, store: Store) -> str:
    """A new run with the record of a folder that was trained before; its id."""
    text = csv.DictReader((folder / "history.csv").read_text().splitlines())
    rows = [{name: float(value) for name, value in row.items()} for row in text]
    history = {name: [row[name] for row in rows] for name in rows[0] if name != "epoch"}
    built = package.load(folder / "model")
    _, counters, _ = checkpoint.load(folder / "checkpoints" / "best.ckpt")
    outcome = _outcome(config, inputs, built, int(counters["best_epoch"][0]), history, folder, None)
    with store.run("restored", {"dvc": "restored"}) as run:
        record.describe(run, config, inputs, fit.device("cpu"))
        for index, row in enumerate(rows, start=1):
            run.epoch(index, {name: row[name] for name in history})
        record.conclude(run, inputs, outcome)
        return run.id


def _begin(config: Config, inputs: Inputs, device: torch.device) -> tuple[TrainState, Member, Data]:
    data = inputs.data()
    member = Member(config.train, config.optim, of_counts(config.loss, data.t_train, data.classes))
    batch = padded(min(config.train.batch_size, len(data.t_train)))
    stack = build([config.model], data.x_train, outputs(config.loss, data.classes), [config.train.seed], batch, device)
    return fit.start(stack, [member]), member, data


def _loop(
    config: Config, state: TrainState, member: Member, data: Data, folder: Path, run: Run | None, label: str
) -> dict[str, list[float]]:
    """Train to the end; the figures by epoch."""
    history: dict[str, list[float]] = {}
    monitor = config.train.monitor
    saved = time.monotonic()
    with Progress(config.train.epochs, label) as progress:
        for epoch in fit.fit(state, [member], [data], config.evaluate.threshold):
            figures = {name: values[0] for name, values in epoch.figures.items()}
            for name, value in figures.items():
                history.setdefault(name, []).append(value)
            if run is not None:
                run.epoch(epoch.epoch, figures)
            progress.show(epoch.epoch, {name: figures[name] for name in ("train/loss", monitor) if name in figures})
            if time.monotonic() - saved > config.train.checkpoint_seconds:
                save_checkpoints(state, folder / "checkpoints", config.signature())
                saved = time.monotonic()
    save_checkpoints(state, folder / "checkpoints", config.signature())
    return history


def save_checkpoints(state: TrainState, folder: Path, signature: str) -> None:
    """``last.ckpt``: all state that affects the next step; ``best.ckpt``: the weights of the best epoch."""
    counters = state.counters()
    checkpoint.save(folder / "last.ckpt", state.tensors(), counters, signature)
    best = {f"{k}.{name}": tensor for k, weights in enumerate(state.best_weights) for name, tensor in weights.items()}
    told = {"best": counters["best"], "best_epoch": counters["best_epoch"]}
    checkpoint.save(folder / "best.ckpt", best, told, signature)


def _write(
    config: Config, inputs: Inputs, state: TrainState, history: dict[str, list[float]], folder: Path, run_id: str | None
) -> Outcome:
    weights = {name: tensor.cpu() for name, tensor in state.best_weights[0].items()}
    built = Package(
        config.model, state.stack.outputs, inputs.features, weights, inputs.table.classes, config.evaluate.threshold
    )
    outcome = _outcome(config, inputs, built, state.best_epoch[0], history, folder, run_id)
    package.save(built, folder / "model")
    epochs = range(1, state.epoch + 1)
    atomic.write_text(folder / "history.csv", evaluation.table({"epoch": epochs, **history}))
    figures = {} if outcome.validation is None else outcome.validation.report.main()
    atomic.write_text(folder / "validation.json", json.dumps(figures, indent=1) + "\n")
    return outcome


def _outcome(
    config: Config,
    inputs: Inputs,
    built: Package,
    best_epoch: int,
    history: dict[str, list[float]],
    folder: Path,
    run_id: str | None,
) -> Outcome:
    def judged(part: str, rows: Rows) -> Evaluation:
        logits = built.logits(inputs.table.columns.take(rows))
        return evaluation.evaluate(part, logits, inputs.table.target[rows], inputs.table.classes, config.evaluate)

    seen = judged("train", inputs.split.train).report
    train = {"train/log_loss": seen.log_loss, "train/accuracy": seen.accuracy}
    validation = judged("val", inputs.split.val) if len(inputs.split.val) else None
    score = history[config.train.monitor][best_epoch - 1]
    return Outcome(folder, built, best_epoch, score, history, train, validation, run_id)


def run_folder(config: Config) -> Path:
    """Where a run outside the pipeline keeps its files: one folder per configuration."""
    return provenance.project_root() / "out" / "runs" / config.problem.name / config.signature()[:12]


def final_figure(outcome: Outcome, name: str) -> float:
    """A figure that the record holds once, such as ``best/f1``; ``train/loss`` is that of the kept epoch."""
    if name == "train/loss" or outcome.validation is None:
        return outcome.score
    return outcome.validation.report.figures()[name.removeprefix("best/")]


def higher_is_better(monitor: str) -> bool:
    """Whether more of a monitored figure is better, as of ``val/f1``."""
    return MONITORS[monitor.partition("/")[2]][0]
