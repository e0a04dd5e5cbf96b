"""What an optimiser does to ``flat`` given ``grad`` (see ``stack.py``), per member.

The formulas are those of ``torch.optim``, whose optimisers know one learning rate for all; the tests hold them equal.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from logodds.models.stacks.stack import Stack


class Update(ABC):
    """Abstract: one optimiser over a stack. ``slots``: its running averages by name, [slots, width]."""

    slots: dict[str, Tensor]

    @abstractmethod
    def begin(self, scales: Sequence[float], done: Sequence[int], steps: int) -> None:
        """Before an epoch of ``steps`` updates; per member, ``scales`` multiply its learning rate, and ``done`` of its
        updates came before."""

    @abstractmethod
    def step(self) -> None:
        """One update of ``flat`` from ``grad``, which it may overwrite."""


def column(values: Sequence[float], stack: Stack, padding: float = 0.0) -> Tensor:
    """[slots, 1]: a number per member."""
    return torch.tensor([*values, *[padding] * (stack.slots - len(values))], device=stack.device)[:, None]
