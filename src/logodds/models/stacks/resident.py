"""Rows on the training device: how they are stored there, and the form in which a model reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from logodds.features.rows import Bags, Matrix, Pixels, Rows, Tokens
from logodds.models.stacks.padding import padded

BLOCK = 512  # rows at a time when logits are computed without training
CACHED = 128  # pictures normalised at a time, so that they stay in the cache


class Resident(ABC):
    """Abstract: n rows on a device.

    Attributes:
        device: where the rows are.
        lengths: length of each row [n], int64 on the CPU; None if all rows have the same length.
    """

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def take(self, rows: Tensor) -> Any:
        """Return the argument of a module's ``forward`` for row numbers [b] (int64, on the device)."""

    def blocks(self) -> Iterator[Tensor]:
        """Yield the numbers of all rows in blocks, in an order that needs little padding in :meth:`take`."""
        yield from torch.split(torch.arange(len(self), device=self.device), BLOCK)

    device: torch.device
    lengths: Tensor | None = None


class Wide(Resident):
    """Abstract: rows of ``width`` numbers each."""

    width: int

    @abstractmethod
    def fill(self, rows: Tensor, out: Tensor) -> None:
        """Write rows [b] into ``out`` [b, width + 1], whose last column is the ones that multiply the biases."""

    @abstractmethod
    def wide(self) -> Iterator[tuple[Tensor, int]]:
        """Yield all rows in order, as blocks [b, width + 1] with the number of rows in the block.

        A block is padded to a multiple of ``padding.VECTOR`` rows.
        """


@final
class ResidentMatrix(Wide):
    """Rows of a matrix.

    Attributes:
        values: [n, width + 1] float32 on the device: the matrix and a column of ones.
    """

    def __init__(self, rows: Matrix, device: torch.device) -> None:
        self.device = device
        self.width = rows.values.shape[1]
        held = np.ones((padded(len(rows)), self.width + 1), np.float32)
        held[: len(rows), :-1] = rows.values
        self._padded = torch.from_numpy(held).to(device)
        self.values = self._padded[: len(rows)]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Tensor) -> Tensor:
        return self.values[rows, :-1]

    def fill(self, rows: Tensor, out: Tensor) -> None:
        torch.index_select(self.values, 0, rows, out=out)

    def wide(self) -> Iterator[tuple[Tensor, int]]:
        for start in range(0, len(self), BLOCK):
            yield self._padded[start : start + BLOCK], min(BLOCK, len(self) - start)


@final
class ResidentPixels(Wide):
    """Pictures as uint8, a quarter of the memory of float32; they are normalised when they are read."""

    def __init__(self, rows: Pixels, device: torch.device) -> None:
        self.device = device
        self._shape = rows.values.shape[1:]
        self.width = int(np.prod(self._shape))
        self._values = torch.from_numpy(np.ascontiguousarray(rows.values)).to(device).view(len(rows), self.width)
        area = self.width // self._shape[0]
        self._mean = torch.tensor(rows.mean, device=device).repeat_interleave(area)
        self._inverse = torch.tensor(rows.scale, device=device).reciprocal().repeat_interleave(area)

    def __len__(self) -> int:
        return len(self._values)

    def take(self, rows: Tensor) -> Tensor:
        return self._values.index_select(0, rows).float().sub_(self._mean).mul_(self._inverse).view(-1, *self._shape)

    def fill(self, rows: Tensor, out: Tensor) -> None:
        for chosen, values in zip(torch.split(rows, CACHED), torch.split(out[:, :-1], CACHED), strict=True):
            values.copy_(self._values.index_select(0, chosen)).sub_(self._mean).mul_(self._inverse)
        out[:, -1] = 1.0

    def wide(self) -> Iterator[tuple[Tensor, int]]:
        for rows in self.blocks() if len(self) else ():
            block = torch.ones(padded(len(rows)), self.width + 1, device=self.device)
            self.fill(rows, block[: len(rows)])
            yield block, len(rows)


@final
class ResidentTokens(Resident):
    """Token numbers; :meth:`take` cuts them to the longest of the rows that it returns."""

    def __init__(self, rows: Tokens, device: torch.device) -> None:
        self.device = device
        self._ids = torch.from_numpy(np.ascontiguousarray(rows.ids)).to(device)
        self.lengths = torch.from_numpy(np.ascontiguousarray(rows.lengths))
        self._lengths = self.lengths.to(device)

    def __len__(self) -> int:
        return len(self._ids)

    def take(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        lengths = self._lengths[rows]
        return self._ids[rows, : int(lengths.max())].long(), lengths

    def blocks(self) -> Iterator[Tensor]:
        yield from torch.split(torch.argsort(self._lengths, stable=True), BLOCK)


@final
class ResidentBags(Resident):
    """Sparse rows; :meth:`take` returns (terms, weights, starts), as ``nn.EmbeddingBag`` reads them."""

    def __init__(self, rows: Bags, device: torch.device) -> None:
        self.device = device
        self._terms = torch.from_numpy(np.ascontiguousarray(rows.terms)).to(device)
        self._weights = torch.from_numpy(np.ascontiguousarray(rows.weights)).to(device)
        self._starts = torch.from_numpy(np.ascontiguousarray(rows.starts)).to(device)
        self._counts = self._starts.diff()

    def __len__(self) -> int:
        return len(self._counts)

    def take(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        counts = self._counts[rows]
        ends = counts.cumsum(0)
        starts = ends - counts
        # The positions of the rows' terms, row after row: a running number, shifted to where each row starts.
        total = int(ends[-1]) if len(rows) else 0
        positions = torch.arange(total, device=self.device) + (self._starts[rows] - starts).repeat_interleave(counts)
        return self._terms[positions].long(), self._weights[positions], starts


def resident(rows: Rows, device: torch.device) -> Resident:
    """Copy rows to the device."""
    match rows:
        case Matrix():
            return ResidentMatrix(rows, device)
        case Pixels():
            return ResidentPixels(rows, device)
        case Tokens():
            return ResidentTokens(rows, device)
        case Bags():
            return ResidentBags(rows, device)
