"""Figures for two classes, of K models at once: from log-odds [K, n] of the positive class and targets [n] of 0 and 1
to figures [K].

Names and definitions are those of scikit-learn, and tests compare every figure with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from logodds.system.arrays import Array


def sigmoid(logits: Array) -> Array:
    """Return the probability of the positive class in float64, without overflow for any finite logit."""
    return np.exp(-np.logaddexp(0.0, -np.asarray(logits, dtype=np.float64)))


def threshold_logit(threshold: float) -> float:
    """Return the logit of a probability threshold in [0, 1]. Rows at or above it are predicted to be positive."""
    if 0.0 < threshold < 1.0:
        return math.log(threshold) - math.log1p(-threshold)
    return math.inf if threshold > 0.0 else -math.inf


def log_loss(logits: Array, target: Array) -> Array:
    """Return the mean negative log-likelihood in nats. It is computed from logits, so no probability needs clipping."""
    wide = np.asarray(logits, dtype=np.float64)
    # Equal to logaddexp(0, logit), for which numpy has no vector code; on many rows this is five times as fast.
    with np.errstate(invalid="ignore"):  # logits of a diverged model may be infinite; its loss is NaN
        rows = np.maximum(wide, 0.0) + np.log1p(np.exp(-np.abs(wide)))
        rows -= target * wide
    means: Array = np.add.reduce(rows, axis=-1) / rows.shape[-1]
    return means


@dataclass(frozen=True)
class Counts:
    """The confusion matrices of K models for two classes. All fields have shape [K].

    Attributes:
        tn: negative rows that were predicted to be negative (true negatives).
        fp: negative rows that were predicted to be positive (false positives).
        fn: positive rows that were predicted to be negative (false negatives).
        tp: positive rows that were predicted to be positive (true positives).
    """

    tn: Array
    fp: Array
    fn: Array
    tp: Array

    def matrix(self) -> Array:
        """Return the matrices [K, 2, 2], with a row per actual class and a column per predicted class."""
        return np.stack([self.tn, self.fp, self.fn, self.tp], axis=-1).reshape(-1, 2, 2)


def counts(logits: Array, target: Array, threshold: float) -> Counts:
    """Return the confusion matrices of logits [K, n] against targets [n], at a probability threshold."""
    predicted = logits >= threshold_logit(threshold)
    actual = target == 1
    positives = int(np.count_nonzero(actual))
    tp = np.add.reduce(predicted & actual, axis=-1, dtype=np.int64)
    fp = np.add.reduce(predicted, axis=-1, dtype=np.int64) - tp
    return Counts(tn=len(target) - positives - fp, fp=fp, fn=positives - tp, tp=tp)


def ratio(numerator: Array, denominator: Array) -> Array:
    """Divide, with 0 / 0 = 0 as with scikit-learn's ``zero_division=0``."""
    quotient: Array = np.divide(numerator, denominator, out=np.zeros(np.shape(denominator)), where=denominator > 0)
    return quotient


def accuracy(cells: Counts) -> Array:
    """Return the share of rows whose class was predicted rightly."""
    return ratio(cells.tp + cells.tn, cells.tp + cells.tn + cells.fp + cells.fn)


def precision(cells: Counts) -> Array:
    """Return the share of positives among the rows that were predicted to be positive."""
    return ratio(cells.tp, cells.tp + cells.fp)


def recall(cells: Counts) -> Array:
    """Return the share of positives that were predicted to be positive."""
    return ratio(cells.tp, cells.tp + cells.fn)


def f1(cells: Counts) -> Array:
    """Return the harmonic mean of precision and recall."""
    return ratio(2 * cells.tp, 2 * cells.tp + cells.fp + cells.fn)
