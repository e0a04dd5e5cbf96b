"""95 % confidence intervals of final figures, from what the record of a run holds: figures and counts, but no
predictions of single rows.

Other figures (log loss, Brier score, average precision, ROC-AUC and F1 of many classes, ...) have no interval, because
the record does not hold their spread over the rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

ConfidenceInterval: TypeAlias = tuple[float, float]

Z = 1.959963984540054  # 97.5th percentile of the standard normal distribution
METHODS = (
    "accuracy, precision and recall by Wilson (1927), F1 by Wilson's interval of F1/(2-F1), a proportion "
    "(Lam, Gopal and Qian 2023), ROC-AUC by Hanley and McNeil (1982)"
)


def of_figure(name: str, figures: Mapping[str, float], part: str) -> ConfidenceInterval | None:
    """Return the interval of a final figure, or None if the record does not hold what the interval needs. Precision,
    recall, F1 and ROC-AUC have an interval for two classes only.

    Args:
        name: name of the figure, such as ``accuracy``.
        figures: final figures by their name in the record, such as ``best/accuracy``.
        part: ``best`` for the validation rows, or ``test``.
    """
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
    """Return the score interval of the proportion ``hits`` / ``rows``, without correction for continuity (Wilson 1927).
    ``rows`` must be > 0.
    """
    share, square = hits / rows, Z * Z / rows
    middle = (share + square / 2.0) / (1.0 + square)
    half = Z / (1.0 + square) * math.sqrt(share * (1.0 - share) / rows + square / (4.0 * rows))
    return (0.0 if hits == 0 else middle - half), (1.0 if hits == rows else middle + half)


def hanley_mcneil(area: float, positives: int, negatives: int) -> ConfidenceInterval | None:
    """Return the normal interval of a ROC-AUC, clipped to [0, 1], with the standard error of Hanley and McNeil,
    Radiology 143 (1982), formula 1. Return None for an area of 0 or 1, where the standard error is always zero.

    Args:
        area: the ROC-AUC.
        positives: number of positive rows.
        negatives: number of negative rows.
    """
    if not 0.0 < area < 1.0 or positives < 1 or negatives < 1:
        return None
    both_positive, both_negative = area / (2.0 - area), 2.0 * area**2 / (1.0 + area)
    variance = area * (1.0 - area)
    variance += (positives - 1) * (both_positive - area**2) + (negatives - 1) * (both_negative - area**2)
    half = Z * math.sqrt(variance / (positives * negatives))
    return max(0.0, area - half), min(1.0, area + half)
