"""The look of the lines and dots of runs on a page.

Each of the best runs has a colour of its own, the others are faint. Colours are CSS variables, since the page may be
light or dark; the page's script finds the lines and dots of a run by its index.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from html import escape

import numpy as np

from logodds.evaluation.plots.axes import Axes
from logodds.evaluation.plots.colours import of_classes
from logodds.evaluation.plots.scale import LARGEST, Scale, around
from logodds.evaluation.plots.svg import Stroke, document
from logodds.system.arrays import Array

COLOURED = 10  # runs with a colour of their own
FAINT = Stroke("var(--faint)", 1.0, opacity=0.6)
SIZE = (460.0, 310.0)  # pixels of a chart
HEAD = 12.0  # pixels above the axes: the title is text of the page


def variables(share: float) -> str:
    """Return CSS declarations of the colours, each mixed with a share of white from 0 to 1."""
    declarations = []
    for rank, colour in enumerate(of_classes(COLOURED)):
        mixed = "".join(f"{round(part + share * (255 - part)):02x}" for part in bytes.fromhex(colour[1:]))
        declarations.append(f"--run-{rank}:#{mixed};")
    return "".join(declarations)


def of_run(rank: int) -> Stroke:
    """Return the stroke of one of the best runs by its rank, counted from 0. The second half is dashed."""
    return Stroke(f"var(--run-{rank})", 2.2, dashes="" if rank < COLOURED // 2 else "7 3")


def swatch(rank: int | None) -> str:
    """Return a spot in the run's colour, which stands beside its name; an empty text for runs without a colour."""
    if rank is None or rank >= COLOURED:
        return ""
    return f'<span class="swatch" style="background:var(--run-{rank})"></span>'


def ordered(count: int, best: Sequence[int]) -> list[tuple[int, Stroke]]:
    """Return the indices of all runs with their strokes, in the order in which to draw them: the best run last, on top.

    Args:
        count: number of runs.
        best: indices of the best runs, the best first.
    """
    coloured = {index: of_run(rank) for rank, index in enumerate(best[:COLOURED])}
    faint = [(index, FAINT) for index in range(count) if index not in coloured]
    return faint + list(coloured.items())[::-1]


def thin(stroke: Stroke) -> Stroke:
    return replace(stroke, width=0.7 * stroke.width)


def group(index: int, element: str) -> str:
    """Wrap an element so that the page's script finds it by its run's index."""
    return f'<g data-run="{index}">{element}</g>' if element else ""


def axes(x: Scale, y: Scale, size: tuple[float, float] = SIZE) -> Axes:
    width, height = size
    return Axes(max(64.0, y.margin(upright=True)), HEAD, width - 14.0, height - x.margin(upright=False), x, y)


def ends(values: Sequence[Array], best: Sequence[int]) -> tuple[float, float]:
    """Choose the ends of an axis for the values of all runs, so that one bad run does not flatten the others.

    The axis covers the better three quarters of the ranked runs. Values of the others extend it by at most three
    times this range at either end.

    Args:
        values: for each run, its values [n].
        best: indices of the ranked runs, the best first.
    """
    finite = [curve[np.abs(curve) < LARGEST] for curve in values]
    points = np.concatenate([*finite, np.empty(0)])
    better = np.concatenate([*(finite[index] for index in best[: math.ceil(0.75 * len(best))]), np.empty(0)])
    if not len(better):
        return around(points)
    low, high = float(better.min()), float(better.max())
    free = 3.0 * (high - low)
    return around(np.clip(points, low - free, high + free) if free > 0.0 else points)


def inline(area: Axes, elements: Sequence[str], label: str, name: str, beyond: Sequence[str] = ()) -> str:
    """Return a chart as an SVG element of a page.

    Args:
        elements: SVG elements that are clipped at the edges of the area.
        label: description of the chart for screen readers.
        name: id of the clipping path, unique on the page.
        beyond: SVG elements that are not clipped.
    """
    box = f'x="{area.left:g}" y="{area.top:g}" width="{area.right - area.left:g}" height="{area.bottom - area.top:g}"'
    cut = f'<clipPath id="{name}"><rect {box}/></clipPath><g clip-path="url(#{name})">'
    height = area.bottom + area.x.margin(upright=False)
    return labelled(document(area.right + 14.0, height, [*beyond, cut, *elements, "</g>"]), label)


def labelled(picture: bytes, label: str) -> str:
    return picture.decode().replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
