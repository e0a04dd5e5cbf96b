"""Curves as pictures: ROC, precision-recall, calibration, and the loss by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes

from logodds.metrics.binary import Array
from logodds.metrics.ranking import Ranking, calibration_curve, precision_recall_curve, roc_curve
from logodds.names import shortened
from logodds.plots.canvas import SIZE, canvas, colours, png, unit_square

Lines: TypeAlias = Mapping[str, tuple[Array, Array]]  # x and y by class

NAMED = 10  # curves with room for a legend
WIDE = (6.0, 5.2)
POINTS = 201  # of a mean curve


def roc(rankings: Mapping[str, Ranking], area: float, part: str) -> bytes:
    """The ROC curve of each class against the rest (one alone: of the positive class), with the diagonal of a random
    ranking. ``area``: ROC-AUC of the model; of more than 10 classes the mean curve stands for them in the legend."""
    figure, axes = canvas(f"ROC curve ({part})", "False positive rate", "True positive rate", _size(rankings))
    lines = {name: roc_curve(each.scores, each.own) for name, each in rankings.items()}
    title = None
    if len(lines) == 1:
        axes.plot(*next(iter(lines.values())), label=f"ROC-AUC {area:.4f}")
    else:
        areas = [each.roc_auc for each in rankings.values()]
        _each_class(axes, lines, areas, "default")
        title = f"ROC-AUC, mean {area:.4f}"
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="random")
    unit_square(axes)
    axes.legend(loc="lower right", fontsize=9, title=title)
    return png(figure)


def precision_recall(rankings: Mapping[str, Ranking], area: float, part: str) -> bytes:
    """The precision-recall curve of each class against the rest (one alone: of the positive class, with the share of
    positives, which a random ranking reaches). ``area``: average precision of the model."""
    figure, axes = canvas(f"Precision-recall curve ({part})", "Recall", "Precision", _size(rankings))
    curves = {name: precision_recall_curve(each.scores, each.own) for name, each in rankings.items()}
    lines = {name: (recall, precision) for name, (precision, recall) in curves.items()}
    title = None
    if len(lines) == 1:
        ((name, line),) = lines.items()
        axes.plot(*line, drawstyle="steps-pre", label=f"average precision {area:.4f}")
        axes.axhline(float(np.mean(rankings[name].own)), color="grey", linestyle=":", label="share of positives")
    else:
        areas = [each.average_precision for each in rankings.values()]
        _each_class(axes, lines, areas, "steps-pre")
        title = f"Average precision, mean {area:.4f}"
    unit_square(axes)
    axes.legend(loc="lower left", fontsize=9, title=title)
    return png(figure)


def calibration(probability: Array, happened: Array, brier: float, bins: int, part: str, many: bool) -> bytes:
    """Share of rows [n] where it happened (1 or 0) against mean predicted probability, with the number of rows at each
    point: of the positive class or, of ``many``, of the predicted one."""
    x, y = "Mean predicted probability", "Share of positives"
    if many:
        x, y = "Mean probability of the predicted class", "Share predicted rightly"
    figure, axes = canvas(f"Calibration ({part})", x, y)
    mean, share, rows = calibration_curve(probability, happened, bins)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfectly calibrated")
    axes.plot(mean, share, marker="o", label=f"Brier {brier:.4f}")
    for x_point, y_point, count in zip(mean, share, rows, strict=True):
        offset = -13 if y_point > 0.06 else 6  # a count below a point on the floor would leave the picture
        axes.annotate(
            str(count), (x_point, y_point), textcoords="offset points", xytext=(0, offset), ha="center", fontsize=7,
            color="dimgrey",
        )  # fmt: skip
    unit_square(axes)
    axes.legend(loc="upper left")
    return png(figure)


def losses(history: Mapping[str, Sequence[float]], best_epoch: int) -> bytes:
    """Loss on train and validation rows by epoch, and the epoch whose weights were kept."""
    figure, axes = canvas("Loss", "Epoch", "Log loss")
    for name, style in (("train/loss", "-"), ("val/loss", "--")):
        if name in history:
            axes.plot(range(1, len(history[name]) + 1), history[name], linestyle=style, label=name)
    axes.axvline(best_epoch, color="grey", linestyle=":", label=f"kept: epoch {best_epoch}")
    axes.grid(alpha=0.3)
    axes.legend()
    return png(figure)


def _size(rankings: Mapping[str, Ranking]) -> tuple[float, float]:
    return SIZE if len(rankings) == 1 else WIDE


def _each_class(axes: Axes, lines: Lines, areas: Sequence[float], style: str) -> None:
    few = len(lines) <= NAMED
    for (name, line), area, colour in zip(lines.items(), areas, colours(len(lines)), strict=True):
        label = f"{shortened(name, 20)}: {area:.4f}" if few else None
        axes.plot(
            *line,
            drawstyle=style,
            color=colour if few else "steelblue",
            linewidth=1.5 if few else 0.8,
            alpha=1.0 if few else 0.25,
            label=label,
        )
    if not few:
        grid = np.linspace(0.0, 1.0, POINTS)
        curves = [_at(grid, *line, style) for line in lines.values()]
        axes.plot(grid, np.mean(curves, axis=0), color="black", label=f"mean of {len(lines)} classes")


def _at(grid: Array, x: Array, y: Array, style: str) -> Array:
    if style == "steps-pre":  # up to the next point a curve has that point's height
        return y[np.minimum(np.searchsorted(x, grid), len(y) - 1)]
    found: Array = np.interp(grid, x, y)
    return found
