"""Turn row numbers into the inputs that a stack reads for each batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, final

import torch
from torch import Tensor

from logodds.models.stacks.resident import Resident, Wide

# A module's feed gathers no chunks. It claims this many numbers per row, so that chunks are not too long: training can
# only be interrupted between chunks.
SELDOM = 4096


class Feed(ABC):
    """Abstract: the source of a stack's inputs.

    Attributes:
        numbers: how many float32 numbers it gathers per row of a batch, for all slots together.
    """

    numbers: int

    @abstractmethod
    def prepare(self, batches: int, size: int) -> None:
        """Allocate buffers for chunks of at most ``batches`` batches of ``size`` rows."""

    @abstractmethod
    def load(self, rows: Sequence[Tensor], valid: Sequence[int]) -> Iterable[Any]:
        """Return the inputs of a chunk, batch by batch.

        Args:
            rows: per member, row numbers [batches, size]; padding holds the number of any row.
            valid: number of rows of each batch without padding.
        """


@final
class WideFeed(Feed):
    """Gathers all rows of a chunk at once; the inputs of a batch are x [slots, size, width + 1] and x transposed.

    An update takes about 10 µs, so the views of the batches are made once, not for each batch.

    Args:
        residents: rows of each member.
        slots: number of slots of the stack.
    """

    def __init__(self, residents: Sequence[Wide], slots: int) -> None:
        self._residents, self._slots = residents, slots
        self.numbers = slots * (residents[0].width + 1)

    def prepare(self, batches: int, size: int) -> None:
        width, device = self._residents[0].width, self._residents[0].device
        self._x = torch.zeros(self._slots, batches * size, width + 1, device=device)
        self._members = [self._x[k] for k in range(len(self._residents))]
        self._cut = list(zip(torch.split(self._x, size, 1), torch.split(self._x.transpose(1, 2), size, 2), strict=True))

    def load(self, rows: Sequence[Tensor], valid: Sequence[int]) -> Iterable[tuple[Tensor, Tensor]]:
        for resident, chosen, out in zip(self._residents, rows, self._members, strict=True):
            resident.fill(chosen.view(-1), out if chosen.numel() == len(out) else out[: chosen.numel()])
        return self._cut[: len(valid)]


@final
class ModuleFeed(Feed):
    """Gathers one batch after the other, each without its padding."""

    numbers = SELDOM

    def __init__(self, resident: Resident) -> None:
        self._resident = resident

    def prepare(self, batches: int, size: int) -> None:
        return

    def load(self, rows: Sequence[Tensor], valid: Sequence[int]) -> Iterable[Any]:
        for chosen, count in zip(rows[0], valid, strict=True):
            yield self._resident.take(chosen[:count])
