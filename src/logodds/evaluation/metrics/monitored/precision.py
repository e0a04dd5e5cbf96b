"""Precision of the positive class of two; with many classes, the mean over all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.evaluation.metric import Metric
from logodds.options.rules import choice

if TYPE_CHECKING:
    from logodds.system.arrays import Array


@dataclass(kw_only=True)
class Precision(Metric):
    """Precision of the positive class of two; with many classes, the mean over all."""

    name: str = choice("precision")

    def values(self, logits: Array, target: Array, threshold: float) -> Array:
        from logodds.evaluation.metrics import binary, confusion, monitors

        return monitors.of_calls(
            binary.precision, lambda matrix: confusion.precision(matrix).mean(axis=-1), logits, target, threshold
        )
