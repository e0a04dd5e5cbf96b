"""Share of rows whose class was predicted rightly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.evaluation.metric import Metric
from logodds.options.rules import choice

if TYPE_CHECKING:
    from logodds.system.arrays import Array


@dataclass(kw_only=True)
class Accuracy(Metric):
    """Share of rows whose class was predicted rightly."""

    name: str = choice("accuracy")

    def values(self, logits: Array, target: Array, threshold: float) -> Array:
        from logodds.evaluation.metrics import binary, confusion, monitors

        return monitors.of_calls(binary.accuracy, confusion.accuracy, logits, target, threshold)
