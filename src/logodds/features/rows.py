"""What features give and models read: n rows in memory once, in the smallest form that loses nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Matrix:
    """``values``: [n, width] float32; ``columns``: for each of the width, the raw column that it was made from."""

    values: NDArray[np.float32]
    columns: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Pixels:
    """``values``: [n, channels, height, width] uint8; a model sees (value - mean) / scale, one of each per channel."""

    values: NDArray[np.uint8]
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Tokens:
    """``ids``: [n, longest] int32, token numbers from 1, after the row's last token 0; ``lengths``: [n] int64, at least
    1; ``vocabulary``: token numbers are below it."""

    ids: NDArray[np.int32]
    lengths: NDArray[np.int64]
    vocabulary: int

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Bags:
    """Sparse rows (CSR): row i holds term numbers ``terms[starts[i]:starts[i + 1]]`` (int32, below ``vocabulary``) with
    as many ``weights`` (float32); ``starts``: [n + 1] int64."""

    terms: NDArray[np.int32]
    weights: NDArray[np.float32]
    starts: NDArray[np.int64]
    vocabulary: int

    def __len__(self) -> int:
        return len(self.starts) - 1


Rows = Matrix | Pixels | Tokens | Bags
