"""Matthews correlation coefficient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.evaluation.metric import Metric
from logodds.options.rules import choice

if TYPE_CHECKING:
    from logodds.system.arrays import Array


@dataclass(kw_only=True)
class MatthewsCorrelation(Metric):
    """Matthews correlation coefficient."""

    name: str = choice("mcc")

    def values(self, logits: Array, target: Array, threshold: float) -> Array:
        from logodds.evaluation.metrics import confusion, monitors

        return monitors.of_calls(
            lambda counts: confusion.mcc(counts.matrix()), confusion.mcc, logits, target, threshold
        )
