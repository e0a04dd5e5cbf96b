"""All final figures of one model on one part of the rows, of two classes or of many: arrays in, a dataclass out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logodds.evaluation.metrics import binary, confusion, curves, multiclass
from logodds.system.arrays import Array


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
    """``precision``, ``recall`` and ``f1`` are those of the positive class of two, or the means over all of many
    classes; ``roc_auc`` and ``average_precision`` of many are the means over the classes for which they are defined,
    each against the rest. ``brier`` is within [0, 1] for two classes and within [0, 2] for many, as in scikit-learn.
    ``threshold`` is None for many. ``classes``, ``class_roc_auc`` and ``class_average_precision`` hold each class's
    own, of two classes in the order (negative, positive). What is not defined is NaN."""

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
    confusion: tuple[tuple[int, ...], ...]  # [actual][predicted]
    classes: tuple[ClassFigures, ...]
    class_roc_auc: tuple[float, ...]
    class_average_precision: tuple[float, ...]
    macro: ClassFigures
    weighted: ClassFigures

    def figures(self) -> dict[str, float]:
        """The numbers worth comparing between runs, by metric name; those that are not defined here are left out."""
        found = {
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
            found |= {name: float(count) for name, count in zip(("tn", "fp", "fn", "tp"), cells, strict=True)}
        return {name: value for name, value in found.items() if np.isfinite(value)}

    def main(self) -> dict[str, float]:
        """The few figures that a table has room for."""
        found = self.figures()
        return {name: found[name] for name in MAIN if name in found}


def report(logits: Array, target: Array, threshold: float) -> Report:
    """Final figures of one model, n >= 1 rows.

    Args:
        logits: log-odds [n] of the positive class of two, or logits [n, C] of many classes.
        target: [n], the index of each row's class.
        threshold: probability from which a row is called positive; many classes are called by the largest logit.
    """
    two = logits.ndim == 1
    matrix, log_loss, brier, roc_auc, average_precision = (
        _of_two(logits, target, threshold) if two else _of_many(logits, target)
    )
    classes = _by_class(matrix)
    macro = _average(classes, None)
    called = classes[1] if two else macro
    return Report(
        log_loss=log_loss,
        brier=brier,
        accuracy=float(confusion.accuracy(matrix)),
        balanced_accuracy=float(confusion.balanced_accuracy(matrix)),
        mcc=float(confusion.mcc(matrix)),
        precision=called.precision,
        recall=called.recall,
        f1=called.f1,
        roc_auc=float(roc_auc[1] if two else curves.mean_of_defined(roc_auc)),
        average_precision=float(average_precision[1] if two else curves.mean_of_defined(average_precision)),
        threshold=threshold if two else None,
        confusion=tuple(tuple(row) for row in matrix.tolist()),
        classes=classes,
        class_roc_auc=tuple(roc_auc.tolist()),
        class_average_precision=tuple(average_precision.tolist()),
        macro=macro,
        weighted=_average(classes, [each.support for each in classes]),
    )


def _of_two(logits: Array, target: Array, threshold: float) -> tuple[Array, float, float, Array, Array]:
    """Confusion matrix [C, C], log loss, Brier score, and each class's ROC-AUC and average precision [C]."""
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
    return tuple(ClassFigures(*figures) for figures in zip(*(each.tolist() for each in columns), strict=True))


def _average(classes: Sequence[ClassFigures], weights: Sequence[int] | None) -> ClassFigures:
    def mean(name: str) -> float:
        # numpy's own order of sums: the text below then rounds as scikit-learn's.
        return float(np.average([getattr(each, name) for each in classes], weights=weights))

    return ClassFigures(mean("precision"), mean("recall"), mean("f1"), sum(each.support for each in classes))


def as_text(found: Report, classes: Sequence[str]) -> str:
    """The layout of scikit-learn's ``classification_report``, to the character, with two digits."""
    width = max(*(len(name) for name in classes), len("weighted avg"))
    lines = [f"{'':>{width}} " + "".join(f" {name:>9}" for name in ("precision", "recall", "f1-score", "support")), ""]

    def line(name: str, row: ClassFigures) -> str:
        return f"{name:>{width}}  {row.precision:>9.2f} {row.recall:>9.2f} {row.f1:>9.2f} {row.support:>9}"

    lines += [line(name, row) for name, row in zip(classes, found.classes, strict=True)]
    lines += ["", f"{'accuracy':>{width}}  {'':>9} {'':>9} {found.accuracy:>9.2f} {found.macro.support:>9}"]
    lines += [line("macro avg", found.macro), line("weighted avg", found.weighted), ""]
    return "\n".join(lines)
