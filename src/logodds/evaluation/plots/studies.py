"""Pictures of a search: the history of its trials' values, and the importance of its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from logodds.evaluation.plots.axes import TOP, Axes, frame
from logodds.evaluation.plots.legend import Legend
from logodds.evaluation.plots.scale import Scale, around, linear, near
from logodds.evaluation.plots.svg import Stroke, document, dot, pixels, text, triangle
from logodds.system.arrays import Array
from logodds.system.errors import counted
from logodds.system.terminal.text import shortened

WIDTH, HEIGHT, RIGHT = 640.0, 420.0, 19.0  # pixels
LINE, LETTERS = 26.0, 12.5  # pixels: height of a bar's line, and size of its letters
TRIAL, ENDED, BEST = Stroke("steelblue", 0.0, dot=4.0), Stroke("#b8b8b8", 0.0, dot=3.0), Stroke("#d62728")


def artifacts(
    figure: str,
    maximize: bool,
    values: Sequence[float | None],
    pruned: Sequence[bool],
    shares: Mapping[str, float] | None,
) -> dict[str, bytes]:
    """Return the pictures of the search's record by path.

    Args:
        figure: name of the figure by which trials are judged.
        maximize: whether a larger value is better.
        values: [n], value of each trial, by trial number; None for a trial without a value.
        pruned: [n], whether each trial was stopped early.
        shares: importance of each parameter; None if unknown.
    """
    files = {}
    if any(value is not None for value in values):
        files["history.svg"] = history(figure, maximize, values, pruned)
    if shares is not None:
        files["importance.svg"] = importance(figure, shares)
    return files


def history(figure: str, maximize: bool, values: Sequence[float | None], pruned: Sequence[bool]) -> bytes:
    """Draw a dot per trial, pale if it was stopped early, and a line at the best value so far. Values that are far
    worse than most are triangles at the edge of the picture. For the arguments see :func:`artifacts`.
    """
    held = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    early, close, numbers = np.array(pruned, dtype=np.bool_), near(held, maximize), np.arange(len(values))
    x = linear("trial", around(np.array([0.0, len(held) - 1.0]), 0.5), 8, whole=True)
    y = linear(figure, around(held[close]), 8)
    axes = Axes(max(72.0, y.margin(upright=True)), TOP, WIDTH - RIGHT, HEIGHT - x.margin(upright=False), x, y)
    edge, height = (axes.bottom, -7.0) if maximize else (axes.top, 7.0)
    drawn = []
    for kind, stroke in ((early, ENDED), (~early, TRIAL)):
        drawn.append(_dots(axes, numbers[kind & close], held[kind & close], stroke))
        beyond = axes.across(numbers[kind & ~close & ~np.isnan(held)]).tolist()
        drawn += [triangle(across, edge, height, stroke.colour) for across in beyond]
    entries = [("trial", TRIAL), *([("pruned", ENDED)] if early.any() else [])]
    ranked = np.where(~early & close, -held if maximize else held, np.nan)
    if not np.isnan(ranked).all():
        entries.append(("best so far", BEST))
        best, steps = [int(np.nanargmin(ranked))], np.repeat(np.fmin.accumulate(ranked), 2)
        along = np.append(np.repeat(numbers, 2)[1:], numbers[-1:])
        drawn.append(axes.line(along, -steps if maximize else steps, BEST))
        drawn.append(_dots(axes, numbers[best], held[best], Stroke(BEST.colour, dot=5.0)))
    legend = Legend(entries, LETTERS)
    corner = legend.freest(axes, numbers, np.clip(held, *axes.y.ends))
    title = f"{figure} of {counted(len(held), 'trial')}"
    return document(WIDTH, HEIGHT, [frame(axes, title), *drawn, legend.drawn(axes, corner)])


def importance(figure: str, shares: Mapping[str, float]) -> bytes:
    """Draw a bar per parameter, the longest on top."""
    names = sorted(shares, key=lambda name: -shares[name])
    count = len(names)
    held = np.array([shares[name] for name in names])
    positions = np.arange(count)
    labels = tuple(shortened(name, 40) for name in names)
    y = Scale("", (count - 0.5, -0.5), tuple(positions.tolist()), labels, LETTERS)
    x = linear("share of the differences that it explains", (0.0, max(1.05 * float(held.max()), 0.05)), 6)
    height = TOP + LINE * count + x.margin(upright=False)
    axes = Axes(y.margin(upright=True), TOP, WIDTH - RIGHT - 36.0, height - x.margin(upright=False), x, y)
    drawn = []
    for right, up, share in zip(axes.across(held).tolist(), axes.up(positions).tolist(), held.tolist(), strict=True):
        box = f'x="{pixels(axes.left)}" y="{pixels(up - 0.3 * LINE)}" height="{pixels(0.6 * LINE)}"'
        drawn.append(f'<rect {box} width="{pixels(right - axes.left)}" fill="steelblue"/>')
        drawn.append(text(f"{share:.0%}", axes.right + 5.0, up, LETTERS, "start"))
    return document(WIDTH, height, [frame(axes, f"What matters for {figure}"), *drawn])


def _dots(axes: Axes, x: Array, y: Array, stroke: Stroke) -> str:
    positions = zip(axes.across(x).tolist(), axes.up(y).tolist(), strict=True)
    return "\n".join(dot(across, up, stroke.dot, stroke.colour) for across, up in positions)
