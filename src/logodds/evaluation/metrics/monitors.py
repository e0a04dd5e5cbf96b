"""Compute monitored figures of K models at once, from logits of two classes or of many."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from logodds.evaluation.metrics import binary, curves, multiclass
from logodds.system.arrays import Array


def log_loss(logits: Array, target: Array) -> Array:
    """Return the mean log loss [K], from log-odds [K, n] or logits [K, n, C]."""
    return binary.log_loss(logits, target) if logits.ndim == 2 else multiclass.log_loss(logits, target)


def of_calls(
    of_two: Callable[[binary.Counts], Array],
    of_many: Callable[[Array], Array],
    logits: Array,
    target: Array,
    threshold: float,
) -> Array:
    """Return a figure [K] of predicted classes. With two classes the threshold decides, with many the largest logit.

    Args:
        of_two: function that computes the figure from the counts of two classes.
        of_many: function that computes the figure from confusion matrices [K, C, C].
        logits: log-odds [K, n] of the positive class of two, or logits [K, n, C] of many.
        target: [n], the index of each row's class.
        threshold: probability from which a row is predicted to be positive, with two classes.
    """
    if logits.ndim == 2:
        return of_two(binary.counts(logits, target, threshold))
    return multiclass.by_blocks(lambda part, own: of_many(multiclass.confusion(part, own)), logits, target)


def of_rankings(
    of_two: Callable[[Array, Array, Array], Array],
    of_classes: Callable[[Array, Array], Array],
    logits: Array,
    target: Array,
) -> Array:
    """Return a figure [K] of how models rank the rows. With two classes, rows are ranked by their log-odds. With many,
    they are ranked by the softmax probability of each class against the rest, and the figure is the mean over the
    classes for which it is defined.

    Args:
        of_two: function that computes the figure from log-odds [K, n], targets [n] and the positive class of each
            ranking [K].
        of_classes: function that computes the figure of each class [K, C] from probabilities [K, n, C] and targets [n].
        logits: log-odds [K, n] of the positive class of two, or logits [K, n, C] of many.
        target: [n], the index of each row's class.
    """

    def mean(part: Array, own: Array) -> Array:
        return curves.mean_of_defined(of_classes(multiclass.softmax(part), own))

    if logits.ndim == 2:
        return of_two(logits, target, np.ones(len(logits)))
    return multiclass.by_blocks(mean, logits, target)
