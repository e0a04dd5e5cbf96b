"""Figures of predicted classes, from confusion matrices [..., C, C] of any number of models and classes.

A matrix has a row per actual class and a column per predicted class. Figures of each class have shape [..., C], others
have shape [...].
"""

from __future__ import annotations

import numpy as np

from logodds.evaluation.metrics.binary import ratio
from logodds.system.arrays import Array


def _diagonal(matrix: Array) -> Array:
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def accuracy(matrix: Array) -> Array:
    """Return the share of rows whose class was predicted rightly."""
    return ratio(_diagonal(matrix).sum(axis=-1), matrix.sum(axis=(-2, -1)))


def precision(matrix: Array) -> Array:
    """Return each class's share of the rows that were predicted to be of it; 0 if it was never predicted."""
    return ratio(_diagonal(matrix), matrix.sum(axis=-2))


def recall(matrix: Array) -> Array:
    """Return the share of each class's rows that were predicted to be of it; 0 for a class without rows."""
    return ratio(_diagonal(matrix), matrix.sum(axis=-1))


def f1(matrix: Array) -> Array:
    """Return the harmonic mean of each class's precision and recall; 0 for a class without rows and predictions."""
    return ratio(2 * _diagonal(matrix), matrix.sum(axis=-1) + matrix.sum(axis=-2))


def balanced_accuracy(matrix: Array) -> Array:
    """Return the mean recall of the classes that have rows."""
    present = matrix.sum(axis=-1) > 0
    return ratio(recall(matrix).sum(axis=-1), present.sum(axis=-1))


def mcc(matrix: Array) -> Array:
    """Return the Matthews correlation coefficient, for many classes as defined by Gorodkin (2004). It is 0 if all rows
    have the same actual class or the same predicted class.
    """
    actual, predicted = matrix.sum(axis=-1, dtype=np.float64), matrix.sum(axis=-2, dtype=np.float64)
    rows = actual.sum(axis=-1)
    together = _diagonal(matrix).sum(axis=-1) * rows - (actual * predicted).sum(axis=-1)
    spread = (rows**2 - (predicted**2).sum(axis=-1)) * (rows**2 - (actual**2).sum(axis=-1))
    return ratio(together, np.sqrt(spread))


def largest_confusions(matrix: Array, most: int) -> list[tuple[int, int, int]]:
    """Return the most frequent confusions in one matrix [C, C] as (actual, predicted, number of rows), largest first.

    Args:
        matrix: [C, C].
        most: number of confusions to return at most.
    """
    wrong = np.array(matrix)
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = [(int(cell) // len(wrong), int(cell) % len(wrong)) for cell in order]
    return [(i, j, int(wrong[i, j])) for i, j in pairs if wrong[i, j] > 0]
