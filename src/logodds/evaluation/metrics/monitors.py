"""Figures that can be followed from epoch to epoch, of two classes and of many under the same names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from logodds.evaluation.metrics import binary, confusion, curves, multiclass
from logodds.system.arrays import Array


def _loss(logits: Array, target: Array, threshold: float) -> Array:
    return binary.log_loss(logits, target) if logits.ndim == 2 else multiclass.log_loss(logits, target)


def _called(
    of_two: Callable[[binary.Counts], Array], of_many: Callable[[Array], Array]
) -> Callable[[Array, Array, float], Array]:
    """A figure of calls: by the threshold of two classes, by the largest logit of many."""

    def blocked(logits: Array, target: Array) -> Array:
        return of_many(multiclass.confusion(logits, target))

    def figure(logits: Array, target: Array, threshold: float) -> Array:
        if logits.ndim == 2:
            return of_two(binary.counts(logits, target, threshold))
        return multiclass.by_blocks(blocked, logits, target)

    return figure


def _ranked(
    of_rankings: Callable[[Array, Array, Array], Array], of_classes: Callable[[Array, Array], Array]
) -> Callable[[Array, Array, float], Array]:
    """A figure of rankings: by log-odds of two classes, by each class's softmax of many."""

    def blocked(logits: Array, target: Array) -> Array:
        return curves.mean_of_defined(of_classes(multiclass.softmax(logits), target))

    def figure(logits: Array, target: Array, threshold: float) -> Array:
        if logits.ndim == 2:
            return of_rankings(logits, target, np.ones(len(logits)))
        return multiclass.by_blocks(blocked, logits, target)

    return figure


def _macro(figure: Callable[[Array], Array]) -> Callable[[Array], Array]:
    def mean(matrix: Array) -> Array:
        found: Array = figure(matrix).mean(axis=-1)
        return found

    return mean


def _of_matrix(figure: Callable[[Array], Array]) -> Callable[[binary.Counts], Array]:
    return lambda found: figure(found.matrix())


#: By name: (higher is better, f). f takes K models at once, two classes as log-odds [K, n] or many as logits [K, n, C],
#: with targets [n] and the threshold of two classes, and gives [K]. Precision, recall and F1 are those of the positive
#: class, or of many classes the mean over all; ROC-AUC and average precision are of many classes the mean over those
#: for which they are defined, each class against the rest; NaN where they are defined for none.
MONITORS: dict[str, tuple[bool, Callable[[Array, Array, float], Array]]] = {
    "loss": (False, _loss),
    "accuracy": (True, _called(binary.accuracy, confusion.accuracy)),
    "balanced_accuracy": (True, _called(_of_matrix(confusion.balanced_accuracy), confusion.balanced_accuracy)),
    "precision": (True, _called(binary.precision, _macro(confusion.precision))),
    "recall": (True, _called(binary.recall, _macro(confusion.recall))),
    "f1": (True, _called(binary.f1, _macro(confusion.f1))),
    "mcc": (True, _called(_of_matrix(confusion.mcc), confusion.mcc)),
    "roc_auc": (True, _ranked(curves.roc_auc, curves.one_vs_rest_auc)),
    "average_precision": (True, _ranked(curves.average_precision, curves.one_vs_rest_precision)),
}


def higher_is_better(monitor: str) -> bool:
    """Whether more of a monitored figure is better, as of ``val/f1``."""
    return MONITORS[monitor.partition("/")[2]][0]
