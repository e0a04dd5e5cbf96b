"""Average precision; with many classes, the mean over each class against the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.evaluation.metric import Metric
from logodds.options.rules import choice

if TYPE_CHECKING:
    from logodds.system.arrays import Array


@dataclass(kw_only=True)
class AveragePrecision(Metric):
    """Average precision; with many classes, the mean over each class against the rest."""

    name: str = choice("average_precision")

    def values(self, logits: Array, target: Array, threshold: float) -> Array:
        from logodds.evaluation.metrics import curves, monitors

        return monitors.of_rankings(curves.average_precision, curves.one_vs_rest_precision, logits, target)
