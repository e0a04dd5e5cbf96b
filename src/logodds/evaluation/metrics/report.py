"""The report of one model on one part of the rows: all final figures, for two classes or for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logodds.evaluation.metrics import binary, confusion, curves, multiclass
from logodds.system.arrays import Array
from logodds.system.terminal.text import printable


@dataclass(frozen=True)
class ClassFigures:
    """Figures of one class, or their average over classes.

    Attributes:
        precision: share of the class among the rows that were predicted to be of it.
        recall: share of the class's rows that were predicted to be of it.
        f1: harmonic mean of precision and recall.
        support: number of rows of the class; of all rows for an average.
    """

    precision: float
    recall: float
    f1: float
    support: int


#: The figures that tables show. The others are only in the report.
MAIN = ("log_loss", "accuracy", "precision", "recall", "f1", "roc_auc", "average_precision", "brier")


@dataclass(frozen=True)
class Report:
    """All final figures of one model on one part of the rows. A figure that is not defined is NaN.

    Attributes:
        log_loss: mean log loss in nats.
        brier: Brier score, within [0, 1] for two classes and within [0, 2] for many, as in scikit-learn.
        accuracy: share of rows whose class was predicted rightly.
        balanced_accuracy: mean recall of the classes that have rows.
        mcc: Matthews correlation coefficient.
        precision: precision of the positive class of two; with many classes, the mean over all.
        recall: recall of the positive class of two; with many classes, the mean over all.
        f1: F1 of the positive class of two; with many classes, the mean over all.
        roc_auc: area under the ROC curve; with many classes, the mean over each class against the rest, of those for
            which it is defined.
        average_precision: average precision; with many classes, the same mean as for ``roc_auc``.
        threshold: probability from which a row is predicted to be positive; None with many classes.
        confusion: [C][C] counts, ``[actual][predicted]``.
        classes: figures of each class [C]; two classes are (negative, positive).
        class_roc_auc: ROC-AUC of each class against the rest [C].
        class_average_precision: average precision of each class against the rest [C].
        macro: unweighted mean over the classes.
        weighted: mean over the classes, weighted by their support.
    """

    log_loss: float
    brier: float
    accuracy: float
    balanced_accuracy: float
    mcc: float
    precision: float
    recall: float
    f1: float
    roc_auc: float
    average_precision: float
    threshold: float | None
    confusion: tuple[tuple[int, ...], ...]
    classes: tuple[ClassFigures, ...]
    class_roc_auc: tuple[float, ...]
    class_average_precision: tuple[float, ...]
    macro: ClassFigures
    weighted: ClassFigures

    def figures(self) -> dict[str, float]:
        """Return the figures that runs are compared by, by name, without those that are not defined."""
        figures = {
            "log_loss": self.log_loss,
            "brier": self.brier,
            "accuracy": self.accuracy,
            "balanced_accuracy": self.balanced_accuracy,
            "mcc": self.mcc,
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
        }
        if len(self.classes) == 2:
            cells = (count for row in self.confusion for count in row)
            figures |= {name: float(count) for name, count in zip(("tn", "fp", "fn", "tp"), cells, strict=True)}
        return {name: value for name, value in figures.items() if np.isfinite(value)}

    def main(self) -> dict[str, float]:
        """Return the figures that tables show, without those that are not defined."""
        figures = self.figures()
        return {name: figures[name] for name in MAIN if name in figures}


def report(logits: Array, target: Array, threshold: float) -> Report:
    """Return all final figures of one model on n >= 1 rows.

    Args:
        logits: log-odds [n] of the positive class of two, or logits [n, C] of many classes.
        target: [n], the index of each row's class.
        threshold: probability from which a row is predicted to be positive, with two classes. With many classes the
            largest logit decides.
    """
    two = logits.ndim == 1
    matrix, log_loss, brier, roc_auc, average_precision = (
        _of_two(logits, target, threshold) if two else _of_many(logits, target)
    )
    classes = _by_class(matrix)
    macro = _average(classes, None)
    headline = classes[1] if two else macro
    return Report(
        log_loss=log_loss,
        brier=brier,
        accuracy=float(confusion.accuracy(matrix)),
        balanced_accuracy=float(confusion.balanced_accuracy(matrix)),
        mcc=float(confusion.mcc(matrix)),
        precision=headline.precision,
        recall=headline.recall,
        f1=headline.f1,
        roc_auc=float(roc_auc[1] if two else curves.mean_of_defined(roc_auc)),
        average_precision=float(average_precision[1] if two else curves.mean_of_defined(average_precision)),
        threshold=threshold if two else None,
        confusion=tuple(tuple(row) for row in matrix.tolist()),
        classes=classes,
        class_roc_auc=tuple(roc_auc.tolist()),
        class_average_precision=tuple(average_precision.tolist()),
        macro=macro,
        weighted=_average(classes, [figures.support for figures in classes]),
    )


def _of_two(logits: Array, target: Array, threshold: float) -> tuple[Array, float, float, Array, Array]:
    """Return the confusion matrix [C, C], log loss, Brier score, and each class's ROC-AUC and average precision [C]."""
    ranked, positive = np.stack([-logits, logits]), np.arange(2)
    return (
        binary.counts(logits[None], target, threshold).matrix()[0],
        float(binary.log_loss(logits, target)),
        float(np.mean((binary.sigmoid(logits) - target) ** 2)),
        curves.roc_auc(ranked, target, positive),
        curves.average_precision(ranked, target, positive),
    )


