"""Figures of calls from confusion matrices [..., C, C] of any number of models and classes: actual rows, predicted
columns. Figures of each class are [..., C], the others [...]."""

from __future__ import annotations

import numpy as np

from logodds.evaluation.metrics.binary import ratio
from logodds.system.arrays import Array


def _diagonal(matrix: Array) -> Array:
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def accuracy(matrix: Array) -> Array:
    """Share of the rows whose class was called."""
    return ratio(_diagonal(matrix).sum(axis=-1), matrix.sum(axis=(-2, -1)))


def precision(matrix: Array) -> Array:
    """Of the rows called to be of a class, the share that is; 0 where none is called so."""
    return ratio(_diagonal(matrix), matrix.sum(axis=-2))


def recall(matrix: Array) -> Array:
    """Of a class's rows, the share called so; 0 for a class without rows."""
    return ratio(_diagonal(matrix), matrix.sum(axis=-1))


def f1(matrix: Array) -> Array:
    """Harmonic mean of a class's precision and recall; 0 where neither a row nor a call is of the class."""
    return ratio(2 * _diagonal(matrix), matrix.sum(axis=-1) + matrix.sum(axis=-2))


def balanced_accuracy(matrix: Array) -> Array:
    """Mean recall of the classes that have rows."""
    present = matrix.sum(axis=-1) > 0
    return ratio(recall(matrix).sum(axis=-1), present.sum(axis=-1))


def mcc(matrix: Array) -> Array:
    """Matthews correlation coefficient, for many classes as in Gorodkin 2004; 0 where either side is constant."""
    actual, called = matrix.sum(axis=-1, dtype=np.float64), matrix.sum(axis=-2, dtype=np.float64)
    rows = actual.sum(axis=-1)
    together = _diagonal(matrix).sum(axis=-1) * rows - (actual * called).sum(axis=-1)
    spread = (rows**2 - (called**2).sum(axis=-1)) * (rows**2 - (actual**2).sum(axis=-1))
    return ratio(together, np.sqrt(spread))


def largest_confusions(matrix: Array, most: int) -> list[tuple[int, int, int]]:
    """The commonest mistakes of one matrix [C, C] as (actual, predicted, rows), the largest first."""
    wrong = np.array(matrix)
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = [(int(cell) // len(wrong), int(cell) % len(wrong)) for cell in order]
    return [(i, j, int(wrong[i, j])) for i, j in pairs if wrong[i, j] > 0]
