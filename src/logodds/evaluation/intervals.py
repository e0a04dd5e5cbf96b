"""95 % intervals from what a run's record holds: final figures and counts, no predictions of single rows.

For other figures (log loss, Brier score, average precision, ROC-AUC and F1 of many classes, ...) nothing is said: their
spread over the rows is not in the record.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

ConfidenceInterval: TypeAlias = tuple[float, float]

Z = 1.959963984540054  # the normal distribution's 97.5th percentile
METHODS = (
    "accuracy, precision and recall by Wilson (1927), F1 by Wilson's interval of F1/(2-F1), a proportion "
    "(Lam, Gopal and Qian 2023), ROC-AUC by Hanley and McNeil (1982)"
)


def of_figure(name: str, figures: Mapping[str, float], part: str) -> ConfidenceInterval | None:
    """The interval of one final figure, such as ``accuracy``, among those of a part (``best`` or ``test``); None where
    the record does not hold what it takes. Precision, recall, F1 and ROC-AUC are those of two classes."""
    held = {key.partition("/")[2]: value for key, value in figures.items() if key.startswith(f"{part}/")}
    if name not in held:
        return None
    if name == "accuracy" and "support" in held:
        return wilson(round(held["accuracy"] * held["support"]), round(held["support"]))
    if not {"tn", "fp", "fn", "tp"} <= set(held):
        return None
    tn, fp, fn, tp = (round(held[cell]) for cell in ("tn", "fp", "fn", "tp"))
    if name == "roc_auc":
        return hanley_mcneil(held["roc_auc"], tp + fn, tn + fp)
    rows = {"precision": tp + fp, "recall": tp + fn, "f1": tp + fp + fn}.get(name)
    if not rows:
        return None
    low, high = wilson(tp, rows)
    return (2.0 * low / (1.0 + low), 2.0 * high / (1.0 + high)) if name == "f1" else (low, high)


def wilson(hits: int, rows: int) -> ConfidenceInterval:
    """The score interval of a proportion, without correction for continuity (Wilson 1927); ``rows`` > 0."""
    share, square = hits / rows, Z * Z / rows
    middle = (share + square / 2.0) / (1.0 + square)
    half = Z / (1.0 + square) * math.sqrt(share * (1.0 - share) / rows + square / (4.0 * rows))
    return (0.0 if hits == 0 else middle - half), (1.0 if hits == rows else middle + half)


def hanley_mcneil(area: float, positives: int, negatives: int) -> ConfidenceInterval | None:
    """The normal interval of a ROC-AUC with the standard error of Hanley and McNeil, Radiology 143 (1982), formula 1,
    within [0, 1]. None at an area of 0 or 1, where that error is zero whatever the number of rows."""
    if not 0.0 < area < 1.0 or positives < 1 or negatives < 1:
        return None
    both_positive, both_negative = area / (2.0 - area), 2.0 * area**2 / (1.0 + area)
    variance = area * (1.0 - area)
    variance += (positives - 1) * (both_positive - area**2) + (negatives - 1) * (both_negative - area**2)
    half = Z * math.sqrt(variance / (positives * negatives))
    return max(0.0, area - half), min(1.0, area + half)