def _of_many(logits: Array, target: Array) -> tuple[Array, float, float, Array, Array]:
    probability = multiclass.softmax(logits)
    actual = np.arange(logits.shape[1]) == target[:, None]
    return (
        multiclass.confusion(logits[None], target)[0],
        float(multiclass.log_loss(logits[None], target)[0]),
        float(((probability - actual) ** 2).sum(axis=1).mean()),
        curves.one_vs_rest_auc(probability[None], target)[0],
        curves.one_vs_rest_precision(probability[None], target)[0],
    )


def _by_class(matrix: Array) -> tuple[ClassFigures, ...]:
    columns = (confusion.precision(matrix), confusion.recall(matrix), confusion.f1(matrix), matrix.sum(axis=1))
    return tuple(ClassFigures(*figures) for figures in zip(*(column.tolist() for column in columns), strict=True))


def _average(classes: Sequence[ClassFigures], weights: Sequence[int] | None) -> ClassFigures:
    def mean(name: str) -> float:
        # Summed by np.average, as scikit-learn does, so that the text below is rounded to the same digits.
        return float(np.average([getattr(figures, name) for figures in classes], weights=weights))

    return ClassFigures(mean("precision"), mean("recall"), mean("f1"), sum(figures.support for figures in classes))


def as_text(result: Report, classes: Sequence[str]) -> str:
    """Return the text of scikit-learn's ``classification_report`` with two digits, equal in every character but for
    those of class names that control a terminal, which are escaped."""
    classes = [printable(name) for name in classes]
    width = max(*(len(name) for name in classes), len("weighted avg"))
    lines = [f"{'':>{width}} " + "".join(f" {name:>9}" for name in ("precision", "recall", "f1-score", "support")), ""]

    def line(name: str, row: ClassFigures) -> str:
        return f"{name:>{width}}  {row.precision:>9.2f} {row.recall:>9.2f} {row.f1:>9.2f} {row.support:>9}"

    lines += [line(name, row) for name, row in zip(classes, result.classes, strict=True)]
    lines += ["", f"{'accuracy':>{width}}  {'':>9} {'':>9} {result.accuracy:>9.2f} {result.macro.support:>9}"]
    lines += [line("macro avg", result.macro), line("weighted avg", result.weighted), ""]
    return "\n".join(lines)
