"""Pictures of a sweep: the ranking of its runs, and the figure that ranks them against each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from logodds.evaluation.plots.axes import TOP, Axes, frame
from logodds.evaluation.plots.colours import shade
from logodds.evaluation.plots.scale import Scale, around, linear, near
from logodds.evaluation.plots.svg import Stroke, document, dot, line, pixels, text, triangle, width_of
from logodds.system.arrays import Array
from logodds.system.errors import counted
from logodds.system.terminal.text import shortened

WIDTH, HEIGHT = 640.0, 420.0  # pixels
RIGHT = 19.0
LINE, MOST = 18.0, 40  # height of a run's line in pixels, and number of runs in a ranking
LETTERS = 11.5
CAP, BESIDE = 3.5, 14.0  # pixels: half the cap of an error bar, and distance between bars of the same value
LEVELS = 12  # up to this many different numbers are shown side by side instead of on a continuous axis


def artifacts(
    names: Sequence[str],
    parameters: Mapping[str, Sequence[Any]],
    figure: str,
    values: Sequence[float],
    spreads: Sequence[float] | None = None,
) -> dict[str, bytes]:
    """Return the pictures of the sweep's record by path. They show runs, or configurations with several seeds.

    Args:
        names: [n], names of the runs or configurations, best first.
        parameters: [n] values of each parameter that varies, by key.
        figure: name of the figure that ranks.
        values: [n], the figure of each run, or its mean over the seeds of each configuration.
        spreads: [n], standard deviation over the seeds of each configuration, NaN for a single seed; None for runs.
    """
    files = {"ranking.svg": ranking(names, figure, values, spreads)}
    if parameters:
        files["parameters.svg"] = parallel(parameters, figure, values, "run" if spreads is None else "configuration")
    for key, given in parameters.items():
        files[f"by_{key}.svg"] = against(key, given, figure, values, spreads)
    return files


def ranking(
    names: Sequence[str], figure: str, values: Sequence[float], spreads: Sequence[float] | None = None
) -> bytes:
    """Draw the figures of the best 40 as dots. Figures are often close together, which bars from 0 would hide. Figures
    that are far worse than most have no dot. For the arguments see :func:`artifacts`.
    """
    shown, spread = np.array(values[:MOST], dtype=np.float64), _spread(values[:MOST], spreads)
    count, close = len(shown), _near(shown)
    labels = tuple(shortened(name, 40) for name in names[:count])
    y = Scale("", (count - 0.5, -0.5), tuple(float(k) for k in range(count)), labels, LETTERS)
    x = linear(_labelled(figure, spreads), around(_ends(shown, spread)[close]), 7)
    height = TOP + LINE * count + x.margin(upright=False)
    words = [_written(*pair) for pair in zip(shown.tolist(), spread.tolist(), strict=True)]
    room = max(44.0, *(width_of(word, LETTERS) + 2.0 for word in words))
    axes = Axes(y.margin(upright=True), TOP, WIDTH - RIGHT - room, height - x.margin(upright=False), x, y)
    drawn = []
    lows, highs = axes.across(shown - spread).tolist(), axes.across(shown + spread).tolist()
    positions = zip(axes.across(shown).tolist(), axes.up(np.arange(count)).tolist(), lows, highs, strict=True)
    for (across, up, low, high), inside, written in zip(positions, close.tolist(), words, strict=True):
        if inside and low < high:
            drawn.append(_bar(f"M{pixels(low)} {pixels(up)}H{pixels(high)}", (low, up), (high, up), "v"))
        if inside:
            drawn.append(dot(across, up, 4.0, "steelblue"))
        drawn.append(text(written, axes.right + 5.0, up, LETTERS, "start"))
    title = f"{figure}, best first" if count == len(values) else f"{figure}, the best {count} of {len(values)}"
    return document(WIDTH, height, [frame(axes, title), *drawn])


def against(
    key: str, given: Sequence[Any], figure: str, values: Sequence[float], spreads: Sequence[float] | None = None
) -> bytes:
    """Draw a dot per run or configuration: the figure over the value of a parameter. Configurations with the same value
    stand side by side, best first. Those that are far worse than most are triangles at the edge of the picture.

    Args:
        key: the parameter's key.
        given: [n], the parameter's values.
        figure: name of the figure that ranks.
        values: [n], the figures, best first.
        spreads: [n], their standard deviations over seeds; None for runs.
    """
    x, held = _scale(key, given)
    if not _fit(x.names):
        x = replace(x, turned=True)
    mean, spread = np.array(values, dtype=np.float64), _spread(values, spreads)
    close = _near(mean)
    y = linear(_labelled(figure, spreads), around(_ends(mean, spread)[close]), 8)
    axes = Axes(max(72.0, y.margin(upright=True)), TOP, WIDTH - RIGHT, HEIGHT - x.margin(upright=False), x, y)
    across = axes.across(held)
    if spreads is not None:
        across = _beside(across, axes.right - axes.left)
    edge, height = (axes.bottom, -7.0) if _higher(mean) else (axes.top, 7.0)
    drawn = [triangle(left, edge, height, "steelblue") for left in across[~close].tolist()]
    lows, highs = axes.up(mean - spread)[close].tolist(), axes.up(mean + spread)[close].tolist()
    for left, up, low, high in zip(across[close].tolist(), axes.up(mean)[close].tolist(), lows, highs, strict=True):
        if low > high:
            drawn.append(_bar(f"M{pixels(left)} {pixels(low)}V{pixels(high)}", (left, low), (left, high), "h"))
        drawn.append(dot(left, up, 4.0, "steelblue"))
    return document(WIDTH, HEIGHT, [frame(axes, f"{figure} by {key}"), *drawn])


def parallel(parameters: Mapping[str, Sequence[Any]], figure: str, values: Sequence[float], noun: str = "run") -> bytes:
    """Draw parallel coordinates: a line per run through its parameters to its figure, the darker the better. A line
    that is far worse than most ends at the end of the figure's axis.

    Args:
        parameters: [n] values of each parameter, by key.
        figure: name of the figure that ranks.
        values: [n], the figures, best first.
        noun: what a line stands for.
    """
    count, held = len(values), np.array(values, dtype=np.float64)
    scales = [_scale(key, given) for key, given in parameters.items()]
    last = linear(figure, around(held[_near(held)]), 8)
    scales.append((last, np.clip(held, *last.ends)))
    gap = max(130.0, (WIDTH - 160.0) / (len(scales) - 1))
    width = 160.0 + gap * (len(scales) - 1)
    positions = [90.0 + gap * index for index in range(len(scales))]
    all_axes = [
        Axes(left, TOP + 10.0, left + 1.0, HEIGHT - 30.0, last, scale)
        for left, (scale, _) in zip(positions, scales, strict=True)
    ]
    ups = np.stack([axes.up(held) for axes, (_, held) in zip(all_axes, scales, strict=True)], axis=1)
    drawn = []
    for rank in range(count - 1, -1, -1):  # the best on top
        level = 240 - 180 * rank // max(count - 1, 1)
        drawn.append(line(np.array(positions), ups[rank], Stroke(shade(level), 1.0 if rank else 2.5)))
    for left, axes, (scale, _) in zip(positions, all_axes, scales, strict=True):
        top, bottom = pixels(axes.top), pixels(axes.bottom)
        drawn.append(f'<path d="M{pixels(left)} {top}V{bottom}" stroke="black"/>')
        for up, name in zip(axes.up(np.array(scale.ticks)).tolist(), scale.names, strict=True):
            room = width_of(name, LETTERS)
            box = f'x="{pixels(left - 7.0 - room)}" y="{pixels(up - 0.6 * LETTERS)}" height="{pixels(1.2 * LETTERS)}"'
            drawn.append(f'<rect {box} width="{pixels(room + 2.0)}" fill="white" fill-opacity="0.8"/>')
            drawn.append(text(name, left - 6.0, up, LETTERS, "end"))
        drawn.append(text(shortened(scale.label, 22), left, HEIGHT - 14.0))
    drawn.append(text(counted(count, noun), width / 2, 16.0, 16.5))
    return document(width, HEIGHT, drawn)


def _fit(names: Sequence[str]) -> bool:
    """Return whether names fit side by side below a picture."""
    return sum(width_of(name, LETTERS) + LETTERS for name in names) < WIDTH - 72.0 - RIGHT


def _labelled(figure: str, spreads: Sequence[float] | None) -> str:
    return figure if spreads is None else f"{figure}, mean ± sd over seeds"


def _spread(values: Sequence[float], spreads: Sequence[float] | None) -> Array:
    """Return the standard deviations [n], NaN where they are missing or infinite."""
    spread = np.full(len(values), np.nan) if spreads is None else np.array(spreads[: len(values)], dtype=np.float64)
    spread[~np.isfinite(spread)] = np.nan
    return spread


def _ends(values: Array, spread: Array) -> Array:
    """Return the ends of the error bars [n, 2] of values [n], for which an axis must have room."""
    free = np.nan_to_num(spread)
    return np.stack([values - free, values + free], axis=1)


def _higher(values: Array) -> bool:
    """Return whether larger values are better, from values [n] that are given best first."""
    return bool(values[0] > values[-1])


def _near(values: Array) -> Array:
    return near(values, _higher(values))


def _written(value: float, spread: float) -> str:
    return f"{value:.4f}" if np.isnan(spread) else f"{value:.4f} ± {spread:.4f}"


def _bar(path: str, start: tuple[float, float], end: tuple[float, float], cap: str) -> str:
    """Return an error bar with a cap at both ends.

    Args:
        path: the bar, as commands of an SVG path.
        start: one end of the bar, in pixels.
        end: the other end.
        cap: command that draws a cap: ``h`` (horizontal) or ``v`` (vertical).
    """
    caps = "".join(
        f"M{pixels(x - CAP * (cap == 'h'))} {pixels(y - CAP * (cap == 'v'))}{cap}{2 * CAP:g}" for x, y in (start, end)
    )
    return f'<path d="{path}{caps}" fill="none" stroke="steelblue" stroke-width="1.5"/>'


def _beside(across: Array, room: float) -> Array:
    """Return positions [n] in pixels, where equal positions are spread evenly over a part of the free space between
    different ones.

    Args:
        across: [n], positions in pixels, of which some may be equal.
        room: free space in pixels if all are equal.
    """
    distinct, which, counts = np.unique(across, return_inverse=True, return_counts=True)
    free = 0.7 * (float(np.diff(distinct).min()) if len(distinct) > 1 else room)
    moved = across.copy()
    for index, count in enumerate(counts.tolist()):
        moved[which == index] += (np.arange(count) - (count - 1) / 2) * min(BESIDE, free / count)
    return moved


def _scale(key: str, given: Sequence[Any]) -> tuple[Scale, Array]:
    """Return the axis of a parameter, and the coordinate [n] of each run on it. At most 12 different numbers whose
    names fit, and values that are not numbers, stand side by side. Other numbers are on a continuous axis, which is
    logarithmic if they are positive and the largest is more than 100 times the smallest.
    """
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in given)
    distinct = sorted(set(given)) if numbers else list(dict.fromkeys(map(str, given)))
    words = tuple(f"{value:g}" if numbers else shortened(str(value), 16) for value in distinct)
    if numbers and (len(distinct) > LEVELS or not _fit(words)):
        held = np.array(given, dtype=np.float64)
        if held.min() > 0.0 and held.max() > 100.0 * held.min():
            low, high = around(np.log10(held))
            decades = range(int(np.ceil(low)), int(np.floor(high)) + 1)
            names = tuple(f"{10.0**power:g}" for power in decades)
            return Scale(key, (low, high), tuple(float(power) for power in decades), names), np.log10(held)
        return linear(key, around(held), 8), held
    positions = {value: float(index) for index, value in enumerate(distinct)}
    held = np.array([positions[value if numbers else str(value)] for value in given])
    return Scale(key, (-0.5, len(distinct) - 0.5), tuple(positions.values()), words, LETTERS), held
