"""A sweep's runs as pictures: their ranking, and how the figure that ranks them goes with each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from logodds.metrics.binary import Array
from logodds.names import shortened
from logodds.plots.axes import TOP, Axes, frame
from logodds.plots.colours import shade
from logodds.plots.scale import Scale, around, linear
from logodds.plots.svg import Stroke, document, dot, line, pixels, text

WIDTH, HEIGHT = 640.0, 420.0  # pixels
RIGHT = 19.0
BAR, MOST_BARS = 18.0, 40  # height of a bar, and how many a picture has
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
    """Bars of the best 40 runs."""
    shown = np.array(values[:MOST_BARS], dtype=np.float64)
    count = len(shown)
    labels = tuple(shortened(name, 40) for name in names[:count])
    y = Scale("", (count - 0.5, -0.5), tuple(float(k) for k in range(count)), labels, LETTERS)
    low, high = around(shown)
    x = linear(figure, (min(low, 0.0) if low < 0.1 * high else low, high), 7)
    height = TOP + BAR * count + x.margin(upright=False)
    axes = Axes(y.margin(upright=True), TOP, WIDTH - RIGHT - 44.0, height - x.margin(upright=False), x, y)
    ups, ends = axes.up(np.arange(count)).tolist(), axes.across(shown).tolist()
    drawn = []
    for up, end, value in zip(ups, ends, shown.tolist(), strict=True):
        box = f'x="{pixels(axes.left)}" y="{pixels(up - 0.35 * BAR)}" height="{pixels(0.7 * BAR)}"'
        drawn.append(f'<rect {box} width="{pixels(max(end - axes.left, 0.0))}" fill="steelblue"/>')
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
            drawn.append(text(name, place - 6.0, up, LETTERS, "end"))
        drawn.append(text(shortened(scale.label, 22), place, HEIGHT - 14.0))
    drawn.append(text(f"{count} runs", width / 2, 16.0, 16.5))
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
