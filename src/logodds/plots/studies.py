"""A search's trials as pictures: how its best value came to be, and which parameters matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from logodds.errors import counted
from logodds.metrics.binary import Array
from logodds.names import shortened
from logodds.plots.axes import TOP, Axes, frame
from logodds.plots.legend import Legend
from logodds.plots.scale import Scale, around, linear
from logodds.plots.svg import Stroke, document, dot, pixels, text

WIDTH, HEIGHT, RIGHT = 640.0, 420.0, 19.0  # pixels
LINE, LETTERS = 26.0, 12.5  # of a bar
FAR = 3.0  # quartile ranges beyond the worse quartile: values there would press the others together
TRIAL, ENDED, BEST = Stroke("steelblue", 0.0, dot=4.0), Stroke("#b8b8b8", 0.0, dot=3.0), Stroke("#d62728")


def artifacts(
    figure: str,
    maximize: bool,
    values: Sequence[float | None],
    pruned: Sequence[bool],
    shares: Mapping[str, float] | None,
) -> dict[str, bytes]:
    """The record's pictures by path: trials [n] in their order with their values (None: it has none) and whether they
    were ended early, and how much each parameter matters (None: unknown)."""
    files = {}
    if any(value is not None for value in values):
        files["history.svg"] = history(figure, maximize, values, pruned)
    if shares is not None:
        files["importance.svg"] = importance(figure, shares)
    return files


def history(figure: str, maximize: bool, values: Sequence[float | None], pruned: Sequence[bool]) -> bytes:
    """A dot per trial, pale where it was ended early, and a line at the best value so far. Values far on the worse side
    are triangles at the picture's edge."""
    held = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    early = np.array(pruned, dtype=np.bool_)
    whole = ~early & ~np.isnan(held)
    sign = -1.0 if maximize else 1.0
    worst = _fence(sign * held[np.isfinite(held)])
    far = sign * held > worst
    x = linear("trial", around(np.array([0.0, len(held) - 1.0]), 0.5), 8, whole=True)
    y = linear(figure, around(held[~far]), 8)
    axes = Axes(max(72.0, y.margin(upright=True)), TOP, WIDTH - RIGHT, HEIGHT - x.margin(upright=False), x, y)
    numbers = np.arange(len(held))
    drawn = [_dots(axes, numbers, held, chosen & ~far, stroke) for chosen, stroke in ((early, ENDED), (whole, TRIAL))]
    edge = axes.top if sign > 0 else axes.bottom
    drawn += [
        _triangle(across, edge, 7.0 * sign, stroke.colour)
        for chosen, stroke in ((early & far, ENDED), (whole & far, TRIAL))
        for across in axes.across(numbers[chosen]).tolist()
    ]
    entries = [("trial", TRIAL)]
    if early.any():
        entries.append(("pruned", ENDED))
    if whole.any():
        entries.append(("best so far", BEST))
        steps = sign * np.fmin.accumulate(np.where(whole, sign * held, np.nan))
        drawn.append(axes.line(np.append(np.repeat(numbers, 2)[1:], numbers[-1:]), np.repeat(steps, 2), BEST))
        best = int(np.nanargmin(np.where(whole, sign * held, np.nan)))
        drawn.append(_dots(axes, numbers, held, numbers == best, Stroke(BEST.colour, dot=5.0)))
    legend = Legend(entries, LETTERS)
    corner = legend.freest(axes, numbers, np.clip(held, *axes.y.ends))
    title = f"{figure} of {counted(len(held), 'trial')}"
    return document(WIDTH, HEIGHT, [frame(axes, title), *drawn, legend.drawn(axes, corner)])


def importance(figure: str, shares: Mapping[str, float]) -> bytes:
    """A bar per parameter, the longest on top."""
    names = sorted(shares, key=lambda name: -shares[name])
    count = len(names)
    held = np.array([shares[name] for name in names])
    places = np.arange(count)
    labels = tuple(shortened(name, 40) for name in names)
    y = Scale("", (count - 0.5, -0.5), tuple(places.tolist()), labels, LETTERS)
    x = linear("share of the differences that it explains", (0.0, max(1.05 * float(held.max()), 0.05)), 6)
    height = TOP + LINE * count + x.margin(upright=False)
    axes = Axes(y.margin(upright=True), TOP, WIDTH - RIGHT - 36.0, height - x.margin(upright=False), x, y)
    drawn = []
    for right, up, share in zip(axes.across(held).tolist(), axes.up(places).tolist(), held.tolist(), strict=True):
        box = f'x="{pixels(axes.left)}" y="{pixels(up - 0.3 * LINE)}" height="{pixels(0.6 * LINE)}"'
        drawn.append(f'<rect {box} width="{pixels(right - axes.left)}" fill="steelblue"/>')
        drawn.append(text(f"{share:.0%}", axes.right + 5.0, up, LETTERS, "start"))
    return document(WIDTH, height, [frame(axes, f"What matters for {figure}"), *drawn])


def _fence(values: Array) -> float:
    """Beyond it are values [n], lower being better, that are far from most (Tukey's outer fence)."""
    lower, upper = np.quantile(values, [0.25, 0.75]) if len(values) else (0.0, 0.0)
    return float(upper + FAR * (upper - lower)) if upper > lower else np.inf


def _dots(axes: Axes, x: Array, y: Array, chosen: Array, stroke: Stroke) -> str:
    places = zip(axes.across(x[chosen]).tolist(), axes.up(y[chosen]).tolist(), strict=True)
    return "\n".join(dot(across, up, stroke.dot, stroke.colour) for across, up in places)


def _triangle(x: float, y: float, height: float, colour: str) -> str:
    """One that points to ``y`` from ``height`` below it."""
    return f'<path d="M{pixels(x)} {pixels(y)}l4 {pixels(height)}h-8z" fill="{colour}"/>'
