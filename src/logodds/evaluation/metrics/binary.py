"""Figures of two classes from log-odds [K, n] of K models at once and targets [n] of 0 and 1: each gives [K].

Names and definitions are scikit-learn's, and the tests hold each equal to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from logodds.system.arrays import Array


def sigmoid(logits: Array) -> Array:
    """Probability of the positive class, without overflow for any finite logit."""
    return np.exp(-np.logaddexp(0.0, -np.asarray(logits, dtype=np.float64)))


def threshold_logit(threshold: float) -> float:
    """The logit at a probability threshold in [0, 1]; rows at or above it are called positive."""
    if 0.0 < threshold < 1.0:
        return math.log(threshold) - math.log1p(-threshold)
    return math.inf if threshold > 0.0 else -math.inf


def log_loss(logits: Array, target: Array) -> Array:
    """Mean negative log-likelihood in nats, from logits, so that no probability needs clipping."""
    wide = np.asarray(logits, dtype=np.float64)
    # The same as logaddexp(0, logit), of which numpy has no vector code: five times its speed on many rows.
    with np.errstate(invalid="ignore"):  # a diverged model's logits may be infinite; its loss is then NaN
        rows = np.maximum(wide, 0.0) + np.log1p(np.exp(-np.abs(wide)))
        rows -= target * wide
    found: Array = np.add.reduce(rows, axis=-1) / rows.shape[-1]
    return found


@dataclass(frozen=True)
class Counts:
    """The confusion matrix of K models, [K] each: true or false, positive or negative."""

    tn: Array
    fp: Array
    fn: Array
    tp: Array

    def matrix(self) -> Array:
        """[K, 2, 2]: actual rows, predicted columns."""
        return np.stack([self.tn, self.fp, self.fn, self.tp], axis=-1).reshape(-1, 2, 2)


def counts(logits: Array, target: Array, threshold: float) -> Counts:
    """Confusion matrices of logits [K, n] against targets [n]."""
    called = logits >= threshold_logit(threshold)
    actual = target == 1
    positives = int(np.count_nonzero(actual))
    tp = np.add.reduce(called & actual, axis=-1, dtype=np.int64)
    fp = np.add.reduce(called, axis=-1, dtype=np.int64) - tp
    return Counts(tn=len(target) - positives - fp, fp=fp, fn=positives - tp, tp=tp)


def ratio(numerator: Array, denominator: Array) -> Array:
    """Division in which 0 / 0 is 0 (scikit-learn's ``zero_division=0``)."""
    found: Array = np.divide(numerator, denominator, out=np.zeros(np.shape(denominator)), where=denominator > 0)
    return found


def accuracy(found: Counts) -> Array:
    """Share of the rows whose class was called."""
    return ratio(found.tp + found.tn, found.tp + found.tn + found.fp + found.fn)


def precision(found: Counts) -> Array:
    """Share of positives among the rows called positive."""
    return ratio(found.tp, found.tp + found.fp)


def recall(found: Counts) -> Array:
    """Share of the positives that were called so."""
    return ratio(found.tp, found.tp + found.fn)


def f1(found: Counts) -> Array:
    """Harmonic mean of precision and recall."""
    return ratio(2 * found.tp, 2 * found.tp + found.fp + found.fn)
