"""How figures of calls and of rankings are computed for K models at once, of two classes and of many."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from logodds.evaluation.metrics import binary, curves, multiclass
from logodds.system.arrays import Array


def log_loss(logits: Array, target: Array) -> Array:
    """The mean log loss [K] of log-odds [K, n] or logits [K, n, C]."""
    return binary.log_loss(logits, target) if logits.ndim == 2 else multiclass.log_loss(logits, target)


def of_calls(
    of_two: Callable[[binary.Counts], Array],
    of_many: Callable[[Array], Array],
    logits: Array,
    target: Array,
    threshold: float,
) -> Array:
    """A figure [K] of the classes that are called: by the threshold of two, by the largest logit of many.

    Args:
        of_two: the figure from the counts of two classes.
        of_many: the figure from confusion matrices [K, C, C].
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
    """A figure [K] of the order of rows: by the log-odds of two classes; of many the mean over each class's softmax
    against the rest, for which it is defined.

    Args:
        of_two: the figure from log-odds, targets and weights of rows.
        of_classes: the figure of each class from probabilities.
    """

    def mean(part: Array, own: Array) -> Array:
        return curves.mean_of_defined(of_classes(multiclass.softmax(part), own))

    if logits.ndim == 2:
        return of_two(logits, target, np.ones(len(logits)))
    return multiclass.by_blocks(mean, logits, target)
