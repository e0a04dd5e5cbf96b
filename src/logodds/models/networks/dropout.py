"""Dropout that draws from its own generator, so that nothing else in the process affects the masks."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn


@final
class Dropout(nn.Module):
    """In training, set each value to zero with ``probability`` and divide the others by 1 - ``probability``."""

    def __init__(self, probability: float, random: torch.Generator) -> None:
        super().__init__()
        self._probability = probability
        self._random = random

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self._probability == 0.0:
            return x
        noise = torch.empty_like(x).uniform_(generator=self._random)
        return x * (noise >= self._probability) / (1.0 - self._probability)
