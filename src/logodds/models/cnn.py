"""Options of a small convolutional network for pictures, with augmentation: pixels -> blocks -> logits."""

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
    """Blocks of convolution 3x3, batch norm, ReLU and max-pool 2x2, then global average pooling, dropout and a linear
    layer.

    A block has no max-pool if the shorter side has fewer than 4 pixels left.

    Attributes:
        channels: number of channels of each block.
        dropout: probability that a channel's average is dropped in training.
        flip: whether each picture is mirrored left to right with probability 1/2 in training.
        shift: largest number of pixels by which a picture is moved vertically and horizontally in training; the gap is
            filled by repeating the border.
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
