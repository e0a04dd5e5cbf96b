"""A sweep's runs as pictures: their ranking, and how the figure that ranks them goes with each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from logodds.errors import counted
from logodds.metrics.binary import Array
from logodds.names import shortened
from logodds.plots.axes import TOP, Axes, frame
from logodds.plots.colours import shade
from logodds.plots.scale import Scale, around, linear
from logodds.plots.svg import Stroke, document, dot, line, pixels, text, width_of

WIDTH, HEIGHT = 640.0, 420.0  # pixels
RIGHT = 19.0
LINE, MOST = 18.0, 40  # height of a run's line, and how many a picture has
LETTERS = 11.5
LEVELS = 12  # different values of a parameter that are places of their own instead of a length


def artifacts(
    names: Sequence[str], parameters: Mapping[str, Sequence[Any]], figure: str, values: Sequence[float]
) -> dict[str, bytes]:
    """The record's pictures by path: runs [n] by name, best first, with the parameters that vary and their figure."""
    files = {"ranking.svg": ranking(names, figure, values)}
    if parameters:
        files["parameters.svg"] = parallel(parameters, figure, values)
    for key, given in parameters.items():
        files[f"by_{key}.svg"] = against(key, given, figure, values)
    return files


def ranking(names: Sequence[str], figure: str, values: Sequence[float]) -> bytes:
    """The figures of the best 40 runs as dots: they lie close together, and bars from 0 would hide it."""
    shown = np.array(values[:MOST], dtype=np.float64)
    count = len(shown)
    labels = tuple(shortened(name, 40) for name in names[:count])
    y = Scale("", (count - 0.5, -0.5), tuple(float(k) for k in range(count)), labels, LETTERS)
    x = linear(figure, around(shown), 7)
    height = TOP + LINE * count + x.margin(upright=False)
    axes = Axes(y.margin(upright=True), TOP, WIDTH - RIGHT - 44.0, height - x.margin(upright=False), x, y)
    drawn = []
    places = zip(axes.across(shown).tolist(), axes.up(np.arange(count)).tolist(), shown.tolist(), strict=True)
    for across, up, value in places:
        drawn.append(dot(across, up, 4.0, "steelblue"))
        drawn.append(text(f"{value:.4f}", axes.right + 5.0, up, LETTERS, "start"))
    title = f"{figure}, best first" if count == len(values) else f"{figure}, the best {count} of {len(values)}"
    return document(WIDTH, height, [frame(axes, title), *drawn])


def against(key: str, given: Sequence[Any], figure: str, values: Sequence[float]) -> bytes:
    """A dot per run: the figure above a parameter's value."""
    x, across = _scale(key, given)
    y = linear(figure, around(np.array(values, dtype=np.float64)), 8)
    axes = Axes(max(72.0, y.margin(upright=True)), TOP, WIDTH - RIGHT, HEIGHT - x.margin(upright=False), x, y)
    places = zip(axes.across(across).tolist(), axes.up(np.array(values)).tolist(), strict=True)
    drawn = [dot(left, up, 4.0, "steelblue") for left, up in places]
    return document(WIDTH, HEIGHT, [frame(axes, f"{figure} by {key}"), *drawn])


def parallel(parameters: Mapping[str, Sequence[Any]], figure: str, values: Sequence[float]) -> bytes:
    """Parallel coordinates: a line per run through its parameters to its figure; the darker the better."""
    count = len(values)
    scales = [_scale(key, given) for key, given in parameters.items()]
    last = linear(figure, around(np.array(values, dtype=np.float64)), 8)
    scales.append((last, np.array(values, dtype=np.float64)))
    gap = max(130.0, (WIDTH - 160.0) / (len(scales) - 1))
    width = 160.0 + gap * (len(scales) - 1)
    places = [90.0 + gap * index for index in range(len(scales))]
    each = [
        Axes(place, TOP + 10.0, place + 1.0, HEIGHT - 30.0, last, scale)
        for place, (scale, _) in zip(places, scales, strict=True)
    ]
    ups = np.stack([axes.up(held) for axes, (_, held) in zip(each, scales, strict=True)], axis=1)
    drawn = []
    for rank in range(count - 1, -1, -1):  # the best on top
        level = 240 - 180 * rank // max(count - 1, 1)
        drawn.append(line(np.array(places), ups[rank], Stroke(shade(level), 1.0 if rank else 2.5)))
    for place, axes, (scale, _) in zip(places, each, scales, strict=True):
        top, bottom = pixels(axes.top), pixels(axes.bottom)
        drawn.append(f'<path d="M{pixels(place)} {top}V{bottom}" stroke="black"/>')
        for up, name in zip(axes.up(np.array(scale.ticks)).tolist(), scale.names, strict=True):
            room = width_of(name, LETTERS)
            box = f'x="{pixels(place - 7.0 - room)}" y="{pixels(up - 0.6 * LETTERS)}" height="{pixels(1.2 * LETTERS)}"'
            drawn.append(f'<rect {box} width="{pixels(room + 2.0)}" fill="white" fill-opacity="0.8"/>')
            drawn.append(text(name, place - 6.0, up, LETTERS, "end"))
        drawn.append(text(shortened(scale.label, 22), place, HEIGHT - 14.0))
    drawn.append(text(counted(count, "run"), width / 2, 16.0, 16.5))
    return document(width, HEIGHT, drawn)


def _scale(key: str, given: Sequence[Any]) -> tuple[Scale, Array]:
    """A parameter's axis, and where each run is on it: numbers of equal sign that span decades by their logarithm, a
    few other values, or values that are no numbers, side by side."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in given)
    distinct = sorted(set(given)) if numbers else list(dict.fromkeys(map(str, given)))
    if numbers and len(distinct) > LEVELS:
        held = np.array(given, dtype=np.float64)
        if held.min() > 0.0 and held.max() > 100.0 * held.min():
            low, high = around(np.log10(held))
            decades = range(int(np.ceil(low)), int(np.floor(high)) + 1)
            names = tuple(f"{10.0**power:g}" for power in decades)
            return Scale(key, (low, high), tuple(float(power) for power in decades), names), np.log10(held)
        return linear(key, around(held), 8), held
    place = {value: float(index) for index, value in enumerate(distinct)}
    words = tuple(f"{value:g}" if numbers else shortened(str(value), 16) for value in distinct)
    held = np.array([place[value if numbers else str(value)] for value in given])
    return Scale(key, (-0.5, len(distinct) - 0.5), tuple(place.values()), words, LETTERS), held
