"""ROC, precision-recall and calibration curves, and the areas under the first two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from logodds.evaluation.metrics.binary import ratio
from logodds.system.arrays import Array

Figure: TypeAlias = Callable[[Array, Array, Array], Array]

BLOCK = 2**18  # scores ranked at a time: what is made of them then stays in the processor's cache


@dataclass(frozen=True)
class OneVsRest:
    """One class against all others, on n rows, with the areas under its two curves."""

    scores: Array  # [n], higher for rows that are rather of the class
    own: Array  # [n], 1 for a row of the class, 0 for another
    roc_auc: float
    average_precision: float


def roc_auc(scores: Array, target: Array, positive: Array) -> Array:
    """Areas under the ROC curves of R rankings [R], ties counted half; NaN where every row or none is positive.

    Args:
        scores: [R, n].
        target: [n], one class of each row for all rankings.
        positive: [R], the class that each ranking should put first.
    """
    return _by_blocks(_roc_auc, scores, target, positive)


def average_precision(scores: Array, target: Array, positive: Array) -> Array:
    """Sums of precision x step of recall over the thresholds, without interpolation; NaN without positives. Arguments
    as for :func:`roc_auc`."""
    return _by_blocks(_average_precision, scores, target, positive)


def one_vs_rest_auc(probability: Array, target: Array) -> Array:
    """ROC-AUC of each class against the rest [K, C] by its probability [K, n, C]; NaN for a class with no or all
    rows."""
    return _each_class(_roc_auc, probability, target)


def one_vs_rest_precision(probability: Array, target: Array) -> Array:
    """Average precision of each class against the rest [K, C] by its probability [K, n, C]; NaN for a class without
    rows."""
    return _each_class(_average_precision, probability, target)


def mean_of_defined(figures: Array) -> Array:
    """Mean over classes [..., C] -> [...], of those that are not NaN; NaN where none is."""
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
    # In whole numbers up to the one division, so that nothing is rounded before it.
    twice = np.add.reduceat(_steps(fp, starts) * (2.0 * tp - _steps(tp, starts)), starts)
    positives, negatives = _totals(fp, tp, starts)
    with np.errstate(invalid="ignore"):
        found: Array = twice / (2.0 * positives * negatives)
    return found


def _average_precision(scores: Array, target: Array, positive: Array) -> Array:
    fp, tp, starts = _cumulated(scores, target, positive)
    area = np.add.reduceat(_steps(tp, starts) * (tp / (tp + fp)), starts)
    with np.errstate(invalid="ignore"):
        found: Array = area / _totals(fp, tp, starts)[0]
    return found


def _cumulated(scores: Array, target: Array, positive: Array) -> tuple[Array, Array, Array]:
    """False and true positives at each distinct threshold from the highest score down, one ranking after the other,
    and where each ranking starts."""
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
    """Differences within each ranking, the first from zero."""
    found = values.copy()
    found[1:] -= values[:-1]
    found[starts] = values[starts]
    return found


def _totals(fp: Array, tp: Array, starts: Array) -> tuple[Array, Array]:
    last = np.concatenate([starts[1:], starts[:1]]) - 1  # one before the next start; of the last ranking that is -1
    return tp[last], fp[last]


def roc_curve(scores: Array, target: Array) -> tuple[Array, Array]:
    """False and true positive rates [points] from (0, 0) to (1, 1) of one ranking by scores [n] with targets [n] of 0
    and 1; NaN for a lone class."""
    fp, tp, _ = _cumulated(scores[None], target, np.ones(1))
    with np.errstate(invalid="ignore"):
        return np.append(0.0, fp) / fp[-1], np.append(0.0, tp) / tp[-1]


def precision_recall_curve(scores: Array, target: Array) -> tuple[Array, Array]:
    """Precision and recall [points] from the highest threshold (recall 0, precision 1 by convention) to the lowest."""
    fp, tp, _ = _cumulated(scores[None], target, np.ones(1))
    return np.append(1.0, tp / (tp + fp)), np.append(0.0, ratio(tp, np.full_like(tp, tp[-1])))


def corners(x: Array, y: Array) -> tuple[Array, Array]:
    """A curve without the points that lie between two others on a straight line."""
    dx, dy = np.diff(x), np.diff(y)
    kept = np.ones(len(x), dtype=bool)
    kept[1:-1] = dx[:-1] * dy[1:] != dx[1:] * dy[:-1]
    return x[kept], y[kept]


def calibration_curve(probability: Array, happened: Array, bins: int) -> tuple[Array, Array, Array]:
    """Mean predicted probability, share of rows [n] where it happened (1 or 0), and rows [filled bins] over ``bins``
    equal widths of [0, 1]."""
    place = np.searchsorted(np.linspace(0.0, 1.0, bins + 1)[1:-1], probability)
    rows = np.bincount(place, minlength=bins)
    filled = rows > 0
    mean = np.bincount(place, weights=probability, minlength=bins)[filled] / rows[filled]
    share = np.bincount(place, weights=happened, minlength=bins)[filled] / rows[filled]
    return mean, share, rows[filled]
