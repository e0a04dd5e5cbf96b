"""Figures of a binary classifier from logits and targets: arrays in, dataclasses out.

Names and definitions are scikit-learn's, and the tests hold each equal to it. Functions of the first part take logits
[K, n] of K models at once and give [K].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def sigmoid(logits: Array) -> Array:
    """Probability of the positive class, without overflow for any finite logit."""
    return np.exp(-np.logaddexp(0.0, -np.asarray(logits, dtype=np.float64)))


def threshold_logit(threshold: float) -> float:
    """The logit at a probability threshold in [0, 1]; rows at or above it are called positive."""
    with np.errstate(divide="ignore"):
        return float(np.log(threshold) - np.log1p(-threshold))


@dataclass(frozen=True)
class Counts:
    """The confusion matrix of K models, [K] each: true or false, positive or negative."""

    tn: Array
    fp: Array
    fn: Array
    tp: Array


def counts(logits: Array, target: Array, threshold: float) -> Counts:
    """Confusion matrices of logits [K, n] against targets [n]."""
    called = logits >= threshold_logit(threshold)
    positives = int(target.sum())
    tp = (called & (target == 1)).sum(axis=-1)
    fp = called.sum(axis=-1) - tp
    return Counts(tn=len(target) - positives - fp, fp=fp, fn=positives - tp, tp=tp)


def ratio(numerator: Array, denominator: Array) -> Array:
    """Division in which 0 / 0 is 0 (scikit-learn's ``zero_division=0``)."""
    bottom = np.asarray(denominator, dtype=np.float64)
    return np.where(bottom > 0, numerator / np.where(bottom > 0, bottom, 1.0), 0.0)


def log_loss(logits: Array, target: Array) -> Array:
    """Mean negative log-likelihood in nats, from logits, so that no probability needs clipping."""
    wide = np.asarray(logits, dtype=np.float64)
    found: Array = (np.logaddexp(0.0, wide) - target * wide).mean(axis=-1)
    return found


def accuracy(found: Counts) -> Array:
    return ratio(found.tp + found.tn, found.tp + found.tn + found.fp + found.fn)


def precision(found: Counts) -> Array:
    return ratio(found.tp, found.tp + found.fp)


def recall(found: Counts) -> Array:
    return ratio(found.tp, found.tp + found.fn)


def f1(found: Counts) -> Array:
    return ratio(2 * found.tp, 2 * found.tp + found.fp + found.fn)


def roc_auc(logits: Array, target: Array) -> Array:
    """Area under the ROC curve, ties counted half; NaN where only one class is present."""
    return np.array([_trapezoid(*roc_curve(row, target)) for row in np.atleast_2d(logits)])


def average_precision(logits: Array, target: Array) -> Array:
    """Sum of precision x step of recall over the thresholds, without interpolation; NaN without positives."""
    if target.sum() == 0:
        return np.full(len(np.atleast_2d(logits)), np.nan)
    found = []
    for row in np.atleast_2d(logits):
        fp, tp = _cumulated(row, target)
        steps = np.diff(tp, prepend=0.0) / target.sum()
        found.append(float((steps * tp / (tp + fp)).sum()))
    return np.array(found)


#: Figures that can be followed from epoch to epoch: (higher is better, logits [K, n], target [n], threshold -> [K]).
MONITORS: dict[str, tuple[bool, Callable[[Array, Array, float], Array]]] = {
    "loss": (False, lambda logits, target, threshold: log_loss(logits, target)),
    "accuracy": (True, lambda logits, target, threshold: accuracy(counts(logits, target, threshold))),
    "precision": (True, lambda logits, target, threshold: precision(counts(logits, target, threshold))),
    "recall": (True, lambda logits, target, threshold: recall(counts(logits, target, threshold))),
    "f1": (True, lambda logits, target, threshold: f1(counts(logits, target, threshold))),
    "roc_auc": (True, lambda logits, target, threshold: roc_auc(logits, target)),
    "average_precision": (True, lambda logits, target, threshold: average_precision(logits, target)),
}


def _cumulated(logits: Array, target: Array) -> tuple[Array, Array]:
    """False and true positives at each distinct threshold, from the highest logit down."""
    order = np.argsort(-logits, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(logits[order])), len(logits) - 1)
    tp = np.cumsum(target[order], dtype=np.float64)[ends]
    return 1.0 + ends - tp, tp


def _trapezoid(x: Array, y: Array) -> float:
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2.0))


def roc_curve(logits: Array, target: Array) -> tuple[Array, Array]:
    """False and true positive rates [points] from (0, 0) to (1, 1) of one model's logits [n]; NaN for a lone class."""
    fp, tp = _cumulated(logits, target)
    positives = float(target.sum())
    with np.errstate(invalid="ignore"):
        return np.append(0.0, fp) / (len(target) - positives), np.append(0.0, tp) / positives


def precision_recall_curve(logits: Array, target: Array) -> tuple[Array, Array]:
    """Precision and recall [points] from the highest threshold (recall 0, precision 1 by convention) to the lowest."""
    fp, tp = _cumulated(logits, target)
    return np.append(1.0, tp / (tp + fp)), np.append(0.0, ratio(tp, np.full_like(tp, target.sum())))


