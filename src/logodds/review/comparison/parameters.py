"""Parameters against the figure that ranks: one by one, and all of them side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logodds.evaluation.plots.axes import TOP, Axes, frame
from logodds.evaluation.plots.scale import Scale, around, linear
from logodds.evaluation.plots.svg import Stroke, document, dot, line, text
from logodds.review.comparison import strokes
from logodds.runs.differences import word
from logodds.runs.ranking import Ranking
from logodds.system.arrays import Array
from logodds.system.errors import counted
from logodds.system.terminal.text import shortened
from logodds.tracking.recorded import Recorded

FEW = 8  # values that are told apart as words
MOST = 30  # words with room for their names
WIDE = 50.0  # largest over smallest value, from which the axis is logarithmic
STEP, HEIGHT = 130.0, 300.0  # pixels between axes side by side, and along them


@dataclass(frozen=True)
class Placed:
    """A parameter's axis and where on it each run is [runs]; NaN where a run lacks it."""

    scale: Scale
    places: Array


def placed(name: str, values: Sequence[str | None]) -> Placed | None:
    """The axis of a parameter from its value in each run: words side by side, or numbers, on a logarithmic axis where
    they are of several orders of magnitude and lie more evenly there. None where there are too many words."""
    numbers = [_number(value) for value in values]
    known = {value: number for value, number in zip(values, numbers, strict=True) if value is not None}
    numeric = all(number is not None for number in known.values())
    if numeric and len(known) > FEW:
        found = np.array([math.nan if number is None else number for number in numbers])
        low, high = float(np.nanmin(found)), float(np.nanmax(found))
        if low > 0.0 and high / low >= WIDE and _even(np.log10(found)) < _even(found):
            return Placed(_logarithmic(name, np.log10(found)), np.log10(found))
        return Placed(linear(name, around(found), 5), found)
    if len(known) > MOST:
        return None
    words = sorted(known, key=lambda value: (known[value], "") if numeric else (0.0, value))
    labels = tuple(shortened(word(value, 6), 14) for value in words)
    size = 14.0 if len(words) <= FEW else 11.0
    scale = Scale(name, (-0.5, len(words) - 0.5), tuple(range(len(words))), labels, size)
    return Placed(scale, np.array([math.nan if value is None else float(words.index(value)) for value in values]))


def _number(value: str | None) -> float | None:
    try:
        found = float(value or "")
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _even(values: Array) -> float:
    """How far the median is from the middle of the range."""
    low, middle, high = np.nanquantile(values, [0.0, 0.5, 1.0])
    return abs(float((middle - low) / (high - low)) - 0.5)


def _logarithmic(name: str, exponents: Array) -> Scale:
    low, high = around(exponents)
    every = range(math.ceil(low), math.floor(high) + 1)
    ticks = tuple(float(power) for power in every[:: max(1, math.ceil(len(every) / 6))])
    return Scale(name, (low, high), ticks, tuple(f"{10.0**power:g}" for power in ticks))


def against_figure(ranking: Ranking[Recorded], parameter: Placed, name: str) -> str:
    """The figure that ranks over a parameter, a dot for each run."""
    values, scale = _figures(ranking)
    x = parameter.scale
    if x.ticks and sum(8.0 * len(label) + 8.0 for label in x.names) > 380.0:
        x = Scale(x.label, x.ends, x.ticks, x.names, 11.0, turned=True)
    area = strokes.axes(x, scale)
    across, up = area.across(parameter.places), area.up(np.clip(values, *area.y.ends))
    drawn = []
    for index, stroke in strokes.ordered(len(values), ranking.leading(strokes.COLOURED)):
        if math.isfinite(across[index]) and math.isfinite(up[index]):
            radius = 3.0 if stroke is strokes.FAINT else 5.0
            drawn.append(strokes.group(index, dot(across[index], up[index], radius, stroke.colour)))
    title = f"{ranking.name} by {x.label}"
    return strokes.inline(area, drawn, f"{title}, {counted(len(drawn), 'run')}", name, [frame(area, "")])


def side_by_side(ranking: Ranking[Recorded], parameters: Sequence[Placed]) -> str:
    """Parallel coordinates: an axis for each parameter and one for the figure, a line for each run."""
    values, scale = _figures(ranking)
    columns = [*parameters, Placed(scale, np.clip(values, *scale.ends))]
    top, left = TOP + 18.0, 90.0
    axes = [
        Axes(left + STEP * place, top, left + STEP * place, top + HEIGHT, each.scale, each.scale)
        for place, each in enumerate(columns)
    ]
    across = np.array([each.left for each in axes])
    up = np.stack([axis.up(column.places) for axis, column in zip(axes, columns, strict=True)], axis=1)
    lines = [
        strokes.group(index, line(across, up[index], strokes.thin(stroke)))
        for index, stroke in strokes.ordered(len(values), ranking.leading(strokes.COLOURED))
    ]
    drawn = [_axis(each) for each in axes]
    label = f"{', '.join(each.scale.label for each in columns)} side by side, {counted(len(values), 'run')}"
    picture = document(left + STEP * (len(axes) - 1) + 40.0, top + HEIGHT + 20.0, [*lines, *drawn])
    return strokes.labelled(picture, label)


def _axis(area: Axes) -> str:
    """One upright axis with its ticks' names, its label above."""
    ends = np.array([area.top, area.bottom])
    elements = [line(np.full(2, area.left), ends, Stroke("black", 1.0))]
    for tick, name in zip(area.up(np.array(area.y.ticks)).tolist(), area.y.names, strict=True):
        elements.append(line(np.array([area.left - 5.0, area.left]), np.full(2, tick), Stroke("black", 1.0)))
        elements.append(text(name, area.left - 8.0, tick, 12.0, "end"))
    elements.append(text(shortened(area.y.label, 16), area.left, area.top - 16.0))
    return "\n".join(elements)


def _figures(ranking: Ranking[Recorded]) -> tuple[Array, Scale]:
    """The figure that ranks, of each run, and its axis."""
    values = np.array([each.value for each in ranking.runs])
    return values, linear(ranking.name, strokes.ends(list(values[:, None]), ranking.placed()), 6)
