"""The area of a picture in which values are drawn, and its frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from logodds.evaluation.plots.scale import GAP, TICK, Scale
from logodds.evaluation.plots.svg import SIZE, Stroke, line, pixels, text
from logodds.system.arrays import Array

TITLE = 16.5  # pixels: size of the title's letters
TOP = 34.0  # pixels: room for the title


@dataclass(frozen=True)
class Axes:
    """The area in which values are drawn.

    Attributes:
        left: left edge, in pixels from the upper left corner of the picture, as for the other edges.
        top: upper edge.
        right: right edge.
        bottom: lower edge.
        x: scale of the horizontal axis.
        y: scale of the vertical axis.
    """

    left: float
    top: float
    right: float
    bottom: float
    x: Scale
    y: Scale

    def across(self, values: Array) -> Array:
        """Return the horizontal position of values [n] of the x axis, in pixels."""
        return self.left + _along(self.x, values, self.right - self.left)

    def up(self, values: Array) -> Array:
        """Return the vertical position of values [n] of the y axis, in pixels."""
        return self.bottom - _along(self.y, values, self.bottom - self.top)

    def line(self, x: Array, y: Array, stroke: Stroke) -> str:
        """Return a line through the points with values x [n] and y [n]."""
        return line(self.across(x), self.up(y), stroke)


def _along(scale: Scale, values: Array, length: float) -> Array:
    low, high = scale.ends
    with np.errstate(over="ignore"):  # an infinite position is not drawn
        return (np.asarray(values, dtype=np.float64) - low) * (length / (high - low))


@lru_cache(maxsize=64)  # the pictures of a sweep's runs share most frames
def frame(axes: Axes, title: str, grid: bool = True) -> str:
    """Return the outline of the area with ticks, their names, the axes' labels, the title and, if ``grid``, a grid."""
    left, top, right, bottom = map(pixels, (axes.left, axes.top, axes.right, axes.bottom))
    across, up = axes.across(np.array(axes.x.ticks)).tolist(), axes.up(np.array(axes.y.ticks)).tolist()
    columns, rows = [pixels(x) for x in across], [pixels(y) for y in up]
    elements = []
    if grid:
        lines = [f"M{x} {top}V{bottom}" for x in columns] + [f"M{left} {y}H{right}" for y in rows]
        elements.append(f'<path d="{"".join(lines)}" stroke="#e7e7e7"/>')
    ticks = [f"M{x} {bottom}v{TICK:g}" for x in columns] + [f"M{left} {y}h-{TICK:g}" for y in rows]
    outline = f"M{left} {top}H{right}V{bottom}H{left}z"
    elements.append(f'<path d="{outline}{"".join(ticks)}" fill="none" stroke="black"/>')

    below, beside = axes.bottom + TICK + GAP, axes.left - TICK - GAP
    size, turned = axes.x.size, axes.x.turned
    y, anchor = (below, "end") if turned else (below + size / 2, "middle")
    elements += [text(name, x, y, size, anchor, turned=turned) for x, name in zip(across, axes.x.names, strict=True)]
    size, turned = axes.y.size, axes.y.turned
    x, anchor = (beside - size / 2, "middle") if turned else (beside, "end")
    elements += [text(name, x, y, size, anchor, turned=turned) for y, name in zip(up, axes.y.names, strict=True)]

    middle, height = (axes.left + axes.right) / 2, (axes.top + axes.bottom) / 2
    elements.append(text(axes.x.label, middle, below + axes.x.depth(upright=False) + GAP + SIZE / 2))
    elements.append(text(axes.y.label, beside - axes.y.depth(upright=True) - GAP - SIZE / 2, height, turned=True))
    elements.append(text(title, middle, axes.top - GAP - TITLE / 2, TITLE))
    return "\n".join(elements)
