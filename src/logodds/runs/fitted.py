"""Pictures of what a model of one or two numeric columns has learned, over the raw values of the columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from logodds.features.features import Features
from logodds.runs.inputs import Inputs
from logodds.serving.package import Package
from logodds.system.arrays import Array

STEPS = 200  # grid points per column
MARGIN = 0.05  # added on either side, as a share of the range
MOST_POINTS = 2000  # rows in a picture; more would hide each other


def artifacts(package: Package, inputs: Inputs) -> dict[str, bytes]:
    """Return a PNG picture by its file name, with the train and validation rows in it.

    The result is empty if the model reads more than two columns or columns that are not numeric, if every row has a
    missing value, or if there are one column and more than two classes.
    """
    names = drawn(inputs.features)
    if not names:
        return {}
    from logodds.evaluation.plots import fitted  # matplotlib: not needed without a tracker

    rows = np.unique(np.concatenate([inputs.split.train, inputs.split.val]))
    rows = rows[:: -(-len(rows) // MOST_POINTS)]
    points = np.stack([inputs.table.columns.column(name).to_numpy()[rows] for name in names], axis=1)
    complete = ~np.isnan(points).any(axis=1)
    if not complete.any():
        return {}
    points, target = points[complete], inputs.table.target[rows[complete]]
    axes = [_axis(values) for values in points.T]
    part = "train and val rows"
    if len(names) == 1:
        if len(package.classes) > 2:
            return {}
        probability = package.probabilities(pa.table({names[0]: axes[0]}))[:, 1]
        data = fitted.sigmoid_fit(
            axes[0], probability, points[:, 0], target, names[0], package.classes, package.threshold, part
        )
        return {"fitted_probability.png": data}
    grid = np.meshgrid(*axes)
    probability = package.probabilities(pa.table({name: axis.ravel() for name, axis in zip(names, grid, strict=True)}))
    shape = grid[0].shape
    surface = probability[:, 1].reshape(shape) if len(package.classes) == 2 else probability.reshape(*shape, -1)
    data = fitted.decision_boundary(
        axes[0], axes[1], surface, points, target, (names[0], names[1]), package.classes, package.threshold, part
    )
    return {"decision_boundary.png": data}


def drawn(features: Features) -> list[str]:
    """Return the raw columns of the picture; none if there is no picture."""
    read = features.inputs()
    return list(read) if len(read) <= 2 and set(read.values()) == {"double"} else []


def _axis(values: Array) -> Array:
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, STEPS)
