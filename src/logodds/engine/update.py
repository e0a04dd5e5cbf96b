"""The update of an optimiser: it changes ``flat`` according to ``grad``, the two matrices of ``stack.py``.

The formulas are those of ``torch.optim``, whose optimisers have one learning rate for all weights; here each member has
its own. Tests check that the results are equal.
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
    """Abstract: the optimiser of a whole stack.

    Attributes:
        slots: running averages by name, [slots, width] each.
    """

    slots: dict[str, Tensor]

    @abstractmethod
    def begin(self, scales: Sequence[float], done: Sequence[int], steps: int) -> None:
        """Prepare for an epoch.

        Args:
            scales: per member, the factor of its learning rate in this epoch.
            done: per member, the number of updates before this epoch.
            steps: number of updates in this epoch.
        """

    @abstractmethod
    def step(self) -> None:
        """Update ``flat`` from ``grad``, which may be overwritten."""


def column(values: Sequence[float], stack: Stack, padding: float = 0.0) -> Tensor:
    """Return a column [slots, 1] of one number per member, and ``padding`` for the empty slots."""
    return columns([values], stack, padding)[0]


def columns(steps: Sequence[Sequence[float]], stack: Stack, padding: float = 0.0) -> Sequence[Tensor]:
    """Return a column like :func:`column` for each of several steps; all are copied to the device at once."""
    rows = [[*values, *[padding] * (stack.slots - len(values))] for values in steps]
    return torch.tensor(rows, device=stack.device)[:, :, None].unbind()
