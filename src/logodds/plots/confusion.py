"""The confusion matrix as a picture, of two classes or of many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from logodds.metrics.binary import Array
from logodds.names import shortened
from logodds.plots.canvas import SIZE, canvas, png

FEW = 5  # classes with room for shares beside counts
MOST = 30  # classes with room for counts
NAMED = 60  # classes with room for their names
CELL = 0.38  # inches


def confusion_matrix(confusion: Sequence[Sequence[int]], classes: Sequence[str], part: str) -> bytes:
    """Counts in a grid of actual rows and predicted columns, shaded by the share of the actual class.

    Few classes have the share in the cell too; of more than 30 the shades are all there is room for.
    """
    matrix, count = np.array(confusion), len(classes)
    side = min(CELL * count, 12.0)
    size = (side + 3.0, side + 1.8) if count > FEW else (SIZE if count == 2 else (6.4, 5.4))
    figure, axes = canvas(f"Confusion matrix ({part})", "Predicted", "Actual", size, fitted=count > 2)
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0)
    _name(axes, classes)
    if count > FEW:
        figure.colorbar(image, ax=axes, label="Share of the actual class", shrink=0.7, aspect=30)
    if count <= MOST:
        _write(axes, matrix, share)
    return png(figure)


def _name(axes: Axes, classes: Sequence[str]) -> None:
    count = len(classes)
    if count == 2:
        names = [shortened(name, 24) for name in classes]
        axes.set_xticks(range(2), names)
        axes.set_yticks(range(2), names, rotation=90, va="center")
        return
    places = range(0, count, -(-count // NAMED))
    names = [shortened(classes[place], 16) for place in places]
    size = 10 if count <= FEW else 8
    upright = max(len(name) for name in names) * count > 60  # side by side they would run into each other
    axes.set_xticks(places, names, fontsize=size, rotation=90 if upright else 0)
    axes.set_yticks(places, names, fontsize=size)


def _write(axes: Axes, matrix: Array, share: Array) -> None:
    count = len(matrix)
    digits = len(str(matrix.max()))
    size = 10.0 if count <= FEW else min(9.0, 72.0 * CELL * 0.9 / (0.62 * digits))  # a digit is 0.62 of it wide
    for row in range(count):
        for column in range(count):
            rows, part = matrix[row, column], share[row, column]
            if count > FEW and rows == 0:
                continue  # what is there is then easier to see
            text = f"{rows}\n{part:.1%}" if count <= FEW else str(rows)
            colour = "white" if part > 0.6 else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)
    if count > FEW:
        edges = np.arange(1, count) - 0.5
        axes.set_xticks(edges, minor=True)
        axes.set_yticks(edges, minor=True)
        axes.grid(which="minor", color="gainsboro", linewidth=0.5)
        axes.tick_params(which="minor", length=0)