def calibration_curve(logits: Array, target: Array, bins: int) -> tuple[Array, Array, Array]:
    """Mean predicted probability, share of positives and rows [filled bins] over ``bins`` equal widths of [0, 1]."""
    probability = sigmoid(logits)
    place = np.searchsorted(np.linspace(0.0, 1.0, bins + 1)[1:-1], probability)
    rows = np.bincount(place, minlength=bins)
    filled = rows > 0
    mean = np.bincount(place, weights=probability, minlength=bins)[filled] / rows[filled]
    share = np.bincount(place, weights=target, minlength=bins)[filled] / rows[filled]
    return mean, share, rows[filled]


@dataclass(frozen=True)
class ClassFigures:
    """One class, or an average over classes."""

    precision: float
    recall: float
    f1: float
    support: int


#: The figures that tables show; the rest is in the report.
MAIN = ("log_loss", "accuracy", "precision", "recall", "f1", "roc_auc", "average_precision", "brier")


@dataclass(frozen=True)
class Report:
    """All final figures of one model on one part of the rows; ``precision``, ``recall`` and ``f1`` are those of the
    positive class, and ``classes`` those of each class, in the order (negative, positive)."""

    log_loss: float
    brier: float
    accuracy: float
    precision: float
    recall: float
    f1: float
    roc_auc: float
    average_precision: float
    threshold: float
    confusion: tuple[tuple[int, int], tuple[int, int]]  # [actual][predicted]
    classes: tuple[ClassFigures, ...]
    macro: ClassFigures
    weighted: ClassFigures

    def figures(self) -> dict[str, float]:
        """The numbers worth comparing between runs, by metric name; those that are not defined here are left out."""
        (tn, fp), (fn, tp) = self.confusion
        found = {
            "log_loss": self.log_loss,
            "brier": self.brier,
            "accuracy": self.accuracy,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "roc_auc": self.roc_auc,
            "average_precision": self.average_precision,
            "precision_macro": self.macro.precision,
            "recall_macro": self.macro.recall,
            "f1_macro": self.macro.f1,
            "precision_weighted": self.weighted.precision,
            "recall_weighted": self.weighted.recall,
            "f1_weighted": self.weighted.f1,
            "support": float(self.macro.support),
            "tn": float(tn),
            "fp": float(fp),
            "fn": float(fn),
            "tp": float(tp),
        }
        return {name: value for name, value in found.items() if np.isfinite(value)}

    def main(self) -> dict[str, float]:
        """The few figures that a table has room for."""
        found = self.figures()
        return {name: found[name] for name in MAIN if name in found}


def report(logits: Array, target: Array, threshold: float) -> Report:
    """Final figures of one model: logits [n] against targets [n], n >= 1."""
    found = counts(logits[None], target, threshold)
    negative = Counts(tn=found.tp, fp=found.fn, fn=found.fp, tp=found.tn)
    classes = tuple(
        ClassFigures(
            float(precision(each)[0]), float(recall(each)[0]), float(f1(each)[0]), int(each.tp[0] + each.fn[0])
        )
        for each in (negative, found)
    )
    return Report(
        log_loss=float(log_loss(logits, target)),
        brier=float(np.mean((sigmoid(logits) - target) ** 2)),
        accuracy=float(accuracy(found)[0]),
        precision=classes[1].precision,
        recall=classes[1].recall,
        f1=classes[1].f1,
        roc_auc=float(roc_auc(logits, target)[0]),
        average_precision=float(average_precision(logits, target)[0]),
        threshold=threshold,
        confusion=((int(found.tn[0]), int(found.fp[0])), (int(found.fn[0]), int(found.tp[0]))),
        classes=classes,
        macro=_average(classes, [1, 1]),
        weighted=_average(classes, [each.support for each in classes]),
    )


def _average(classes: tuple[ClassFigures, ...], weights: list[int]) -> ClassFigures:
    def mean(name: str) -> float:
        # Divided last, as numpy.average does: the report then rounds as scikit-learn's.
        total = sum(weight * getattr(each, name) for weight, each in zip(weights, classes, strict=True))
        return float(total / sum(weights))

    return ClassFigures(mean("precision"), mean("recall"), mean("f1"), sum(each.support for each in classes))


def as_text(found: Report, classes: tuple[str, ...]) -> str:
    """The layout of scikit-learn's ``classification_report``, to the character, with two digits."""
    width = max(*(len(name) for name in classes), len("weighted avg"))
    lines = [f"{'':>{width}} " + "".join(f" {name:>9}" for name in ("precision", "recall", "f1-score", "support")), ""]

    def line(name: str, row: ClassFigures) -> str:
        return f"{name:>{width}}  {row.precision:>9.2f} {row.recall:>9.2f} {row.f1:>9.2f} {row.support:>9}"

    lines += [line(name, row) for name, row in zip(classes, found.classes, strict=True)]
    lines += ["", f"{'accuracy':>{width}}  {'':>9} {'':>9} {found.accuracy:>9.2f} {found.macro.support:>9}"]
    lines += [line("macro avg", found.macro), line("weighted avg", found.weighted), ""]
    return "\n".join(lines)
