"""From row numbers to what a stack is given for each batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, final

import torch
from torch import Tensor

from logodds.models.stacks.resident import Resident, Wide

SELDOM = 4096  # numbers per row as a module's feed has it, which gathers none: so there are some pauses in an epoch


class Feed(ABC):
    """Abstract. ``numbers``: float32 numbers that it gathers per row."""

    numbers: int

    @abstractmethod
    def prepare(self, batches: int, size: int) -> None:
        """Make room for that many batches of ``size`` rows at a time."""

    @abstractmethod
    def load(self, rows: Sequence[Tensor], valid: Sequence[int]) -> Iterable[Any]:
        """What the stack is given, batch by batch.

        Args:
            rows: per member, row numbers [batches, size]; places beyond a batch's rows hold any row.
            valid: rows of each batch.
        """


@final
class WideFeed(Feed):
    """Chunks of rows gathered at once and cut into (x, x transposed) [slots, size, width + 1]: cutting them for
    each batch would show at 10 µs per update.

    Args:
        residents: each member's rows.
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
        for resident, places, out in zip(self._residents, rows, self._members, strict=True):
            resident.fill(places.view(-1), out if places.numel() == len(out) else out[: places.numel()])
        return self._cut[: len(valid)]


@final
class ModuleFeed(Feed):
    """One batch after the other, each without its padding."""

    numbers = SELDOM

    def __init__(self, resident: Resident) -> None:
        self._resident = resident

    def prepare(self, batches: int, size: int) -> None:
        return

    def load(self, rows: Sequence[Tensor], valid: Sequence[int]) -> Iterable[Any]:
        for places, count in zip(rows[0], valid, strict=True):
            yield self._resident.take(places[:count])
