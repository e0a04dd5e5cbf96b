"""The evaluation of a model on one part of the rows, such as the test rows: figures, tables and pictures."""

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

FEW = 10  # classes up to which a description shows the whole confusion matrix


@dataclass(frozen=True)
class Evaluation:
    """Logits of one model on one part of the rows, with the true classes and all final figures.

    Attributes:
        part: name of the part: ``train``, ``val`` or ``test``.
        logits: log-odds [n] of the positive class if there are two classes, otherwise logits [n, C].
        target: [n], the index of each row's class.
        classes: names of the C classes; two are (negative, positive).
        options: the threshold, and the bins of the calibration curve.
        report: all final figures.
    """

    part: str
    logits: Array
    target: Array
    classes: tuple[str, ...]
    options: EvaluateOptions
    report: Report

    def many(self) -> bool:
        """Return whether a row's class is predicted by the largest of several logits, not by a threshold."""
        return self.logits.ndim == 2

    def called(self) -> Array:
        """Return the index of each row's predicted class [n]."""
        if self.many():
            return np.asarray(self.logits.argmax(axis=1))
        return np.asarray(self.logits >= threshold_logit(self.options.threshold), dtype=np.int64)

    def calibrated(self) -> tuple[Array, Array]:
        """Return what a calibration curve is made of: probability [n] of the positive class, and 1 or 0 [n] for rows
        that are or are not of this class. With many classes, the predicted class stands for the positive one.
        """
        if self.many():
            return softmax(self.logits).max(axis=1), (self.called() == self.target).astype(np.int64)
        return sigmoid(self.logits), self.target

    def one_vs_rest(self) -> dict[str, OneVsRest]:
        """Return each class against the rest, by name; of two classes only the positive one. A class that all rows or
        no row belong to is left out, because its curves are not defined.
        """
        scores = softmax(self.logits).T if self.many() else [-self.logits, self.logits]
        by_class = {}
        for index in range(len(self.classes)) if self.many() else [1]:
            own = (self.target == index).astype(np.int64)
            if 0 < own.sum() < len(own):
                areas = self.report.class_roc_auc[index], self.report.class_average_precision[index]
                by_class[self.classes[index]] = OneVsRest(scores[index], own, *areas)
        return by_class


def evaluate(part: str, logits: Array, target: Array, classes: tuple[str, ...], options: EvaluateOptions) -> Evaluation:
    """Return the evaluation of one part, which has at least one row; for the arguments see :class:`Evaluation`."""
    return Evaluation(part, logits, target, classes, options, report(logits, target, options.threshold))


def to_json(result: Report) -> str:
    """Return every figure of a report as JSON; figures that are not defined (NaN) are null."""
    return json.dumps(_defined(asdict(result)), indent=1) + "\n"


