"""Final figures of a model on one part of the rows, as numbers, tables and pictures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from logodds.evaluation.evaluate_options import EvaluateOptions
from logodds.evaluation.metrics.binary import sigmoid, threshold_logit
from logodds.evaluation.metrics.confusion import largest_confusions
from logodds.evaluation.metrics.curves import OneVsRest, calibration_curve, corners, precision_recall_curve, roc_curve
from logodds.evaluation.metrics.multiclass import softmax
from logodds.evaluation.metrics.report import Report, as_text, report
from logodds.evaluation.plots import confusion, curves
from logodds.system.arrays import Array
from logodds.system.errors import counted
from logodds.system.terminal.text import figure, shortened

if TYPE_CHECKING:
    pass

FEW = 10  # classes whose confusion matrix a description has room for


@dataclass(frozen=True)
class Evaluation:
    """Log-odds [n] of the positive class of two, or logits [n, C] of many, of one model against targets [n] (the index
    of each row's class) of one part: ``val`` or ``test``."""

    part: str
    logits: Array
    target: Array
    classes: tuple[str, ...]
    options: EvaluateOptions
    report: Report

    def many(self) -> bool:
        """Whether rows are called by the largest logit, not by a threshold."""
        return self.logits.ndim == 2

    def called(self) -> Array:
        """The index of each row's predicted class [n]."""
        if self.many():
            return np.asarray(self.logits.argmax(axis=1))
        return np.asarray(self.logits >= threshold_logit(self.options.threshold), dtype=np.int64)

    def calibrated(self) -> tuple[Array, Array]:
        """Probability [n] of the positive class and whether (1 or 0) a row is of it; of many classes, of the predicted
        one."""
        if self.many():
            return softmax(self.logits).max(axis=1), (self.called() == self.target).astype(np.int64)
        return sigmoid(self.logits), self.target

    def one_vs_rest(self) -> dict[str, OneVsRest]:
        """Each class against the rest, by name; of two classes the positive one alone. Only classes with rows on both
        sides have curves."""
        scores = softmax(self.logits).T if self.many() else [-self.logits, self.logits]
        found = {}
        for index in range(len(self.classes)) if self.many() else [1]:
            own = (self.target == index).astype(np.int64)
            if 0 < own.sum() < len(own):
                areas = self.report.class_roc_auc[index], self.report.class_average_precision[index]
                found[self.classes[index]] = OneVsRest(scores[index], own, *areas)
        return found


def evaluate(part: str, logits: Array, target: Array, classes: tuple[str, ...], options: EvaluateOptions) -> Evaluation:
    """All figures of one part; it has at least one row."""
    return Evaluation(part, logits, target, classes, options, report(logits, target, options.threshold))


def to_json(found: Report) -> str:
    """Every figure of a report; those that are not defined (NaN) are null."""
    return json.dumps(_defined(asdict(found)), indent=1) + "\n"


def _defined(value: object) -> object:
    if isinstance(value, dict):
        return {name: _defined(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_defined(each) for each in value]
    return None if isinstance(value, float) and value != value else value


def to_markdown(found: Evaluation) -> str:
    """Main figures and confusion matrix (of more than 10 classes the commonest mistakes) as the tables that a run's
    page shows as its description."""
    what = f"{len(found.classes)} classes" if found.many() else f"positive class {found.classes[1]}"
    main = markdown({name: [value] for name, value in found.report.main().items()})
    names = [shortened(name, 40) for name in found.classes]
    counts = found.report.confusion
    called: dict[str, Sequence[object]]
    if len(names) <= FEW:
        called = {f"predicted {name}": [row[k] for row in counts] for k, name in enumerate(names)}
        matrix = markdown({"actual": names, **called})
    else:
        mistakes = largest_confusions(np.array(counts), FEW)
        called = {"actual": [names[i] for i, _, _ in mistakes], "predicted": [names[j] for _, j, _ in mistakes]}
        matrix = markdown({**called, "rows": [rows for _, _, rows in mistakes]})
    return "\n".join([f"{counted(len(found.target), f'{found.part} row')}, {what}", "", main, "", matrix])


def markdown(columns: Mapping[str, Sequence[object]]) -> str:
    """A table in Markdown; a column that starts with a number is aligned to the right."""
    numeric = [bool(each) and isinstance(each[0], int | float) for each in columns.values()]
    lines = [list(columns), ["---:" if each else "---" for each in numeric]]
    for cells in zip(*columns.values(), strict=True):
        lines.append([figure(cell) if isinstance(cell, float) else str(cell) for cell in cells])
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def confusion_table(found: Evaluation) -> dict[str, list[object]]:
    """One row per pair of classes."""
    pairs = [(i, j) for i in range(len(found.classes)) for j in range(len(found.classes))]
    return {
        "actual": [found.classes[i] for i, _ in pairs],
        "predicted": [found.classes[j] for _, j in pairs],
        "rows": [found.report.confusion[i][j] for i, j in pairs],
    }


def artifacts(found: Evaluation) -> dict[str, bytes]:
    """The record's files by path: pictures, the report as text and JSON, the confusion matrix as numbers."""
    result, part, one_vs_rest = found.report, found.part, found.one_vs_rest()
    bins = found.options.calibration_bins
    files = {
        "confusion_matrix.svg": confusion.confusion_matrix(result.confusion, found.classes, part),
        "calibration.svg": curves.calibration(*found.calibrated(), result.brier, bins, part, found.many()),
        "report.txt": as_text(result, found.classes).encode(),
        "report.json": to_json(result).encode(),
        "confusion_matrix.csv": _confusion_csv(result, found.classes).encode(),
    }
    if one_vs_rest:  # neither curve is defined for a lone class
        files["roc.svg"] = curves.roc(one_vs_rest, result.roc_auc, part)
        files["precision_recall.svg"] = curves.precision_recall(one_vs_rest, result.average_precision, part)
    return {f"{part}/{name}": data for name, data in files.items()}


def predictions(found: Evaluation) -> dict[str, list[object]]:
    """Actual class, predicted class and probability of the positive class of each row; of many classes the probability
    of the predicted one, then that of each in a column ``probability CLASS``."""
    names = np.array(found.classes, dtype=object)
    columns = {
        "actual": names[found.target].tolist(),
        "predicted": names[found.called()].tolist(),
        "probability": found.calibrated()[0].tolist(),
    }
    if found.many():
        every = zip(found.classes, softmax(found.logits).T, strict=True)
        columns |= {f"probability {name}": values.tolist() for name, values in every}
    return columns


def plot_tables(found: Evaluation, called: Mapping[str, list[object]]) -> dict[str, str]:
    """The curves as CSV by file name, for ``dvc plots``; ``called``: from :func:`predictions`. Of many classes the
    curves are those of each against the rest, named in a column ``class``, and calibration is that of the predicted
    class. Points between two others on a straight line are left out."""
    roc: list[tuple[str, Array, Array]] = []
    precision_recall: list[tuple[str, Array, Array]] = []
    for name, each in found.one_vs_rest().items():
        roc.append((name, *corners(*roc_curve(each.scores, each.own))))
        precision, recall = precision_recall_curve(each.scores, each.own)
        precision_recall.append((name, *corners(recall, precision)))
    mean, share, rows = calibration_curve(*found.calibrated(), found.options.calibration_bins)
    happened = "correct" if found.many() else "positives"
    return {
        "roc.csv": _curves(roc, ("fpr", "tpr"), found.many()),
        "precision_recall.csv": _curves(precision_recall, ("recall", "precision"), found.many()),
        "calibration.csv": table({"predicted": mean, happened: share, "rows": rows}),
        "confusion.csv": table({name: called[name] for name in ("actual", "predicted")}),
    }


def _curves(found: Sequence[tuple[str, Array, Array]], axes: tuple[str, str], many: bool) -> str:
    empty = [np.empty(0)]  # of a lone class nothing but the header
    columns: dict[str, Iterable[object]] = {}
    if many:
        columns["class"] = [name for name, x, _ in found for _ in x]
    for place, axis in enumerate(axes, start=1):
        columns[axis] = np.concatenate([each[place] for each in found] or empty).tolist()
    return table(columns)


def table(columns: Mapping[str, Iterable[object]]) -> str:
    """Columns of equal length as CSV; floats keep every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def _confusion_csv(found: Report, classes: Sequence[str]) -> str:
    rows: dict[str, Iterable[object]] = {"actual": classes}
    for index, name in enumerate(classes):
        rows[f"predicted {name}"] = [line[index] for line in found.confusion]
    return table(rows)
