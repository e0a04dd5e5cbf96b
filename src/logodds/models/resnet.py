"""Options of the ResNet for tables.

Source: Gorishniy et al. 2021, "Revisiting Deep Learning Models for Tabular Data", section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.models.model import Model
from logodds.options.rules import choice, number

if TYPE_CHECKING:
    import torch
    from torch import nn

    from logodds.features.rows import Rows


@dataclass(kw_only=True)
class ResNet(Model):
    """Residual blocks x + dropout(linear(relu(linear(batchnorm(x))))).

    Attributes:
        width: number of values that pass from block to block.
        blocks: number of blocks.
        dropout: probability that a value is dropped at the end of a block.
    """

    name: str = choice("resnet")
    width: int = number(least=1, most=65536)
    blocks: int = number(least=1, most=1024)
    dropout: float = number(least=0.0, below=1.0)

    reads = ("matrix",)

    def module(self, rows: Rows, outputs: int, random: torch.Generator) -> nn.Module:
        from logodds.models.networks import resnet

        return resnet.module(self, rows.width, outputs, random)
