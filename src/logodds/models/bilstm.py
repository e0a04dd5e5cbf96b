"""Bidirectional LSTM for texts: token numbers -> embedding -> an LSTM each way -> logits."""

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
class BiLSTM(Model):
    """An LSTM that reads forwards, one that reads backwards, and a linear layer on both.

    Attributes:
        embedding: numbers per token.
        units: width of each direction's state.
        pooling: what a text comes down to. ``last``: each direction's state after the last token that it reads, as in
            Keras's ``Bidirectional(LSTM(units))``; ``max``: the largest value that each unit takes at any token.
        dropout: probability that a pooled number is dropped in training.
    """

    name: str = choice("bilstm")
    embedding: int = number(least=1, most=4096)
    units: int = number(least=1, most=4096)
    pooling: str = choice("last", "max")
    dropout: float = number(least=0.0, below=1.0)

    reads = ("tokens",)

    def module(self, rows: Rows, outputs: int, random: torch.Generator) -> nn.Module:
        from logodds.models.networks import bilstm

        return bilstm.module(self, rows.width, outputs, random)
