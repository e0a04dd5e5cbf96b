"""Curves as pictures: ROC, precision-recall, calibration, and the loss by epoch."""

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

Lines: TypeAlias = Mapping[str, tuple[Array, Array]]  # x and y by class

NAMED = 10  # curves with room for a legend
SMALL, WIDE = (480.0, 420.0), (600.0, 520.0)  # pixels
LETTERS = 12.5  # of a legend that names classes
POINTS = 201  # of a mean curve
FIRST, SECOND = of_classes(2)
REFERENCE = Stroke("grey", dashes="2 3.4")
EDGES = np.array([0.0, 1.0])
UNIT = (-0.02, 1.02)  # with a little room for lines along the edges


def roc(classes: Mapping[str, OneVsRest], area: float, part: str) -> bytes:
    """The ROC curve of each class against the rest (one alone: of the positive class), with the diagonal of a random
    ranking. ``area``: ROC-AUC of the model; of more than 10 classes the mean curve stands for them in the legend."""
    lines = {name: roc_curve(each.scores, each.own) for name, each in classes.items()}
    axes = _unit_square(classes, "False positive rate", "True positive rate")
    title = ""
    if len(lines) == 1:
        entries = [(f"ROC-AUC {area:.4f}", Stroke(FIRST))]
        drawn = [axes.line(*next(iter(lines.values())), Stroke(FIRST))]
    else:
        entries, drawn = _each_class(axes, lines, [each.roc_auc for each in classes.values()], steps=False)
        title = f"ROC-AUC, mean {area:.4f}"
    drawn.append(_diagonal(axes))
    legend = Legend([*entries, ("random", REFERENCE)], LETTERS, title)
    return _picture(axes, f"ROC curve ({part})", drawn, legend, "lower right")


def precision_recall(classes: Mapping[str, OneVsRest], area: float, part: str) -> bytes:
    """The precision-recall curve of each class against the rest (one alone: of the positive class, with the share of
    positives, which a random ranking reaches). ``area``: average precision of the model."""
    curves = {name: precision_recall_curve(each.scores, each.own) for name, each in classes.items()}
    lines = {name: (recall, precision) for name, (precision, recall) in curves.items()}
    axes = _unit_square(classes, "Recall", "Precision")
    title = ""
    if len(lines) == 1:
        ((name, line),) = lines.items()
        share = float(np.mean(classes[name].own))
        entries = [(f"average precision {area:.4f}", Stroke(FIRST)), ("share of positives", REFERENCE)]
        drawn = [axes.line(*_steps(*line), Stroke(FIRST)), axes.line(np.array(UNIT), np.full(2, share), REFERENCE)]
    else:
        entries, drawn = _each_class(axes, lines, [each.average_precision for each in classes.values()], steps=True)
        title = f"Average precision, mean {area:.4f}"
    return _picture(axes, f"Precision-recall curve ({part})", drawn, Legend(entries, LETTERS, title), "lower left")


def calibration(probability: Array, happened: Array, brier: float, bins: int, part: str, many: bool) -> bytes:
    """Share of rows [n] where it happened (1 or 0) against mean predicted probability, with the number of rows at each
    point: of the positive class or, of ``many``, of the predicted one."""
    x, y = "Mean predicted probability", "Share of positives"
    if many:
        x, y = "Mean probability of the predicted class", "Share predicted rightly"
    axes = _axes(SMALL, linear(x, UNIT, 7), linear(y, UNIT, 8))
    mean, share, rows = calibration_curve(probability, happened, bins)
    stroke = Stroke(FIRST, dot=4.0)
    drawn = [_diagonal(axes), axes.line(mean, share, stroke)]
    places = zip(axes.across(mean).tolist(), axes.up(share).tolist(), share.tolist(), rows.tolist(), strict=True)
    for across, up, happening, count in places:
        below = 14.0 if happening > 0.06 else -12.0  # a count below a point on the floor would leave the picture
        drawn.append(text(str(count), across, up + below, 10.0, fill="dimgrey"))
    legend = Legend([("perfectly calibrated", REFERENCE), (f"Brier {brier:.4f}", stroke)])
    return _picture(axes, f"Calibration ({part})", drawn, legend, "upper left")


def losses(history: Mapping[str, Sequence[float]], best_epoch: int) -> bytes:
    """Loss on train and validation rows by epoch, and the epoch whose weights were kept."""
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
    """The area of a picture of width and height, wider margins for longer names."""
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
    """What the legend says, and the drawn curves."""
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
    """The outline of a curve that up to the next point has that point's height."""
    return np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]


def _at(grid: Array, x: Array, y: Array, steps: bool) -> Array:
    if steps:
        return y[np.minimum(np.searchsorted(x, grid), len(y) - 1)]
    found: Array = np.interp(grid, x, y)
    return found
