"""Pictures of a report: dataclasses and arrays in, PNG bytes out, without pyplot's global state."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from logodds.metrics import Array, Report, calibration_curve, precision_recall_curve, roc_curve

SIZE = (4.8, 4.2)
DPI = 100


def _figure(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=SIZE, dpi=DPI)
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.subplots_adjust(left=0.15, right=0.96, top=0.92, bottom=0.13)
    # No software version inside: equal figures are then equal bytes.
    # Compression harder than this takes longer than all else in a small picture.
    figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def _unit_square(axes: Axes) -> None:
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.grid(alpha=0.3)


def confusion_matrix(found: Report, classes: Sequence[str], part: str) -> bytes:
    """Counts in a grid of actual rows and predicted columns, shaded by the share of the actual class."""
    figure, axes = _figure(f"Confusion matrix ({part})", "Predicted", "Actual")
    matrix = np.array(found.confusion)
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0)
    places = range(len(classes))
    axes.set_xticks(places, classes)
    axes.set_yticks(places, classes, rotation=90, va="center")
    for row in places:
        for column in places:
            text = f"{matrix[row, column]}\n{share[row, column]:.1%}"
            colour = "white" if share[row, column] > 0.5 else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour)
    return _png(figure)


def roc(logits: Array, target: Array, found: Report, part: str) -> bytes:
    """The ROC curve with the diagonal of a random ranking."""
    figure, axes = _figure(f"ROC curve ({part})", "False positive rate", "True positive rate")
    axes.plot(*roc_curve(logits, target), drawstyle="default", label=f"ROC-AUC {found.roc_auc:.4f}")
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="random")
    _unit_square(axes)
    axes.legend(loc="lower right")
    return _png(figure)


def precision_recall(logits: Array, target: Array, found: Report, part: str) -> bytes:
    """The precision-recall curve with the share of positives, which a random ranking reaches."""
    figure, axes = _figure(f"Precision-recall curve ({part})", "Recall", "Precision")
    precision, recall = precision_recall_curve(logits, target)
    axes.plot(recall, precision, drawstyle="steps-pre", label=f"average precision {found.average_precision:.4f}")
    axes.axhline(float(np.mean(target)), color="grey", linestyle=":", label="share of positives")
    _unit_square(axes)
    axes.legend(loc="lower left")
    return _png(figure)


def calibration(logits: Array, target: Array, found: Report, bins: int, part: str) -> bytes:
    """Share of positives against mean predicted probability, with the number of rows at each point."""
    figure, axes = _figure(f"Calibration ({part})", "Mean predicted probability", "Share of positives")
    mean, share, rows = calibration_curve(logits, target, bins)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfectly calibrated")
    axes.plot(mean, share, marker="o", label=f"Brier {found.brier:.4f}")
    for x, y, count in zip(mean, share, rows, strict=True):
        axes.annotate(str(count), (x, y), textcoords="offset points", xytext=(5, -10), fontsize=7, color="dimgrey")
    _unit_square(axes)
    axes.legend(loc="upper left")
    return _png(figure)


def curves(history: Mapping[str, Sequence[float]], best_epoch: int) -> bytes:
    """Loss on train and validation rows by epoch, and the epoch whose weights were kept."""
    figure, axes = _figure("Loss", "Epoch", "Log loss")
    for name, style in (("train/loss", "-"), ("val/loss", "--")):
        if name in history:
            axes.plot(range(1, len(history[name]) + 1), history[name], linestyle=style, label=name)
    axes.axvline(best_epoch, color="grey", linestyle=":", label=f"kept: epoch {best_epoch}")
    axes.grid(alpha=0.3)
    axes.legend()
    return _png(figure)
