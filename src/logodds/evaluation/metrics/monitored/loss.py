"""Log loss, in nats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.evaluation.metric import Metric
from logodds.options.rules import choice

if TYPE_CHECKING:
    from logodds.system.arrays import Array


@dataclass(kw_only=True)
class LogLoss(Metric):
    """Log loss, in nats."""

    name: str = choice("loss")

    higher_is_better = False

    def values(self, logits: Array, target: Array, threshold: float) -> Array:
        from logodds.evaluation.metrics import monitors

        return monitors.log_loss(logits, target)
