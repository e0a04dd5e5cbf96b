"""Options of TabM, an ensemble of networks for tables that share most of their weights.

Source: Gorishniy et al. 2025, "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling".
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
class TabM(Model):
    """k multi-layer perceptrons that share their weight matrices; each has rank-1 adapters, biases and an output layer
    of its own.

    Each of the k is trained by its own loss. The probability of a row is the mean of theirs.

    Attributes:
        k: number of networks.
        width: units of each hidden layer.
        blocks: number of hidden layers.
        dropout: probability that a hidden unit is dropped in training.
    """

    name: str = choice("tabm")
    k: int = number(least=1, most=1024)
    width: int = number(least=1, most=65536)
    blocks: int = number(least=1, most=1024)
    dropout: float = number(least=0.0, below=1.0)

    reads = ("matrix",)

    def heads(self) -> int:
        return self.k

    def module(self, rows: Rows, outputs: int, random: torch.Generator) -> nn.Module:
        from logodds.models.networks import tabm

        return tabm.module(self, rows.width, outputs, random)
