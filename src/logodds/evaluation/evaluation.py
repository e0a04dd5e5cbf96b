"""The evaluation of a model on one part of the rows, such as the test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from logodds.evaluation.evaluate_options import EvaluateOptions
from logodds.evaluation.metric import CURVES, TRAIN_LOSS, metric_values
from logodds.evaluation.metrics.binary import sigmoid, threshold_logit
from logodds.evaluation.metrics.curves import OneVsRest
from logodds.evaluation.metrics.multiclass import softmax
from logodds.evaluation.metrics.report import Report, report
from logodds.system.arrays import Array


@dataclass(frozen=True)
class Evaluation:
    """Logits of one model on one part of the rows, with the true classes and all final figures.

    Attributes:
        part: name of the part: ``train``, ``val`` or ``test``.
        logits: log-odds [n] of the positive class if there are two classes, otherwise logits [n, C].
        target: [n], the index of each row's class.
        classes: names of the C classes; two are (negative, positive).
        options: the threshold, and the bins of the calibration curve.
        report: the final figures that every problem has.
        added: value by name of the monitored metric, if another package adds it, so that the report lacks it.
    """

    part: str
    logits: Array
    target: Array
    classes: tuple[str, ...]
    options: EvaluateOptions
    report: Report
    added: Mapping[str, float]

    def figures(self) -> dict[str, float]:
        """Return the final figures by name, without those that are not defined."""
        return self.report.figures() | {name: value for name, value in self.added.items() if np.isfinite(value)}

    def is_multiclass(self) -> bool:
        """Return whether a row's class is predicted by the largest of several logits, not by a threshold."""
        return self.logits.ndim == 2

    def predicted(self) -> Array:
        """Return the index of each row's predicted class [n]."""
        if self.is_multiclass():
            return np.asarray(self.logits.argmax(axis=1))
        return np.asarray(self.logits >= threshold_logit(self.options.threshold), dtype=np.int64)

    def calibrated(self) -> tuple[Array, Array]:
        """Return what a calibration curve is made of: probability [n] of the positive class, and 1 or 0 [n] for rows
        that are or are not of this class. With many classes, the predicted class stands for the positive one.
        """
        if self.is_multiclass():
            return softmax(self.logits).max(axis=1), (self.predicted() == self.target).astype(np.int64)
        return sigmoid(self.logits), self.target

    def one_vs_rest(self) -> dict[str, OneVsRest]:
        """Return each class against the rest, by name; of two classes only the positive one. A class that all rows or
        no row belong to is left out, because its curves are not defined.
        """
        scores = softmax(self.logits).T if self.is_multiclass() else [-self.logits, self.logits]
        by_class = {}
        for index in range(len(self.classes)) if self.is_multiclass() else [1]:
            own = (self.target == index).astype(np.int64)
            if 0 < own.sum() < len(own):
                areas = self.report.class_roc_auc[index], self.report.class_average_precision[index]
                by_class[self.classes[index]] = OneVsRest(scores[index], own, *areas)
        return by_class


def evaluate(
    part: str,
    logits: Array,
    target: Array,
    classes: tuple[str, ...],
    options: EvaluateOptions,
    monitor: str = TRAIN_LOSS,
) -> Evaluation:
    """Return the evaluation of one part, which has at least one row; for the arguments see :class:`Evaluation`.

    Args:
        monitor: the monitored figure, such as ``val/f1``.
    """
    figures = report(logits, target, options.threshold)
    name, added = monitor.removeprefix("val/"), {}
    if name not in (TRAIN_LOSS, *CURVES, *figures.figures()):
        added[name] = float(metric_values(name, logits[None], target, options.threshold)[0])
    return Evaluation(part, logits, target, classes, options, figures, added)
