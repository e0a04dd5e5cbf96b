"""The legend of a picture, in a box in a corner of its axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logodds.evaluation.plots.axes import Axes
from logodds.evaluation.plots.svg import SIZE, Stroke, dot, pixels, text, width_of
from logodds.system.arrays import Array

CORNERS = ("upper right", "upper left", "lower left", "lower right")


@dataclass(frozen=True)
class Legend:
    """A legend.

    Attributes:
        entries: labels with the strokes that they explain.
        size: size of letters in pixels.
        title: a title; empty for none.
    """

    entries: Sequence[tuple[str, Stroke]]
    size: float = SIZE
    title: str = ""

    def box(self, axes: Axes, corner: str) -> tuple[float, float, float, float]:
        """Return the left edge, upper edge, width and height of the box, in pixels. A label starts three letter sizes
        from the left edge and ends half a letter size from the right edge.
        """
        words = max(3.5 * self.size + width_of(label, self.size) for label, _ in self.entries)
        width = max(words, self.size + width_of(self.title, self.size))
        height = self.size * (1.4 * (len(self.entries) + bool(self.title)) + 0.5)
        left = axes.right - width - 0.5 * self.size if "right" in corner else axes.left + 0.5 * self.size
        upper = axes.bottom - height - 0.5 * self.size if "lower" in corner else axes.top + 0.5 * self.size
        return left, upper, width, height

    def freest(self, axes: Axes, x: Array, y: Array) -> str:
        """Return the corner in which the box hides the fewest of the points with values x [n] and y [n]."""
        across, up = axes.across(x), axes.up(y)

        def hidden(corner: str) -> int:
            left, upper, width, height = self.box(axes, corner)
            beside = (across > left) & (across < left + width)
            return int((beside & (up > upper) & (up < upper + height)).sum())

        return min(CORNERS, key=hidden)

    def drawn(self, axes: Axes, corner: str) -> str:
        """Return the SVG of the box and its content."""
        left, upper, width, height = self.box(axes, corner)
        edges = f'x="{pixels(left)}" y="{pixels(upper)}" width="{pixels(width)}" height="{pixels(height)}"'
        elements = [f'<rect {edges} rx="3" fill="white" fill-opacity="0.8" stroke="#cccccc"/>']
        size, y = self.size, upper + 0.95 * self.size
        if self.title:
            elements.append(text(self.title, left + width / 2, y, size))
            y += 1.4 * size
        for label, stroke in self.entries:
            x = left + 0.5 * size
            elements.append(f'<path d="M{pixels(x)} {pixels(y)}h{2 * size:g}" {stroke.attributes()}/>')
            if stroke.dot:
                elements.append(dot(x + size, y, stroke.dot, stroke.colour))
            elements.append(text(label, x + 2.5 * size, y, size, "start"))
            y += 1.4 * size
        return "\n".join(elements)
