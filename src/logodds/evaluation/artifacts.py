"""The files that show an evaluation: the report as text and JSON, tables and pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import numpy as np

from logodds.evaluation import tables
from logodds.evaluation.evaluation import Evaluation
from logodds.evaluation.metrics.confusion import largest_confusions
from logodds.evaluation.metrics.curves import calibration_curve, corners, precision_recall_curve, roc_curve
from logodds.evaluation.metrics.multiclass import softmax
from logodds.evaluation.metrics.report import Report, as_text
from logodds.evaluation.plots import confusion, curves
from logodds.system.arrays import Array
from logodds.system.errors import counted
from logodds.system.terminal.text import shortened

FEW = 10  # classes up to which a description shows the whole confusion matrix


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
    classes = evaluation.classes
    what = f"{len(classes)} classes" if evaluation.is_multiclass() else f"positive class {tables.escaped(classes[1])}"
    main = tables.markdown({name: [value] for name, value in evaluation.report.main().items()})
    names = [shortened(name, 40) for name in evaluation.classes]
    counts = evaluation.report.confusion
    columns: dict[str, Sequence[object]]
    if len(names) <= FEW:
        columns = {f"predicted {name}": [row[k] for row in counts] for k, name in enumerate(names)}
        matrix = tables.markdown({"actual": names, **columns})
    else:
        mistakes = largest_confusions(np.array(counts), FEW)
        columns = {"actual": [names[i] for i, _, _ in mistakes], "predicted": [names[j] for _, j, _ in mistakes]}
        matrix = tables.markdown({**columns, "rows": [rows for _, _, rows in mistakes]})
    return "\n".join([f"{counted(len(evaluation.target), f'{evaluation.part} row')}, {what}", "", main, "", matrix])


def confusion_table(evaluation: Evaluation) -> dict[str, list[object]]:
    """Return the confusion matrix as a table with one row per pair of classes."""
    pairs = [(i, j) for i in range(len(evaluation.classes)) for j in range(len(evaluation.classes))]
    return {
        "actual": [evaluation.classes[i] for i, _ in pairs],
        "predicted": [evaluation.classes[j] for _, j in pairs],
        "rows": [evaluation.report.confusion[i][j] for i, j in pairs],
    }


def files(evaluation: Evaluation) -> dict[str, bytes]:
    """Return the files of the record by path: pictures, the report as text and JSON, the confusion matrix as CSV."""
    result, part, one_vs_rest = evaluation.report, evaluation.part, evaluation.one_vs_rest()
    bins, many = evaluation.options.calibration_bins, evaluation.is_multiclass()
    files = {
        "confusion_matrix.svg": confusion.confusion_matrix(result.confusion, evaluation.classes, part),
        "calibration.svg": curves.calibration(*evaluation.calibrated(), result.brier, bins, part, many),
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
        "predicted": names[evaluation.predicted()].tolist(),
        "probability": evaluation.calibrated()[0].tolist(),
    }
    if evaluation.is_multiclass():
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
    happened = "correct" if evaluation.is_multiclass() else "positives"
    return {
        "roc.csv": _curves(roc, ("fpr", "tpr"), evaluation.is_multiclass()),
        "precision_recall.csv": _curves(precision_recall, ("recall", "precision"), evaluation.is_multiclass()),
        "calibration.csv": tables.csv_text({"predicted": mean, happened: share, "rows": rows}),
        "confusion.csv": tables.csv_text({name: columns[name] for name in ("actual", "predicted")}),
    }


def _curves(points: Sequence[tuple[str, Array, Array]], axes: tuple[str, str], many: bool) -> str:
    empty = [np.empty(0)]  # with rows of one class only, the table is just its header
    columns: dict[str, Iterable[object]] = {}
    if many:
        columns["class"] = [name for name, x, _ in points for _ in x]
    for position, axis in enumerate(axes, start=1):
        columns[axis] = np.concatenate([curve[position] for curve in points] or empty).tolist()
    return tables.csv_text(columns)


def _confusion_csv(result: Report, classes: Sequence[str]) -> str:
    rows: dict[str, Iterable[object]] = {"actual": classes}
    for index, name in enumerate(classes):
        rows[f"predicted {name}"] = [line[index] for line in result.confusion]
    return tables.csv_text(rows)
