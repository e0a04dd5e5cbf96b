"""Pictures of what a model of one or two features has learned, over the features' raw values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from logodds.evaluation.plots.canvas import canvas, pale, png
from logodds.evaluation.plots.colours import of_classes
from logodds.system.arrays import Array
from logodds.system.errors import counted
from logodds.system.terminal.text import shortened

WIDE = (6.4, 4.4)
NAMED = 10  # classes up to which there is a legend
SMALLEST = 1e-300  # lower bound of a probability before its logarithm is taken


def sigmoid_fit(
    grid: Array,
    probability: Array,
    points: Array,
    target: Array,
    feature: str,
    classes: Sequence[str],
    threshold: float,
    part: str,
) -> bytes:
    """Draw the probability of the positive class over one feature, the rows at 0 and 1 by class, and the values of the
    feature where the threshold is crossed.

    Args:
        grid: [m], ascending values of the feature.
        probability: [m], probability of the positive class at these values.
        points: [n], each row's value of the feature.
        target: [n], 1 for a row of the positive class, 0 for another.
        feature: name of the feature.
        classes: names of the classes (negative, positive).
        threshold: probability from which a row is predicted to be positive.
        part: name of the part that the rows are of.

    Returns:
        A PNG file.
    """
    positive = shortened(classes[1], 30)
    figure, axes = canvas(f"Fitted probability ({part})", shortened(feature, 50), f"Probability of {positive}", WIDE)
    for label, colour in enumerate(of_classes(2)):
        chosen = points[target == label]
        axes.scatter(
            chosen, np.full(len(chosen), label), s=28, color=colour, alpha=0.45, linewidth=0, zorder=3,
            label=f"{shortened(classes[label], 24)} ({counted(len(chosen), 'row')})",
        )  # fmt: skip
    axes.plot(grid, probability, color="black", linewidth=1.8, label="fitted probability")
    crossings = _crossings(grid, probability, threshold)
    axes.axhline(threshold, color="grey", linestyle=":", linewidth=1.0)
    if crossings:
        positions = ", ".join(f"{crossing:.4g}" for crossing in crossings[:3]) + (", …" if len(crossings) > 3 else "")
        axes.plot(
            crossings, [threshold] * len(crossings), marker="o", linestyle="--", color="firebrick", zorder=4,
            label=f"threshold {threshold:g} at {positions}",
        )  # fmt: skip
        axes.vlines(crossings, -0.06, threshold, color="firebrick", linestyle="--", linewidth=1.2)
    axes.set(xlim=(grid[0], grid[-1]), ylim=(-0.06, 1.06))
    axes.grid(alpha=0.3)
    legend = figure.legend(loc="outside lower center", ncols=2, frameon=False)
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)  # a single point must be as visible as many on top of each other
    return png(figure)


def decision_boundary(
    x: Array,
    y: Array,
    probability: Array,
    points: Array,
    target: Array,
    features: tuple[str, str],
    classes: Sequence[str],
    threshold: float,
    part: str,
) -> bytes:
    """Draw what is predicted over two features, with the rows by class. With two classes, draw the probability of the
    positive class and the line where the threshold is crossed; with many, the region in which each class is predicted.

    Args:
        x: [w], ascending values of the first feature.
        y: [h], ascending values of the second feature.
        probability: [h, w], probability of the positive class if there are two classes, otherwise [h, w, C].
        points: [n, 2], each row's values of both features.
        target: [n], the index of each row's class.
        features: names of the features.
        classes: names of the C classes; two are (negative, positive).
        threshold: probability from which a row is predicted to be positive, with two classes.
        part: name of the part that the rows are of.

    Returns:
        A PNG file.
    """
    first, second = (shortened(name, 40) for name in features)
    figure, axes = canvas(f"Decision boundary ({part})", first, second, (6.4, 5.4))
    if probability.ndim == 2:
        _probability(figure, axes, x, y, probability, classes[1], threshold)
    else:
        _regions(axes, x, y, probability)
    for label, colour in enumerate(of_classes(len(classes))):
        chosen = points[target == label]
        axes.scatter(
            chosen[:, 0], chosen[:, 1], s=24, color=colour, edgecolor="white", linewidth=0.6, zorder=3,
            label=shortened(classes[label], 24),
        )  # fmt: skip
    axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    if len(classes) <= NAMED:
        figure.legend(loc="outside lower center", ncols=min(len(classes) + (probability.ndim == 2), 5), frameon=False)
    return png(figure)


def _crossings(grid: Array, probability: Array, threshold: float) -> list[float]:
    """Return the values of the feature where the line through the grid's points crosses the threshold."""
    above = probability >= threshold
    left = np.flatnonzero(above[1:] != above[:-1])
    share = (threshold - probability[left]) / (probability[left + 1] - probability[left])
    return [float(crossing) for crossing in grid[left] + share * (grid[left + 1] - grid[left])]


def _probability(
    figure: Figure, axes: Axes, x: Array, y: Array, probability: Array, positive: str, threshold: float
) -> None:
    negative_colour, positive_colour = (pale(colour) for colour in of_classes(2))
    shades = LinearSegmentedColormap.from_list("classes", [negative_colour, (1.0, 1.0, 1.0), positive_colour])
    filled = axes.contourf(x, y, probability, levels=np.linspace(0.0, 1.0, 11), cmap=shades, vmin=0.0, vmax=1.0)
    figure.colorbar(filled, ax=axes, label=f"Probability of {shortened(positive, 30)}", ticks=np.linspace(0, 1, 6))
    if probability.min() < threshold < probability.max():
        axes.contour(x, y, probability, levels=[threshold], colors="black", linewidths=1.6)
        axes.plot([], [], color="black", linewidth=1.6, label=f"threshold {threshold:g}")


def _regions(axes: Axes, x: Array, y: Array, probability: Array) -> None:
    # Differences of logarithms, not of probabilities: the boundaries of a linear model are then straight lines.
    logs = np.log(np.maximum(probability, SMALLEST))
    for label, colour in enumerate(of_classes(logs.shape[-1])):
        margin = logs[..., label] - np.delete(logs, label, axis=-1).max(axis=-1)
        if margin.max() < 0.0:
            continue  # the class is predicted nowhere
        axes.contourf(x, y, margin, levels=[0.0, margin.max() + 1.0], colors=[pale(colour)])
        if margin.min() < 0.0:
            axes.contour(x, y, margin, levels=[0.0], colors="black", linewidths=1.0)
