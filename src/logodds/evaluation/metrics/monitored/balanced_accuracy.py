"""Mean recall over the classes that have rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.evaluation.metric import Metric
from logodds.options.rules import choice

if TYPE_CHECKING:
    from logodds.system.arrays import Array


@dataclass(kw_only=True)
class BalancedAccuracy(Metric):
    """Mean recall over the classes that have rows."""

    name: str = choice("balanced_accuracy")

    def values(self, logits: Array, target: Array, threshold: float) -> Array:
        from logodds.evaluation.metrics import confusion, monitors

        return monitors.of_calls(
            lambda counts: confusion.balanced_accuracy(counts.matrix()),
            confusion.balanced_accuracy,
            logits,
            target,
            threshold,
        )
