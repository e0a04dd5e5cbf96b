"""Options of logistic regression: one layer, inputs -> logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.models.model import Layers, Model
from logodds.options.rules import choice

if TYPE_CHECKING:
    import torch
    from torch import nn

    from logodds.features.rows import Rows


@dataclass(kw_only=True)
class Logistic(Model):
    """Logistic regression, z = x w + b."""

    name: str = choice("logistic")

    reads = ("matrix", "pixels", "bags")
    linear = True

    def layers(self, rows: Rows, outputs: int) -> Layers | None:
        return None if rows.kind == "bags" else Layers((rows.width, outputs))

    def module(self, rows: Rows, outputs: int, random: torch.Generator) -> nn.Module:
        from logodds.models.networks import bag

        return bag.module(rows.width, outputs)
