"""ROC, precision-recall and calibration curves, and the areas under the first two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from logodds.evaluation.metrics.binary import ratio
from logodds.system.arrays import Array

Figure: TypeAlias = Callable[[Array, Array, Array], Array]

BLOCK = 2**18  # scores ranked at a time, so that intermediate arrays stay in the processor's cache


@dataclass(frozen=True)
class OneVsRest:
    """One class against all others, on n rows.

    Attributes:
        scores: [n], higher for rows that are more likely of the class.
        own: [n], 1 for a row of the class, 0 for another.
        roc_auc: area under the ROC curve.
        average_precision: area under the precision-recall curve.
    """

    scores: Array
    own: Array
    roc_auc: float
    average_precision: float


def roc_auc(scores: Array, target: Array, positive: Array) -> Array:
    """Return the areas under the ROC curves of R rankings [R]. Ties count half. An area is NaN if all rows or none are
    positive.

    Args:
        scores: [R, n], by which each ranking orders the rows, the highest first.
        target: [n], the class of each row, the same for all rankings.
        positive: [R], the class that each ranking should put first.
    """
    return _by_blocks(_roc_auc, scores, target, positive)


def average_precision(scores: Array, target: Array, positive: Array) -> Array:
    """Return the average precision of R rankings [R]: the sum of precision x step of recall over the thresholds,
    without interpolation. It is NaN if no row is positive. Arguments are those of :func:`roc_auc`.
    """
    return _by_blocks(_average_precision, scores, target, positive)


def one_vs_rest_auc(probability: Array, target: Array) -> Array:
    """Return the ROC-AUC of each class against the rest [K, C], from probabilities [K, n, C] and the class of each row
    [n]. It is NaN for a class that all rows or no rows belong to.
    """
    return _each_class(_roc_auc, probability, target)


def one_vs_rest_precision(probability: Array, target: Array) -> Array:
    """Return the average precision of each class against the rest [K, C], from probabilities [K, n, C] and the class of
    each row [n]. It is NaN for a class without rows.
    """
    return _each_class(_average_precision, probability, target)


def mean_of_defined(figures: Array) -> Array:
    """Return the mean over classes, [..., C] -> [...], of the figures that are not NaN; NaN if all are."""
    defined = ~np.isnan(figures)
    count = defined.sum(axis=-1)
    return np.where(count > 0, ratio(np.where(defined, figures, 0.0).sum(axis=-1), count), np.nan)


def _each_class(figure: Figure, probability: Array, target: Array) -> Array:
    models, rows, classes = probability.shape
    scores = np.swapaxes(probability, -1, -2).reshape(models * classes, rows)
    return _by_blocks(figure, scores, target, np.tile(np.arange(classes), models)).reshape(models, classes)


def _by_blocks(figure: Figure, scores: Array, target: Array, positive: Array) -> Array:
    step = max(1, BLOCK // scores.shape[-1])
    blocks = (slice(first, first + step) for first in range(0, len(scores), step))
    return np.concatenate([figure(scores[block], target, positive[block]) for block in blocks])


def _roc_auc(scores: Array, target: Array, positive: Array) -> Array:
    fp, tp, starts = _cumulated(scores, target, positive)
    # All numbers before the only division are whole, so nothing else is rounded.
    twice = np.add.reduceat(_steps(fp, starts) * (2.0 * tp - _steps(tp, starts)), starts)
    positives, negatives = _totals(fp, tp, starts)
    with np.errstate(invalid="ignore"):
        areas: Array = twice / (2.0 * positives * negatives)
    return areas


def _average_precision(scores: Array, target: Array, positive: Array) -> Array:
    fp, tp, starts = _cumulated(scores, target, positive)
    area = np.add.reduceat(_steps(tp, starts) * (tp / (tp + fp)), starts)
    with np.errstate(invalid="ignore"):
        averages: Array = area / _totals(fp, tp, starts)[0]
    return averages


def _cumulated(scores: Array, target: Array, positive: Array) -> tuple[Array, Array, Array]:
    """Return the numbers of false and true positives at each distinct threshold, from the highest score down, with all
    rankings in one array one after the other; and the index at which each ranking starts [R].
    """
    count, rows = scores.shape
    order = (-scores).argsort(axis=-1)
    tp = (target[order] == positive[:, None]).cumsum(axis=-1, dtype=np.float64)
    fp = np.arange(1.0, rows + 1.0) - tp
    order += np.arange(0, count * rows, rows)[:, None]
    ranked = scores.reshape(-1)[order]
    ends = np.ones((count, rows), dtype=bool)
    np.not_equal(ranked[:, 1:], ranked[:, :-1], out=ends[:, :-1])
    thresholds = np.add.reduce(ends, axis=-1, dtype=np.int64)
    return fp[ends], tp[ends], thresholds.cumsum() - thresholds


def _steps(values: Array, starts: Array) -> Array:
    """Return the differences between neighbours within each ranking; the first is the difference to zero."""
    steps = values.copy()
    steps[1:] -= values[:-1]
    steps[starts] = values[starts]
    return steps


def _totals(fp: Array, tp: Array, starts: Array) -> tuple[Array, Array]:
    last = np.concatenate([starts[1:], starts[:1]]) - 1  # one before the next start; -1 for the last ranking
    return tp[last], fp[last]


def roc_curve(scores: Array, target: Array) -> tuple[Array, Array]:
    """Return the false and true positive rates [points] of one ranking, from (0, 0) to (1, 1). A rate is NaN if no row
    is of its class.

    Args:
        scores: [n], by which the rows are ranked, the highest first.
        target: [n], 1 for positive rows, otherwise 0.
    """
    fp, tp, _ = _cumulated(scores[None], target, np.ones(1))
    with np.errstate(invalid="ignore"):
        return np.append(0.0, fp) / fp[-1], np.append(0.0, tp) / tp[-1]


def precision_recall_curve(scores: Array, target: Array) -> tuple[Array, Array]:
    """Return precision and recall [points] of one ranking, from the highest threshold (by convention recall 0 and
    precision 1) to the lowest. Arguments are those of :func:`roc_curve`.
    """
    fp, tp, _ = _cumulated(scores[None], target, np.ones(1))
    return np.append(1.0, tp / (tp + fp)), np.append(0.0, ratio(tp, np.full_like(tp, tp[-1])))


def corners(x: Array, y: Array) -> tuple[Array, Array]:
    """Return a curve without the points that lie on a straight line between two others."""
    dx, dy = np.diff(x), np.diff(y)
    kept = np.ones(len(x), dtype=bool)
    kept[1:-1] = dx[:-1] * dy[1:] != dx[1:] * dy[:-1]
    return x[kept], y[kept]


def calibration_curve(probability: Array, happened: Array, bins: int) -> tuple[Array, Array, Array]:
    """Return the calibration in bins of equal width over [0, 1]: for each bin that has rows, the mean predicted
    probability, the share of rows where the predicted event happened, and the number of rows.

    Args:
        probability: [n], predicted probability of the event.
        happened: [n], 1 if the event happened, otherwise 0.
        bins: number of bins.
    """
    bin_index = np.searchsorted(np.linspace(0.0, 1.0, bins + 1)[1:-1], probability)
    rows = np.bincount(bin_index, minlength=bins)
    filled = rows > 0
    mean = np.bincount(bin_index, weights=probability, minlength=bins)[filled] / rows[filled]
    share = np.bincount(bin_index, weights=happened, minlength=bins)[filled] / rows[filled]
    return mean, share, rows[filled]
