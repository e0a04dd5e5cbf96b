"""What features give and models read: n rows in memory once, in the smallest form that loses nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Matrix:
    """``values``: [n, width] float32; ``columns``: for each of the width, the raw column that it was made from."""

    kind: ClassVar[str] = "matrix"

    values: NDArray[np.float32]
    columns: tuple[str, ...]

    @property
    def width(self) -> int:
        """Numbers of a row."""
        return int(self.values.shape[1])

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Pixels:
    """``values``: [n, channels, height, width] uint8; a model sees (value - mean) / scale, one of each per channel."""

    kind: ClassVar[str] = "pixels"

    values: NDArray[np.uint8]
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    @property
    def width(self) -> int:
        """Numbers of a picture."""
        return math.prod(self.values.shape[1:])

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Tokens:
    """``ids``: [n, longest] int32, token numbers from 1, after the row's last token 0; ``lengths``: [n] int64, at least
    1; ``vocabulary``: token numbers are below it."""

    kind: ClassVar[str] = "tokens"

    ids: NDArray[np.int32]
    lengths: NDArray[np.int64]
    vocabulary: int

    @property
    def width(self) -> int:
        """Token numbers that there may be."""
        return self.vocabulary

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Bags:
    """Sparse rows (CSR): row i holds term numbers ``terms[starts[i]:starts[i + 1]]`` (int32, below ``vocabulary``) with
    as many ``weights`` (float32); ``starts``: [n + 1] int64."""

    kind: ClassVar[str] = "bags"

    terms: NDArray[np.int32]
    weights: NDArray[np.float32]
    starts: NDArray[np.int64]
    vocabulary: int

    @property
    def width(self) -> int:
        """Terms that there may be."""
        return self.vocabulary

    def __len__(self) -> int:
        return len(self.starts) - 1


Rows = Matrix | Pixels | Tokens | Bags
