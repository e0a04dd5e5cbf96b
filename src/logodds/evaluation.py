"""Final figures of a model on one part of the rows, as numbers, tables and pictures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from logodds.metrics import (
    Array,
    Report,
    as_text,
    calibration_curve,
    precision_recall_curve,
    report,
    roc_curve,
    sigmoid,
    threshold_logit,
)
from logodds.schema import number


@dataclass(kw_only=True)
class EvaluateOptions:
    """``threshold``: probability from which a row is called positive; ``calibration_bins``: of equal width."""

    threshold: float = number(least=0.0, most=1.0)
    calibration_bins: int = number(least=2, most=1000)


@dataclass(frozen=True)
class Evaluation:
    """Logits [n] of one model against targets [n] of one part: ``val`` or ``test``."""

    part: str
    logits: Array
    target: Array
    classes: tuple[str, ...]
    options: EvaluateOptions
    report: Report


def evaluate(part: str, logits: Array, target: Array, classes: tuple[str, ...], options: EvaluateOptions) -> Evaluation:
    """All figures of one part; it has at least one row."""
    return Evaluation(part, logits, target, classes, options, report(logits, target, options.threshold))


def to_json(found: Report) -> str:
    """Every figure of a report; those that are not defined (NaN) are null."""
    values = {
        name: None if isinstance(value, float) and value != value else value for name, value in asdict(found).items()
    }
    return json.dumps(values, indent=1) + "\n"


def to_markdown(found: Evaluation) -> str:
    """Main figures and confusion matrix as the tables that a run's page shows as its description."""
    main = found.report.main()
    lines = [f"{len(found.target)} {found.part} rows, positive class {found.classes[1]}", ""]
    lines += ["| " + " | ".join(main) + " |", "|" + "---:|" * len(main)]
    lines += ["| " + " | ".join(f"{value:.4f}" for value in main.values()) + " |", ""]
    lines += ["| actual | " + " | ".join(f"predicted {name}" for name in found.classes) + " |"]
    lines += ["|---|" + "---:|" * len(found.classes)]
    for name, row in zip(found.classes, found.report.confusion, strict=True):
        lines.append(f"| {name} | " + " | ".join(str(count) for count in row) + " |")
    return "\n".join(lines)


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
    from logodds import plots  # matplotlib takes longer to import than a small model to train

    logits, target, result, part = found.logits, found.target, found.report, found.part
    files = {
        "confusion_matrix.png": plots.confusion_matrix(result, found.classes, part),
        "calibration.png": plots.calibration(logits, target, result, found.options.calibration_bins, part),
        "report.txt": as_text(result, found.classes).encode(),
        "report.json": to_json(result).encode(),
        "confusion_matrix.csv": _confusion_csv(result, found.classes).encode(),
    }
    if 0 < target.sum() < len(target):  # neither curve is defined for a lone class
        files["roc.png"] = plots.roc(logits, target, result, part)
        files["precision_recall.png"] = plots.precision_recall(logits, target, result, part)
    return {f"{part}/{name}": data for name, data in files.items()}


def predictions(found: Evaluation) -> dict[str, list[object]]:
    """Actual class, predicted class and probability of the positive class of each row."""
    called = (found.logits >= threshold_logit(found.options.threshold)).astype(int)
    return {
        "actual": [found.classes[index] for index in found.target],
        "predicted": [found.classes[index] for index in called],
        "probability": sigmoid(found.logits).tolist(),
    }


def plot_tables(found: Evaluation) -> dict[str, str]:
    """The curves as CSV by file name, for ``dvc plots``."""
    fpr, tpr = roc_curve(found.logits, found.target)
    precision, recall = precision_recall_curve(found.logits, found.target)
    mean, share, rows = calibration_curve(found.logits, found.target, found.options.calibration_bins)
    called = predictions(found)
    return {
        "roc.csv": table({"fpr": fpr, "tpr": tpr}),
        "precision_recall.csv": table({"recall": recall, "precision": precision}),
        "calibration.csv": table({"predicted": mean, "positives": share, "rows": rows}),
        "confusion.csv": table({name: called[name] for name in ("actual", "predicted")}),
    }


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
