"""A small convolutional network for pictures, with its augmentation: pixels -> blocks -> logits."""

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
class CNN(Model):
    """Blocks of conv 3x3, batch norm, ReLU and, while a side has 4 pixels or more, max-pool 2x2; then the mean over
    what is left of the picture, dropout and a linear layer.

    Attributes:
        channels: of each block.
        dropout: probability that one of the means is dropped in training.
        flip: whether a picture is mirrored left to right in training, half of the time.
        shift: pixels by which a picture is moved at most along both sides in training; its border is repeated.
    """

    name: str = choice("cnn")
    channels: list[int] = number(least=1, most=4096)
    dropout: float = number(least=0.0, below=1.0)
    flip: bool
    shift: int = number(least=0, most=1024)

    reads = ("pixels",)

    def module(self, rows: Rows, outputs: int, random: torch.Generator) -> nn.Module:
        from logodds.features.rows import Pixels
        from logodds.models.networks import cnn

        if not isinstance(rows, Pixels):
            raise TypeError(f"{type(rows).__name__} are no pictures")
        channels, height, width = rows.values.shape[1:]
        return cnn.module(self, (channels, height, width), outputs, random)
