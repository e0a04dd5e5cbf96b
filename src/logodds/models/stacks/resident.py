"""Rows on the device that trains, in the form in which they are kept there, and what a model is given of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from logodds.features.rows import Bags, Matrix, Pixels, Rows, Tokens
from logodds.models.stacks.padding import padded

BLOCK = 512  # rows at a time where a model is only asked for logits
CACHED = 128  # pictures that stay in the cache while they are normalised


class Resident(ABC):
    """Abstract: n rows."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def take(self, rows: Tensor) -> Any:
        """What a module's ``forward`` takes, for row numbers [b] (int64, on the device)."""

    def blocks(self) -> Iterator[Tensor]:
        """Row numbers of blocks that together are all rows, in an order in which `take` wastes little."""
        yield from torch.split(torch.arange(len(self), device=self.device), BLOCK)

    device: torch.device
    lengths: Tensor | None = None  # [n] int64 on the CPU, where rows are of different length


class Wide(Resident):
    """Abstract: rows that are ``width`` numbers each."""

    width: int

    @abstractmethod
    def fill(self, rows: Tensor, out: Tensor) -> None:
        """Rows into ``out`` [b, width + 1], which ends with the column of ones that biases multiply."""

    @abstractmethod
    def wide(self) -> Iterator[tuple[Tensor, int]]:
        """All rows in order, as blocks [b, width + 1] of whole vectors (see ``stack.VECTOR``) and their rows in it."""


@final
class ResidentMatrix(Wide):
    """``values`` [n, width + 1] float32 on the device: the matrix and the column of ones."""

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
    """uint8 on the device, normalised as they are taken: a quarter of the memory."""

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
        for places, values in zip(torch.split(rows, CACHED), torch.split(out[:, :-1], CACHED), strict=True):
            values.copy_(self._values.index_select(0, places)).sub_(self._mean).mul_(self._inverse)
        out[:, -1] = 1.0

    def wide(self) -> Iterator[tuple[Tensor, int]]:
        for rows in self.blocks() if len(self) else ():
            block = torch.ones(padded(len(rows)), self.width + 1, device=self.device)
            self.fill(rows, block[: len(rows)])
            yield block, len(rows)


@final
class ResidentTokens(Resident):
    """Token numbers, cut to the longest row that is taken."""

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
    """Sparse rows; what is taken is (terms, weights, starts), as ``nn.EmbeddingBag`` reads them."""

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
        # Where each row's terms stand, one after the other: a running number, moved to the row's place.
        total = int(ends[-1]) if len(rows) else 0
        places = torch.arange(total, device=self.device) + (self._starts[rows] - starts).repeat_interleave(counts)
        return self._terms[places].long(), self._weights[places], starts


def resident(rows: Rows, device: torch.device) -> Resident:
    """Move rows to the device."""
    match rows:
        case Matrix():
            return ResidentMatrix(rows, device)
        case Pixels():
            return ResidentPixels(rows, device)
        case Tokens():
            return ResidentTokens(rows, device)
        case Bags():
            return ResidentBags(rows, device)
