"""Charts of the ranking figure against the parameters: one parameter each, and all of them side by side."""

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

FEW = 8  # number of different values, up to which numbers too are placed side by side like words
MOST = 30  # different words whose labels fit beside the axis
WIDE = 50.0  # ratio of the largest to the smallest value, from which an axis may be logarithmic
STEP, HEIGHT = 130.0, 300.0  # pixels between parallel axes, and length of each


@dataclass(frozen=True)
class PlacedParameter:
    """A parameter with an axis and the position of each run on it.

    Attributes:
        scale: the axis.
        positions: positions [runs] in the axis's units; NaN where a run lacks the parameter.
    """

    scale: Scale
    positions: Array


def placed(name: str, values: Sequence[str | None]) -> PlacedParameter | None:
    """Choose the axis of a parameter, and place each run on it.

    More than :data:`FEW` different numbers get a numeric axis, which is logarithmic if they span a ratio of
    :data:`WIDE` and lie more evenly on it. Other values are placed side by side as words.

    Args:
        name: label of the axis.
        values: the parameter's value in each run, None where a run lacks it.

    Returns:
        The axis and positions; None if there are more than :data:`MOST` different words.
    """
    numbers = [_number(value) for value in values]
    known = {value: number for value, number in zip(values, numbers, strict=True) if value is not None}
    numeric = all(number is not None for number in known.values())
    if numeric and len(known) > FEW:
        positions = np.array([math.nan if number is None else number for number in numbers])
        low, high = float(np.nanmin(positions)), float(np.nanmax(positions))
        if low > 0.0 and high / low >= WIDE and _even(np.log10(positions)) < _even(positions):
            return PlacedParameter(_logarithmic(name, np.log10(positions)), np.log10(positions))
        return PlacedParameter(linear(name, around(positions), 5), positions)
    if len(known) > MOST:
        return None
    words = sorted(known, key=lambda value: (known[value], "") if numeric else (0.0, value))
    labels = tuple(shortened(word(value, 6), 14) for value in words)
    size = 14.0 if len(words) <= FEW else 11.0
    scale = Scale(name, (-0.5, len(words) - 0.5), tuple(range(len(words))), labels, size)
    return PlacedParameter(
        scale, np.array([math.nan if value is None else float(words.index(value)) for value in values])
    )


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _even(values: Array) -> float:
    """Return the distance of the median from the middle of the range, as a share of the range."""
    low, middle, high = np.nanquantile(values, [0.0, 0.5, 1.0])
    return abs(float((middle - low) / (high - low)) - 0.5)


def _logarithmic(name: str, exponents: Array) -> Scale:
    low, high = around(exponents)
    powers = range(math.ceil(low), math.floor(high) + 1)
    ticks = tuple(float(power) for power in powers[:: max(1, math.ceil(len(powers) / 6))])
    return Scale(name, (low, high), ticks, tuple(f"{10.0**power:g}" for power in ticks))


def against_figure(ranking: Ranking[Recorded], parameter: PlacedParameter, name: str) -> str:
    """Return a chart of the ranking figure over a parameter, with a dot for each run, as an SVG element."""
    values, scale = _figures(ranking)
    x = parameter.scale
    if x.ticks and sum(8.0 * len(label) + 8.0 for label in x.names) > 380.0:
        x = Scale(x.label, x.ends, x.ticks, x.names, 11.0, turned=True)
    area = strokes.axes(x, scale)
    across, up = area.across(parameter.positions), area.up(np.clip(values, *area.y.ends))
    dots = []
    for index, stroke in strokes.ordered(len(values), ranking.leading(strokes.COLOURED)):
        if math.isfinite(across[index]) and math.isfinite(up[index]):
            radius = 3.0 if stroke is strokes.FAINT else 5.0
            dots.append(strokes.group(index, dot(across[index], up[index], radius, stroke.colour)))
    title = f"{ranking.name} by {x.label}"
    return strokes.inline(area, dots, f"{title}, {counted(len(dots), 'run')}", name, [frame(area, "")])


def side_by_side(ranking: Ranking[Recorded], parameters: Sequence[PlacedParameter]) -> str:
    """Return a chart of parallel coordinates, as an SVG element.

    It has an axis for each parameter, one for the ranking figure, and a line for each run.
    """
    values, scale = _figures(ranking)
    columns = [*parameters, PlacedParameter(scale, np.clip(values, *scale.ends))]
    top, left = TOP + 18.0, 90.0
    axes = [
        Axes(left + STEP * position, top, left + STEP * position, top + HEIGHT, column.scale, column.scale)
        for position, column in enumerate(columns)
    ]
    across = np.array([axis.left for axis in axes])
    up = np.stack([axis.up(column.positions) for axis, column in zip(axes, columns, strict=True)], axis=1)
    lines = [
        strokes.group(index, line(across, up[index], strokes.thin(stroke)))
        for index, stroke in strokes.ordered(len(values), ranking.leading(strokes.COLOURED))
    ]
    uprights = [_axis(axis) for axis in axes]
    label = f"{', '.join(column.scale.label for column in columns)} side by side, {counted(len(values), 'run')}"
    picture = document(left + STEP * (len(axes) - 1) + 40.0, top + HEIGHT + 20.0, [*lines, *uprights])
    return strokes.labelled(picture, label)


def _axis(area: Axes) -> str:
    """Draw one upright axis with ticks and their names, and its label above."""
    ends = np.array([area.top, area.bottom])
    elements = [line(np.full(2, area.left), ends, Stroke("black", 1.0))]
    for tick, name in zip(area.up(np.array(area.y.ticks)).tolist(), area.y.names, strict=True):
        elements.append(line(np.array([area.left - 5.0, area.left]), np.full(2, tick), Stroke("black", 1.0)))
        elements.append(text(name, area.left - 8.0, tick, 12.0, "end"))
    elements.append(text(shortened(area.y.label, 16), area.left, area.top - 16.0))
    return "\n".join(elements)


def _figures(ranking: Ranking[Recorded]) -> tuple[Array, Scale]:
    """Return the ranking figure for each run [runs], and an axis for it."""
    values = np.array([ranked.value for ranked in ranking.runs])
    return values, linear(ranking.name, strokes.ends(list(values[:, None]), ranking.ranked_indices()), 6)
