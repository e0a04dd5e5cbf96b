"""The confusion matrix as a picture, of two classes or of many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logodds.evaluation.plots.axes import TOP, Axes, frame
from logodds.evaluation.plots.colours import BLUES, LEVELS, shade
from logodds.evaluation.plots.scale import GAP, TICK, Scale, linear
from logodds.evaluation.plots.svg import SIZE, document, pixels, text, width_of
from logodds.system.arrays import Array
from logodds.system.terminal.text import shortened

FEW = 5  # classes with room for shares beside counts
MOST = 30  # classes with room for counts
NAMED = 60  # classes with room for their names
SIDE = (338.0, 400.0)  # pixels of the matrix of two and of a few classes
CELL, LARGEST = 38.0, 1200.0  # pixels of a cell, and of the matrix, of more
LEAST = 480.0  # pixels of width
BAR = 16.0  # width of the scale of shades


def confusion_matrix(confusion: Sequence[Sequence[int]], classes: Sequence[str], part: str) -> bytes:
    """Counts in a grid of actual rows and predicted columns, shaded by the share of the actual class.

    Few classes have the share in the cell too; of more than 30 the shades are all there is room for.
    """
    matrix, count = np.array(confusion), len(classes)
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = min(CELL * count, LARGEST) if count > FEW else SIDE[count > 2]
    x, y = _names(classes, side / count)
    bar = linear("Share of the actual class", (0.0, 1.0), 5)
    beside = GAP if count <= FEW else 3 * GAP + BAR + bar.margin(upright=True)
    left = y.margin(upright=True)
    free = max(0.0, LEAST - left - side - beside) / 2
    axes = Axes(left + free, TOP, left + free + side, TOP + side, x, y)
    elements = [_shades(axes, share)]
    if FEW < count <= MOST:
        elements.append(_grid(axes, count))
    if count <= MOST:
        elements += _counts(axes, matrix, share)
    elements.append(frame(axes, f"Confusion matrix ({part})", grid=False))
    if count > FEW:
        elements.append(_bar(axes, bar))
    return document(axes.right + beside + free, axes.bottom + x.margin(upright=False), elements)


def _names(classes: Sequence[str], cell: float) -> tuple[Scale, Scale]:
    count = len(classes)
    step = -(-count // NAMED)
    ticks = tuple(range(0, count, step))
    names = tuple(shortened(classes[place], 24 if count == 2 else 16) for place in ticks)
    size = SIZE if count <= FEW else 11.0
    longest = max(width_of(name) for name in names) / SIZE  # in letters' sizes
    if count == 2:
        size = min(size, 0.95 * cell / longest)
    upright = longest * size > 0.95 * cell * step  # side by side they would run into each other
    x = Scale("Predicted", (-0.5, count - 0.5), ticks, names, size, turned=upright)
    return x, Scale("Actual", (count - 0.5, -0.5), ticks, names, size, turned=count == 2)


def _shades(axes: Axes, share: Array) -> str:
    """The cells, those of one shade as one path, in a system of coordinates in which a cell is of length one."""
    levels = np.minimum(LEVELS * share, LEVELS - 1).astype(int)
    rows, columns = levels.nonzero()
    paths: dict[int, list[str]] = {}
    for level, row, column in zip(levels[rows, columns].tolist(), rows.tolist(), columns.tolist(), strict=True):
        paths.setdefault(level, []).append(f"M{column} {row}h1v1h-1z")
    count = len(share)
    scale = (axes.right - axes.left) / count
    place = f"translate({pixels(axes.left)} {pixels(axes.top)}) scale({scale:.6g})"
    cells = "".join(f'\n<path d="{"".join(path)}" fill="{shade(level)}"/>' for level, path in paths.items())
    ground = f'<rect width="{count}" height="{count}" fill="{shade(0)}"/>'
    return f'<g transform="{place}" shape-rendering="crispEdges">{ground}{cells}\n</g>'


def _counts(axes: Axes, matrix: Array, share: Array) -> list[str]:
    few = len(matrix) <= FEW
    across, up = axes.across(np.arange(len(matrix))).tolist(), axes.up(np.arange(len(matrix))).tolist()
    size = SIZE if few else min(12.5, 0.9 * CELL / width_of(str(matrix.max()), 1.0))
    elements = []
    for row, column in np.argwhere((matrix > 0) | few).tolist():  # what is there is easier to see between empty cells
        x, y, rows, part = across[column], up[row], str(matrix[row, column]), share[row, column]
        fill = "white" if part > 0.6 else ""
        elements.append(text(rows, x, y - 0.6 * size if few else y, size, fill=fill))
        if few:
            elements.append(text(f"{part:.1%}", x, y + 0.6 * size, size, fill=fill))
    return elements


def _grid(axes: Axes, count: int) -> str:
    edges = np.arange(1, count) - 0.5
    lines = [f"M{pixels(x)} {pixels(axes.top)}V{pixels(axes.bottom)}" for x in axes.across(edges).tolist()]
    lines += [f"M{pixels(axes.left)} {pixels(y)}H{pixels(axes.right)}" for y in axes.up(edges).tolist()]
    return f'<path d="{"".join(lines)}" stroke="gainsboro" stroke-width="0.7"/>'


def _bar(axes: Axes, scale: Scale) -> str:
    """The scale of shades beside the matrix."""
    height = 0.7 * (axes.bottom - axes.top)
    left, top = axes.right + 3 * GAP, (axes.top + axes.bottom - height) / 2
    stops = [f'<stop offset="{place / (len(BLUES) - 1):g}" stop-color="{blue}"/>' for place, blue in enumerate(BLUES)]
    box = f'x="{pixels(left)}" y="{pixels(top)}" width="{BAR:g}" height="{pixels(height)}"'
    elements = [
        f'<linearGradient id="blues" x1="0" y1="1" x2="0" y2="0">{"".join(stops)}</linearGradient>',
        f'<rect {box} fill="url(#blues)" stroke="black"/>',
    ]
    for tick, name in zip(scale.ticks, scale.names, strict=True):
        y = top + height * (1.0 - tick)
        elements.append(f'<path d="M{pixels(left + BAR)} {pixels(y)}h{TICK:g}" stroke="black"/>')
        elements.append(text(name, left + BAR + TICK + GAP, y, anchor="start"))
    right = left + BAR + scale.margin(upright=True) - GAP - SIZE / 2
    return "\n".join([*elements, text(scale.label, right, top + height / 2, turned=True)])
