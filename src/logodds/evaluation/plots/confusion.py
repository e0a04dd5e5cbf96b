"""A picture of the confusion matrix of two or more classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logodds.evaluation.plots.axes import TOP, Axes, frame
from logodds.evaluation.plots.colours import BLUES, LEVELS, shade
from logodds.evaluation.plots.scale import GAP, TICK, Scale, linear
from logodds.evaluation.plots.svg import SIZE, document, pixels, text, width_of
from logodds.system.arrays import Array
from logodds.system.terminal.text import shortened

FEW = 5  # up to this many classes, cells show shares beside counts
MOST = 30  # up to this many classes, cells show counts
NAMED = 60  # up to this many classes, every class is named
SIDE = (338.0, 400.0)  # pixels: side of the matrix of two classes, and of 3 to 5
CELL, LARGEST = 38.0, 1200.0  # pixels: side of a cell, and largest side of the matrix, of more classes
LEAST = 480.0  # pixels: least width of the picture
BAR = 16.0  # pixels: width of the colour bar


def confusion_matrix(confusion: Sequence[Sequence[int]], classes: Sequence[str], part: str) -> bytes:
    """Draw counts in a grid with a row per actual class and a column per predicted class. A cell is shaded by its share
    of the rows of the actual class.

    With up to 5 classes a cell also shows the share; with more than 30 it only has its shade.

    Args:
        confusion: [C][C] counts, ``[actual][predicted]``.
        classes: names of the C classes.
        part: name of the part of the rows, for the title.
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
    names = tuple(shortened(classes[index], 24 if count == 2 else 16) for index in ticks)
    size = SIZE if count <= FEW else 11.0
    longest = max(width_of(name) for name in names) / SIZE  # in units of the letter size
    if count == 2:
        size = min(size, 0.95 * cell / longest)
    upright = longest * size > 0.95 * cell * step  # side by side the names would overlap
    x = Scale("Predicted", (-0.5, count - 0.5), ticks, names, size, turned=upright)
    return x, Scale("Actual", (count - 0.5, -0.5), ticks, names, size, turned=count == 2)


def _shades(axes: Axes, share: Array) -> str:
    """Return the shaded cells, with one path per shade, in coordinates in which a cell has side one."""
    levels = np.minimum(LEVELS * share, LEVELS - 1).astype(int)
    rows, columns = levels.nonzero()
    paths: dict[int, list[str]] = {}
    for level, row, column in zip(levels[rows, columns].tolist(), rows.tolist(), columns.tolist(), strict=True):
        paths.setdefault(level, []).append(f"M{column} {row}h1v1h-1z")
    count = len(share)
    scale = (axes.right - axes.left) / count
    placement = f"translate({pixels(axes.left)} {pixels(axes.top)}) scale({scale:.6g})"
    cells = "".join(f'\n<path d="{"".join(path)}" fill="{shade(level)}"/>' for level, path in paths.items())
    ground = f'<rect width="{count}" height="{count}" fill="{shade(0)}"/>'
    return f'<g transform="{placement}" shape-rendering="crispEdges">{ground}{cells}\n</g>'


def _counts(axes: Axes, matrix: Array, share: Array) -> list[str]:
    few = len(matrix) <= FEW
    across, up = axes.across(np.arange(len(matrix))).tolist(), axes.up(np.arange(len(matrix))).tolist()
    size = SIZE if few else min(12.5, 0.9 * CELL / width_of(str(matrix.max()), 1.0))
    elements = []
    for row, column in np.argwhere((matrix > 0) | few).tolist():  # cells with rows stand out between empty ones
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
    """Return the colour bar beside the matrix."""
    height = 0.7 * (axes.bottom - axes.top)
    left, top = axes.right + 3 * GAP, (axes.top + axes.bottom - height) / 2
    stops = [f'<stop offset="{index / (len(BLUES) - 1):g}" stop-color="{blue}"/>' for index, blue in enumerate(BLUES)]
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
