"""What a model of one or two features has learned, over the features' raw values."""

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
NAMED = 10  # classes with room in a legend
SMALLEST = 1e-300  # probability that still has a logarithm


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
    """The probability of the positive class over one feature, the rows at 0 and 1 by class, and where the threshold is
    crossed.

    Args:
        grid: [m] rising values of the feature.
        probability: [m] of the positive class there.
        points: [n] the rows' values.
        target: [n] of 0 and 1.
        feature: its name.
        classes: (negative, positive).
        threshold: probability from which a row is called positive.
        part: whose rows they are.
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
        told = ", ".join(f"{place:.4g}" for place in crossings[:3]) + (", …" if len(crossings) > 3 else "")
        axes.plot(
            crossings, [threshold] * len(crossings), marker="o", linestyle="--", color="firebrick", zorder=4,
            label=f"threshold {threshold:g} at {told}",
        )  # fmt: skip
        axes.vlines(crossings, -0.06, threshold, color="firebrick", linestyle="--", linewidth=1.2)
    axes.set(xlim=(grid[0], grid[-1]), ylim=(-0.06, 1.06))
    axes.grid(alpha=0.3)
    legend = figure.legend(loc="outside lower center", ncols=2, frameon=False)
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)  # a lone point as clear as many on top of each other
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
    """What is predicted over two features, with the rows by class: of two classes the probability of the positive one
    and the line where the threshold is crossed, of many the region of each.

    Args:
        x: [w] rising values of the first feature.
        y: [h] rising values of the second.
        probability: [h, w] of the positive class of two, or [h, w, C] of many classes.
        points: [n, 2] the rows' values of both.
        target: [n], the index of each row's class.
        features: their names.
        classes: C names; of two (negative, positive).
        threshold: probability from which a row of two classes is called positive.
        part: whose rows they are.
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
    """Where the broken line through the points goes through the threshold."""
    above = probability >= threshold
    left = np.flatnonzero(above[1:] != above[:-1])
    share = (threshold - probability[left]) / (probability[left + 1] - probability[left])
    return [float(place) for place in grid[left] + share * (grid[left + 1] - grid[left])]


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
    # Differences of logarithms, not of probabilities: of a linear model the lines are then straight.
    logs = np.log(np.maximum(probability, SMALLEST))
    for label, colour in enumerate(of_classes(logs.shape[-1])):
        margin = logs[..., label] - np.delete(logs, label, axis=-1).max(axis=-1)
        if margin.max() < 0.0:
            continue  # nowhere predicted
        axes.contourf(x, y, margin, levels=[0.0, margin.max() + 1.0], colors=[pale(colour)])
        if margin.min() < 0.0:
            axes.contour(x, y, margin, levels=[0.0], colors="black", linewidths=1.0)
