"""Area under the ROC curve; with many classes, the mean over each class against the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.evaluation.metric import Metric
from logodds.options.rules import choice

if TYPE_CHECKING:
    from logodds.system.arrays import Array


@dataclass(kw_only=True)
class RocAuc(Metric):
    """Area under the ROC curve; with many classes, the mean over each class against the rest."""

    name: str = choice("roc_auc")

    def values(self, logits: Array, target: Array, threshold: float) -> Array:
        from logodds.evaluation.metrics import curves, monitors

        return monitors.of_rankings(curves.roc_auc, curves.one_vs_rest_auc, logits, target)