def _defined(value: object) -> object:
    if isinstance(value, dict):
        return {name: _defined(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_defined(item) for item in value]
    return None if isinstance(value, float) and value != value else value


def to_markdown(evaluation: Evaluation) -> str:
    """Return the main figures and the confusion matrix as tables in Markdown, for the description of a run. With more
    than 10 classes the most frequent confusions replace the matrix.
    """
    what = f"{len(evaluation.classes)} classes" if evaluation.many() else f"positive class {evaluation.classes[1]}"
    main = markdown({name: [value] for name, value in evaluation.report.main().items()})
    names = [shortened(name, 40) for name in evaluation.classes]
    counts = evaluation.report.confusion
    columns: dict[str, Sequence[object]]
    if len(names) <= FEW:
        columns = {f"predicted {name}": [row[k] for row in counts] for k, name in enumerate(names)}
        matrix = markdown({"actual": names, **columns})
    else:
        mistakes = largest_confusions(np.array(counts), FEW)
        columns = {"actual": [names[i] for i, _, _ in mistakes], "predicted": [names[j] for _, j, _ in mistakes]}
        matrix = markdown({**columns, "rows": [rows for _, _, rows in mistakes]})
    return "\n".join([f"{counted(len(evaluation.target), f'{evaluation.part} row')}, {what}", "", main, "", matrix])


def markdown(columns: Mapping[str, Sequence[object]]) -> str:
    """Return a table in Markdown. A column that starts with a number is aligned to the right."""
    numeric = [bool(column) and isinstance(column[0], int | float) for column in columns.values()]
    lines = [list(columns), ["---:" if is_number else "---" for is_number in numeric]]
    for cells in zip(*columns.values(), strict=True):
        lines.append([figure(cell) if isinstance(cell, float) else str(cell) for cell in cells])
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def confusion_table(evaluation: Evaluation) -> dict[str, list[object]]:
    """Return the confusion matrix as a table with one row per pair of classes."""
    pairs = [(i, j) for i in range(len(evaluation.classes)) for j in range(len(evaluation.classes))]
    return {
        "actual": [evaluation.classes[i] for i, _ in pairs],
        "predicted": [evaluation.classes[j] for _, j in pairs],
        "rows": [evaluation.report.confusion[i][j] for i, j in pairs],
    }


def artifacts(evaluation: Evaluation) -> dict[str, bytes]:
    """Return the files of the record by path: pictures, the report as text and JSON, the confusion matrix as CSV."""
    result, part, one_vs_rest = evaluation.report, evaluation.part, evaluation.one_vs_rest()
    bins = evaluation.options.calibration_bins
    files = {
        "confusion_matrix.svg": confusion.confusion_matrix(result.confusion, evaluation.classes, part),
        "calibration.svg": curves.calibration(*evaluation.calibrated(), result.brier, bins, part, evaluation.many()),
        "report.txt": as_text(result, evaluation.classes).encode(),
        "report.json": to_json(result).encode(),
        "confusion_matrix.csv": _confusion_csv(result, evaluation.classes).encode(),
    }
    if one_vs_rest:  # with rows of one class only, neither curve is defined
        files["roc.svg"] = curves.roc(one_vs_rest, result.roc_auc, part)
        files["precision_recall.svg"] = curves.precision_recall(one_vs_rest, result.average_precision, part)
    return {f"{part}/{name}": data for name, data in files.items()}


def predictions(evaluation: Evaluation) -> dict[str, list[object]]:
    """Return each row's actual class, predicted class, and probability of the positive class. With many classes the
    probability is that of the predicted class, and a column ``probability CLASS`` for each class follows.
    """
    names = np.array(evaluation.classes, dtype=object)
    columns = {
        "actual": names[evaluation.target].tolist(),
        "predicted": names[evaluation.called()].tolist(),
        "probability": evaluation.calibrated()[0].tolist(),
    }
    if evaluation.many():
        every = zip(evaluation.classes, softmax(evaluation.logits).T, strict=True)
        columns |= {f"probability {name}": values.tolist() for name, values in every}
    return columns


def plot_tables(evaluation: Evaluation, columns: Mapping[str, list[object]]) -> dict[str, str]:
    """Return the curves as CSV by file name, for ``dvc plots``. With many classes there is one curve per class against
    the rest, named in a column ``class``, and the calibration is that of the predicted class. Points on a straight
    line between two others are left out.

    Args:
        evaluation: the evaluation.
        columns: the table from :func:`predictions`.
    """
    roc: list[tuple[str, Array, Array]] = []
    precision_recall: list[tuple[str, Array, Array]] = []
    for name, one_vs_rest in evaluation.one_vs_rest().items():
        roc.append((name, *corners(*roc_curve(one_vs_rest.scores, one_vs_rest.own))))
        precision, recall = precision_recall_curve(one_vs_rest.scores, one_vs_rest.own)
        precision_recall.append((name, *corners(recall, precision)))
    mean, share, rows = calibration_curve(*evaluation.calibrated(), evaluation.options.calibration_bins)
    happened = "correct" if evaluation.many() else "positives"
    return {
        "roc.csv": _curves(roc, ("fpr", "tpr"), evaluation.many()),
        "precision_recall.csv": _curves(precision_recall, ("recall", "precision"), evaluation.many()),
        "calibration.csv": table({"predicted": mean, happened: share, "rows": rows}),
        "confusion.csv": table({name: columns[name] for name in ("actual", "predicted")}),
    }


def _curves(points: Sequence[tuple[str, Array, Array]], axes: tuple[str, str], many: bool) -> str:
    empty = [np.empty(0)]  # with rows of one class only, the table is just its header
    columns: dict[str, Iterable[object]] = {}
    if many:
        columns["class"] = [name for name, x, _ in points for _ in x]
    for position, axis in enumerate(axes, start=1):
        columns[axis] = np.concatenate([curve[position] for curve in points] or empty).tolist()
    return table(columns)


def table(columns: Mapping[str, Iterable[object]]) -> str:
    """Return columns of equal length as CSV; floats keep every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def _confusion_csv(result: Report, classes: Sequence[str]) -> str:
    rows: dict[str, Iterable[object]] = {"actual": classes}
    for index, name in enumerate(classes):
        rows[f"predicted {name}"] = [line[index] for line in result.confusion]
    return table(rows)
