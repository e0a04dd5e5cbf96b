"""Cross-validation: the folds of one configuration as members of one stack, judged on their held-out rows."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from logodds import atomic, evaluation, fit, record, training
from logodds.config import Config
from logodds.evaluation import Evaluation
from logodds.fit import Data, Member
from logodds.inputs import Inputs
from logodds.loss import outputs
from logodds.metrics.binary import Array
from logodds.models.build import build, stackable, widths
from logodds.package import Package
from logodds.passes import layout
from logodds.progress import Progress
from logodds.stack import padded

if TYPE_CHECKING:
    from logodds.tracking import Run, Store


@dataclass(frozen=True)
class Fold:
    """One fold: its model, the epoch whose weights were kept, figures by epoch, and the judgement of its test rows."""

    package: Package
    best_epoch: int
    history: dict[str, list[float]]
    test: Evaluation


@dataclass(frozen=True)
class CrossValidation:
    """``folds`` in order, and ``pooled``: every row judged by the fold that did not see it. ``run_id`` is None without
    a tracker."""

    folder: Path
    folds: list[Fold]
    pooled: Evaluation
    run_id: str | None

    def figures(self) -> dict[str, tuple[float, float]]:
        """Mean and standard deviation (of a sample) over the folds, by metric name."""
        each = [fold.test.report.figures() for fold in self.folds]
        found = {}
        for name in each[0]:
            values = [figures[name] for figures in each if name in figures]
            if len(values) == len(each):
                found[name] = (float(np.mean(values)), float(np.std(values, ddof=1)))
        return found


def run(config: Config, inputs: Sequence[Inputs], store: Store | None, name: str) -> CrossValidation:
    """Train and judge every fold; the record is a parent run with a run per fold below it.

    Args:
        inputs: those of each fold, see :func:`logodds.inputs.of_folds`.

    Raises:
        UserError: options and rows that do not fit each other.
        JobError: the loss of a fold is not finite.
        StorageError: the tracker fails.
    """
    torch.set_num_threads(config.train.threads)
    device = fit.device(config.train.device)
    data = [each.data() for each in inputs]
    folder = training.run_folder(config)
    started = time.monotonic()
    with store.run(name, {"folds": str(len(data))}) if store is not None else nullcontext() as parent:
        if parent is not None:
            record.describe(parent, config, inputs[0], device)
        trained: dict[int, Fold] = {}
        for group in _groups(config, data):
            for k, fold in zip(group, _train(config, inputs, data, group, device), strict=True):
                trained[k] = fold
        folds = [trained[k] for k in range(len(data))]
        found = CrossValidation(folder, folds, _pool(config, inputs, folds), None if parent is None else parent.id)
        _write(found)
        if store is not None and parent is not None:
            for k, fold in enumerate(folds, start=1):
                with store.run(f"fold {k}", {"fold": str(k)}, parent.id) as child:
                    _record_fold(child, fold)
            _record(parent, found)
            parent.figures({"seconds/training": time.monotonic() - started})
    return found


def _groups(config: Config, data: Sequence[Data]) -> list[list[int]]:
    """Folds that can be one stack: of equal width, with equally many batches; each alone where models do not stack."""
    groups: dict[object, list[int]] = {}
    for k, each in enumerate(data):
        width = outputs(config.loss, each.classes)
        shape = str(widths(config.model, each.x_train, width)), layout(len(each.t_train), config.train.batch_size)
        groups.setdefault(shape if stackable(config.model, each.x_train, width) else k, []).append(k)
    return list(groups.values())


def _train(
    config: Config, inputs: Sequence[Inputs], data: Sequence[Data], group: Sequence[int], device: torch.device
) -> list[Fold]:
    """The folds of one group, trained as one stack."""
    chosen = [data[k] for k in group]
    first = chosen[0]
    member = Member(config.train, config.optim, config.loss)
    members = [member] * len(group)
    batch = padded(min(config.train.batch_size, max(len(each.t_train) for each in chosen)))
    seeds = [config.train.seed] * len(group)
    stack = build([config.model] * len(group), first.x_train, outputs(config.loss, first.classes), seeds, batch, device)
    state = fit.start(stack, members)
    histories: list[dict[str, list[float]]] = [{} for _ in group]
    label = f"fold {group[0] + 1}" if len(group) == 1 else f"{len(group)} folds"
    with Progress(config.train.epochs, label) as progress:
        for epoch in fit.fit(state, members, chosen, config.evaluate.threshold):
            for k, history in enumerate(histories):
                for name, values in epoch.figures.items():
                    history.setdefault(name, []).append(values[k])
            means = {name: float(np.mean(values)) for name, values in epoch.figures.items()}
            progress.show(epoch.epoch, {name: means[name] for name in ("train/loss", config.train.monitor)})
    folds = []
    for place, k in enumerate(group):
        weights = {name: tensor.cpu() for name, tensor in state.best_weights[place].items()}
        table, rows = inputs[k].table, inputs[k].split.test
        built = Package(
            config.model, stack.outputs, inputs[k].features, weights, table.classes, config.evaluate.threshold
        )
        logits = built.logits(table.columns.take(rows))
        judged = evaluation.evaluate("test", logits, table.target[rows], table.classes, config.evaluate)
        folds.append(Fold(built, state.best_epoch[place], histories[place], judged))
    return folds


def _pool(config: Config, inputs: Sequence[Inputs], folds: Sequence[Fold]) -> Evaluation:
    order = np.argsort(np.concatenate([each.split.test for each in inputs]))
    logits: Array = np.concatenate([fold.test.logits for fold in folds])[order]
    table = inputs[0].table
    return evaluation.evaluate("cv", logits, table.target, table.classes, config.evaluate)


def table(found: CrossValidation) -> dict[str, list[Any]]:
    """A row per fold, then mean and standard deviation."""
    names = list(found.folds[0].test.report.main())
    rows: dict[str, list[Any]] = {"fold": [*range(1, len(found.folds) + 1), "mean", "sd"]}
    rows["rows"] = [*(len(fold.test.target) for fold in found.folds), len(found.pooled.target), ""]
    rows["epoch"] = [*(fold.best_epoch for fold in found.folds), "", ""]
    spread = found.figures()
    for name in names:
        values = [fold.test.report.figures().get(name, float("nan")) for fold in found.folds]
        rows[name] = [*values, *spread.get(name, (float("nan"), float("nan")))]
    return rows


def _write(found: CrossValidation) -> None:
    figures = {name: {"mean": mean, "sd": sd} for name, (mean, sd) in found.figures().items()}
    atomic.write_text(found.folder / "cv.json", json.dumps(figures, indent=1) + "\n")
    atomic.write_text(found.folder / "folds.csv", evaluation.table(table(found)))
    rows: dict[str, list[Any]] = {"row": list(range(len(found.pooled.target))), **evaluation.predictions(found.pooled)}
    atomic.write_text(found.folder / "predictions.csv", evaluation.table(rows))


def _record_fold(child: Run, fold: Fold) -> None:
    epochs = len(fold.history["train/loss"])
    for epoch in range(1, epochs + 1):
        child.epoch(epoch, {name: values[epoch - 1] for name, values in fold.history.items()})
    child.flush()
    child.tags({"weights.sha256": fold.package.digest()})
    child.figures(
        {"best/epoch": float(fold.best_epoch)}
        | {f"test/{name}": value for name, value in fold.test.report.figures().items()}
    )


def _record(parent: Run, found: CrossValidation) -> None:
    for name, (mean, sd) in found.figures().items():
        parent.figures({f"cv/{name}": mean, f"cv/{name}_sd": sd})
    rows = table(found)
    lines = [" | ".join(rows), "|".join("---:" for _ in rows)]
    for place in range(len(rows["fold"])):
        cells = [column[place] for column in rows.values()]
        lines.append(" | ".join(f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in cells))
    parent.tags({"mlflow.note.content": "\n".join(f"| {line} |" for line in lines)})
    parent.artifacts({**evaluation.artifacts(found.pooled), "cv/folds.csv": evaluation.table(rows).encode()})
    parent.table(evaluation.confusion_table(found.pooled), "cv/confusion_matrix.json")
