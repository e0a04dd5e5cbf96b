"""Options of the bidirectional LSTM for texts: token numbers -> embedding -> two LSTMs -> logits."""

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
    """An LSTM that reads forwards, an LSTM that reads backwards, and a linear layer on the outputs of both.

    Attributes:
        embedding: width of a token's embedding.
        units: width of the hidden state of each direction.
        pooling: how the states at all tokens become one vector per text. ``last`` takes the state of each direction
            after the last token that it reads, as Keras's ``Bidirectional(LSTM(units))`` does; ``max`` takes the
            largest value of each unit over all tokens.
        dropout: probability that a number of the pooled vector is dropped in training.
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
