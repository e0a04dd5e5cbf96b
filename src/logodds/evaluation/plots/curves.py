"""Pictures of curves: ROC, precision-recall, calibration, and the loss by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from logodds.evaluation.metrics.curves import OneVsRest, calibration_curve, precision_recall_curve, roc_curve
from logodds.evaluation.plots.axes import TOP, Axes, frame
from logodds.evaluation.plots.colours import of_classes
from logodds.evaluation.plots.legend import Legend
from logodds.evaluation.plots.scale import Scale, around, linear
from logodds.evaluation.plots.svg import Stroke, document, text
from logodds.system.arrays import Array
from logodds.system.terminal.text import shortened

Lines: TypeAlias = Mapping[str, tuple[Array, Array]]  # x and y of a curve, by class

NAMED = 10  # up to this many curves, the legend names each class
SMALL, WIDE = (480.0, 420.0), (600.0, 520.0)  # pixels
LETTERS = 12.5  # pixels: size of letters of a legend that names classes
POINTS = 201  # points of a mean curve
FIRST, SECOND = of_classes(2)
REFERENCE = Stroke("grey", dashes="2 3.4")
EDGES = np.array([0.0, 1.0])
UNIT = (-0.02, 1.02)  # with a little room for lines along the edges


def roc(classes: Mapping[str, OneVsRest], area: float, part: str) -> bytes:
    """Draw the ROC curve of each class against the rest, and the diagonal, which is the curve of a random ranking. With
    more than 10 classes, the legend has only their mean curve.

    Args:
        classes: the classes by name; with two classes, only the positive one.
        area: ROC-AUC of the model.
        part: name of the part of the rows, for the title.
    """
    lines = {name: roc_curve(one_vs_rest.scores, one_vs_rest.own) for name, one_vs_rest in classes.items()}
    axes = _unit_square(classes, "False positive rate", "True positive rate")
    title = ""
    if len(lines) == 1:
        entries = [(f"ROC-AUC {area:.4f}", Stroke(FIRST))]
        drawn = [axes.line(*next(iter(lines.values())), Stroke(FIRST))]
    else:
        entries, drawn = _each_class(
            axes, lines, [one_vs_rest.roc_auc for one_vs_rest in classes.values()], steps=False
        )
        title = f"ROC-AUC, mean {area:.4f}"
    drawn.append(_diagonal(axes))
    legend = Legend([*entries, ("random", REFERENCE)], LETTERS, title)
    return _picture(axes, f"ROC curve ({part})", drawn, legend, "lower right")


def precision_recall(classes: Mapping[str, OneVsRest], area: float, part: str) -> bytes:
    """Draw the precision-recall curve of each class against the rest. For a single class, also draw the share of
    positives, which is the precision of a random ranking.

    Args:
        classes: the classes by name; with two classes, only the positive one.
        area: average precision of the model.
        part: name of the part of the rows, for the title.
    """
    curves = {
        name: precision_recall_curve(one_vs_rest.scores, one_vs_rest.own) for name, one_vs_rest in classes.items()
    }
    lines = {name: (recall, precision) for name, (precision, recall) in curves.items()}
    axes = _unit_square(classes, "Recall", "Precision")
    title = ""
    if len(lines) == 1:
        ((name, line),) = lines.items()
        share = float(np.mean(classes[name].own))
        entries = [(f"average precision {area:.4f}", Stroke(FIRST)), ("share of positives", REFERENCE)]
        drawn = [axes.line(*_steps(*line), Stroke(FIRST)), axes.line(np.array(UNIT), np.full(2, share), REFERENCE)]
    else:
        entries, drawn = _each_class(
            axes, lines, [one_vs_rest.average_precision for one_vs_rest in classes.values()], steps=True
        )
        title = f"Average precision, mean {area:.4f}"
    return _picture(axes, f"Precision-recall curve ({part})", drawn, Legend(entries, LETTERS, title), "lower left")


def calibration(probability: Array, happened: Array, brier: float, bins: int, part: str, many: bool) -> bytes:
    """Draw the share of rows of the positive class against its mean predicted probability, with the number of rows at
    each point. With many classes, the predicted class stands for the positive one.

    Args:
        probability: [n], each row's probability of the class.
        happened: [n], 1 if the row is of the class, otherwise 0.
        brier: Brier score of the model.
        bins: number of bins of equal width into which probabilities are divided.
        part: name of the part of the rows, for the title.
        many: whether there are more than two classes.
    """
    x, y = "Mean predicted probability", "Share of positives"
    if many:
        x, y = "Mean probability of the predicted class", "Share predicted rightly"
    axes = _axes(SMALL, linear(x, UNIT, 7), linear(y, UNIT, 8))
    mean, share, rows = calibration_curve(probability, happened, bins)
    stroke = Stroke(FIRST, dot=4.0)
    drawn = [_diagonal(axes), axes.line(mean, share, stroke)]
    points = zip(axes.across(mean).tolist(), axes.up(share).tolist(), share.tolist(), rows.tolist(), strict=True)
    for across, up, happening, count in points:
        below = 14.0 if happening > 0.06 else -12.0  # below a point at the bottom, a count would leave the picture
        drawn.append(text(str(count), across, up + below, 10.0, fill="dimgrey"))
    legend = Legend([("perfectly calibrated", REFERENCE), (f"Brier {brier:.4f}", stroke)])
    return _picture(axes, f"Calibration ({part})", drawn, legend, "upper left")


def losses(history: Mapping[str, Sequence[float]], best_epoch: int) -> bytes:
    """Draw the loss on train and validation rows by epoch, and the epoch whose weights were kept."""
    strokes = {"train/loss": Stroke(FIRST), "val/loss": Stroke(SECOND, dashes="7.7 3.3")}
    lines = {
        name: (np.arange(1, len(history[name]) + 1), np.array(history[name], dtype=np.float64))
        for name in strokes
        if name in history
    }
    epochs, values = (np.concatenate([line[axis] for line in lines.values()]) for axis in (0, 1))
    x = linear("Epoch", around(np.append(epochs, [1, best_epoch]), 0.5), 7, whole=True)
    axes = _axes(SMALL, x, linear("Log loss", around(values), 8))
    drawn = [axes.line(*line, strokes[name]) for name, line in lines.items()]
    drawn.append(axes.line(np.full(2, best_epoch), np.array(axes.y.ends), REFERENCE))
    kept = (f"kept: epoch {best_epoch}", REFERENCE)
    legend = Legend([*((name, strokes[name]) for name in lines), kept])
    return _picture(axes, "Loss", drawn, legend, legend.freest(axes, epochs, values))


def _axes(size: tuple[float, float], x: Scale, y: Scale) -> Axes:
    """Return the area of a picture of a given width and height in pixels; longer names have wider margins."""
    width, height = size
    return Axes(max(72.0, y.margin(upright=True)), TOP, width - 19.0, height - x.margin(upright=False), x, y)


def _unit_square(classes: Mapping[str, OneVsRest], x: str, y: str) -> Axes:
    return _axes(SMALL if len(classes) == 1 else WIDE, linear(x, UNIT, 7), linear(y, UNIT, 8))


@lru_cache(maxsize=16)
def _diagonal(axes: Axes) -> str:
    return axes.line(EDGES, EDGES, REFERENCE)


def _picture(axes: Axes, title: str, drawn: Iterable[str], legend: Legend, corner: str) -> bytes:
    size = axes.right + 19.0, axes.bottom + axes.x.margin(upright=False)
    return document(*size, [frame(axes, title), *drawn, legend.drawn(axes, corner)])


def _each_class(
    axes: Axes, lines: Lines, areas: Sequence[float], steps: bool
) -> tuple[list[tuple[str, Stroke]], list[str]]:
    """Return the entries of the legend, and the drawn curves."""
    outlines = {name: _steps(*line) if steps else line for name, line in lines.items()}
    if len(lines) <= NAMED:
        strokes = [Stroke(colour) for colour in of_classes(len(lines))]
        labels = [f"{shortened(name, 20)}: {area:.4f}" for name, area in zip(lines, areas, strict=True)]
        drawn = [axes.line(*line, stroke) for line, stroke in zip(outlines.values(), strokes, strict=True)]
        return list(zip(labels, strokes, strict=True)), drawn
    drawn = [axes.line(*line, Stroke("steelblue", 1.1, opacity=0.25)) for line in outlines.values()]
    grid = np.linspace(0.0, 1.0, POINTS)
    mean = np.mean([_at(grid, *line, steps) for line in lines.values()], axis=0)
    drawn.append(axes.line(grid, mean, Stroke("black")))
    return [(f"mean of {len(lines)} classes", Stroke("black"))], drawn


def _steps(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the outline of a step curve, which has the height of the next point up to that point."""
    return np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]


def _at(grid: Array, x: Array, y: Array, steps: bool) -> Array:
    if steps:
        return y[np.minimum(np.searchsorted(x, grid), len(y) - 1)]
    heights: Array = np.interp(grid, x, y)
    return heights
