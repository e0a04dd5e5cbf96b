"""Cross-validation: the folds of one configuration train as members of one stack and are judged on held-out rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from logodds.engine.device import chosen_device
from logodds.evaluation import artifacts, tables
from logodds.evaluation.evaluation import Evaluation, evaluate
from logodds.runs import outcome, record, resume, training
from logodds.runs.config import Config
from logodds.runs.folder import UNFINISHED, run_folder
from logodds.runs.grouping import groups
from logodds.runs.inputs import Inputs
from logodds.runs.outcome import Outcome
from logodds.runs.task import Task
from logodds.system import atomic, process
from logodds.system.arrays import Array
from logodds.system.errors import JobError
from logodds.system.process import OWNER
from logodds.tracking.naming import Naming
from logodds.tracking.provenance.origin import SIGNATURE, Origin, joined

if TYPE_CHECKING:
    from logodds.tracking.run import Run
    from logodds.tracking.store import Store


@dataclass(frozen=True)
class Fold:
    """One fold of a cross-validation.

    Attributes:
        outcome: the result of its training.
        test: the evaluation of its model on its test rows.
    """

    outcome: Outcome
    test: Evaluation


@dataclass(frozen=True)
class CrossValidation:
    """The result of a cross-validation.

    Attributes:
        folder: where its files are.
        folds: in order.
        pooled: the evaluation of all rows, each predicted by the fold that did not see it.
        run_id: id of the parent run; None without a tracker.
    """

    folder: Path
    folds: list[Fold]
    pooled: Evaluation
    run_id: str | None

    def figures(self) -> dict[str, tuple[float, float]]:
        """Return (mean, sample standard deviation) over the folds by metric name, for the metrics that every fold
        has."""
        per_fold = [fold.test.figures() for fold in self.folds]
        spread = {}
        for name in per_fold[0]:
            values = [figures[name] for figures in per_fold if name in figures]
            if len(values) == len(per_fold):
                spread[name] = (float(np.mean(values)), float(np.std(values, ddof=1)))
        return spread


def run(config: Config, inputs: Sequence[Inputs], origin: Origin, store: Store | None, name: str) -> CrossValidation:
    """Train and judge every fold. The record is a parent run with one run per fold below it.

    Args:
        inputs: the inputs of each fold, see :func:`logodds.runs.inputs.of_folds`.
        name: the name of the parent run.

    Raises:
        UserError: options and rows do not fit each other, or another process trains into the folder.
        JobError: the loss of a fold is not finite.
        StorageError: the tracker fails.
    """
    folder = run_folder(config)
    signature = origin.signature(config.signature, joined([fold.digest for fold in inputs]))
    own = {"folds": str(len(inputs)), SIGNATURE: signature}
    with resume.claimed_run(store, folder, signature) as run:
        naming = Naming(name, {**own, OWNER: process.this()}, run=run)
        return _folds(config, inputs, origin, store, naming)


def _folds(
    config: Config, inputs: Sequence[Inputs], origin: Origin, store: Store | None, naming: Naming
) -> CrossValidation:
    """Train the folds that an earlier process has not finished, judge all of them, and write the results."""
    folder = run_folder(config)
    with store.run(naming) if store is not None else nullcontext() as parent:
        if parent is not None:
            record.describe(parent, config, inputs[0], chosen_device(config.train.device), origin)
        parent_id = None if parent is None else parent.id
        known = [] if store is None or naming.run is None else store.children(naming.run)
        left = resume.left_by(known, "fold")
        tasks = []
        for number, fold_inputs in enumerate(inputs, start=1):
            fold_folder = folder / f"fold-{number}"
            fold = Naming(f"fold {number}", {"fold": str(number)}, parent_id, left.take_cut(str(number)))
            tasks.append(Task(config, fold_inputs, origin, fold_folder, fold, fold_folder / UNFINISHED))
        folds: dict[int, Fold] = {}
        for k, task in enumerate(tasks):
            run = left.take_ended(str(k + 1))
            if run is not None and (task.folder / outcome.HISTORY).is_file():
                ended = replace(outcome.of_folder(config, inputs[k], task.folder), run_id=run.id)
                if ended.package.digest() == run.tags["weights.sha256"]:
                    folds[k] = _judged(config, inputs[k], ended, store)
        missing = [k for k in range(len(inputs)) if k not in folds]
        for group in groups([config] * len(missing), [inputs[k].data for k in missing]):
            numbers = [missing[index] for index in group]
            label = f"fold {numbers[0] + 1}" if len(numbers) == 1 else f"{len(numbers)} folds"
            results = training.train_together([tasks[k] for k in numbers], store, label)
            for k, result in zip(numbers, results, strict=True):
                if isinstance(result, JobError):
                    raise result
                folds[k] = _judged(config, inputs[k], result, store)
        ordered = [folds[k] for k in range(len(inputs))]
        cross_validation = CrossValidation(folder, ordered, _pool(config, inputs, ordered), parent_id)
        _write(cross_validation)
        if parent is not None:
            _record(parent, cross_validation)
    return cross_validation


def _judged(config: Config, inputs: Inputs, ended: Outcome, store: Store | None) -> Fold:
    """Judge a fold on its test rows, and add their figures to its run."""
    evaluation = outcome.evaluate_rows("test", ended.package, inputs.table, inputs.split.test, config)
    if store is not None and ended.run_id is not None:
        record.open_test_rows(store, ended.run_id, evaluation)
    return Fold(ended, evaluation)


def _pool(config: Config, inputs: Sequence[Inputs], folds: Sequence[Fold]) -> Evaluation:
    order = np.argsort(np.concatenate([fold.split.test for fold in inputs]))
    logits: Array = np.concatenate([fold.test.logits for fold in folds])[order]
    table = inputs[0].table
    return evaluate("cv", logits, table.target, table.classes, config.evaluate, config.train.monitor)


def table(result: CrossValidation) -> dict[str, list[Any]]:
    """Return a table by column name: a row per fold, then mean and standard deviation."""
    names = list(result.folds[0].test.report.main())
    rows: dict[str, list[Any]] = {"fold": [*range(1, len(result.folds) + 1), "mean", "sd"]}
    rows["rows"] = [*(len(fold.test.target) for fold in result.folds), len(result.pooled.target), ""]
    rows["epoch"] = [*(fold.outcome.best_epoch for fold in result.folds), "", ""]
    spread = result.figures()
    for name in names:
        values = [fold.test.figures().get(name, float("nan")) for fold in result.folds]
        rows[name] = [*values, *spread.get(name, (float("nan"), float("nan")))]
    return rows


def _write(result: CrossValidation) -> None:
    figures = {name: {"mean": mean, "sd": sd} for name, (mean, sd) in result.figures().items()}
    atomic.write_text(result.folder / "cv.json", json.dumps(figures, indent=1) + "\n")
    atomic.write_text(result.folder / "folds.csv", tables.csv_text(table(result)))
    rows: dict[str, list[Any]] = {"row": list(range(len(result.pooled.target))), **artifacts.predictions(result.pooled)}
    atomic.write_text(result.folder / "predictions.csv", tables.csv_text(rows))


def _record(parent: Run, result: CrossValidation) -> None:
    for name, (mean, sd) in result.figures().items():
        parent.figures({f"cv/{name}": mean, f"cv/{name}_sd": sd})
    rows = table(result)
    parent.describe(tables.markdown(rows))
    files = {**artifacts.files(result.pooled), "cv/folds.csv": tables.csv_text(rows).encode()}
    parent.artifacts(files, {"cv/confusion_matrix.json": artifacts.confusion_table(result.pooled)})
