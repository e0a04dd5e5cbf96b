"""Cross-validation: the folds of one configuration as members of one stack, judged on their held-out rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from logodds.engine import fit
from logodds.evaluation import part
from logodds.evaluation.part import Evaluation
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
    """One fold: what its training ended with, and the judgement of its test rows."""

    outcome: Outcome
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


def run(config: Config, inputs: Sequence[Inputs], origin: Origin, store: Store | None, name: str) -> CrossValidation:
    """Train and judge every fold; the record is a parent run with a run per fold below it.

    Args:
        inputs: those of each fold, see :func:`logodds.runs.inputs.of_folds`.

    Raises:
        UserError: options and rows that do not fit each other.
        JobError: the loss of a fold is not finite.
        StorageError: the tracker fails.
    """
    folder = run_folder(config)
    signature = origin.signature(config.signature, joined([each.digest for each in inputs]))
    own = {"folds": str(len(inputs)), SIGNATURE: signature}
    with resume.claimed_run(store, folder, signature) as run:
        naming = Naming(name, {**own, OWNER: process.this()}, run=run)
        return _folds(config, inputs, origin, store, naming)


def _folds(
    config: Config, inputs: Sequence[Inputs], origin: Origin, store: Store | None, naming: Naming
) -> CrossValidation:
    """Train the folds that have not ended before."""
    folder = run_folder(config)
    with store.run(naming) if store is not None else nullcontext() as parent:
        if parent is not None:
            record.describe(parent, config, inputs[0], fit.device(config.train.device), origin)
        above = None if parent is None else parent.id
        known = [] if store is None or naming.run is None else store.children(naming.run)
        left = resume.left_by(known, "fold")
        tasks = []
        for number, each in enumerate(inputs, start=1):
            place = folder / f"fold-{number}"
            fold = Naming(f"fold {number}", {"fold": str(number)}, above, left.take_cut(str(number)))
            tasks.append(Task(config, each, origin, place, fold, place / UNFINISHED))
        folds: dict[int, Fold] = {}
        for k, task in enumerate(tasks):
            run = left.take_ended(str(k + 1))
            if run is not None and (task.folder / outcome.HISTORY).is_file():
                ended = replace(outcome.of_folder(config, inputs[k], task.folder), run_id=run.id)
                if ended.package.digest() == run.tags["weights.sha256"]:
                    folds[k] = _judged(config, inputs[k], ended, store)
        missing = [k for k in range(len(inputs)) if k not in folds]
        for group in groups([config] * len(missing), [inputs[k].data for k in missing]):
            numbers = [missing[place] for place in group]
            label = f"fold {numbers[0] + 1}" if len(numbers) == 1 else f"{len(numbers)} folds"
            found = training.train_together([tasks[k] for k in numbers], store, label)
            for k, become in zip(numbers, found, strict=True):
                if isinstance(become, JobError):
                    raise become
                folds[k] = _judged(config, inputs[k], become, store)
        ordered = [folds[k] for k in range(len(inputs))]
        whole = CrossValidation(folder, ordered, _pool(config, inputs, ordered), above)
        _write(whole)
        if parent is not None:
            _record(parent, whole)
    return whole


def _judged(config: Config, inputs: Inputs, ended: Outcome, store: Store | None) -> Fold:
    """The fold with its test rows, which are opened in its run too."""
    judged = outcome.judge("test", ended.package, inputs.table, inputs.split.test, config.evaluate)
    if store is not None and ended.run_id is not None:
        record.open_test_rows(store, ended.run_id, judged)
    return Fold(ended, judged)


def _pool(config: Config, inputs: Sequence[Inputs], folds: Sequence[Fold]) -> Evaluation:
    order = np.argsort(np.concatenate([each.split.test for each in inputs]))
    logits: Array = np.concatenate([fold.test.logits for fold in folds])[order]
    table = inputs[0].table
    return part.evaluate("cv", logits, table.target, table.classes, config.evaluate)


def table(found: CrossValidation) -> dict[str, list[Any]]:
    """A row per fold, then mean and standard deviation."""
    names = list(found.folds[0].test.report.main())
    rows: dict[str, list[Any]] = {"fold": [*range(1, len(found.folds) + 1), "mean", "sd"]}
    rows["rows"] = [*(len(fold.test.target) for fold in found.folds), len(found.pooled.target), ""]
    rows["epoch"] = [*(fold.outcome.best_epoch for fold in found.folds), "", ""]
    spread = found.figures()
    for name in names:
        values = [fold.test.report.figures().get(name, float("nan")) for fold in found.folds]
        rows[name] = [*values, *spread.get(name, (float("nan"), float("nan")))]
    return rows


def _write(found: CrossValidation) -> None:
    figures = {name: {"mean": mean, "sd": sd} for name, (mean, sd) in found.figures().items()}
    atomic.write_text(found.folder / "cv.json", json.dumps(figures, indent=1) + "\n")
    atomic.write_text(found.folder / "folds.csv", part.table(table(found)))
    rows: dict[str, list[Any]] = {"row": list(range(len(found.pooled.target))), **part.predictions(found.pooled)}
    atomic.write_text(found.folder / "predictions.csv", part.table(rows))


def _record(parent: Run, found: CrossValidation) -> None:
    for name, (mean, sd) in found.figures().items():
        parent.figures({f"cv/{name}": mean, f"cv/{name}_sd": sd})
    rows = table(found)
    parent.describe(part.markdown(rows))
    files = {**part.artifacts(found.pooled), "cv/folds.csv": part.table(rows).encode()}
    parent.artifacts(files, {"cv/confusion_matrix.json": part.confusion_table(found.pooled)})
