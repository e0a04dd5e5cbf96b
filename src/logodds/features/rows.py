"""The kinds of rows that features give and models read.

All n rows are held in memory once, in the smallest form that loses nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Matrix:
    """Rows of numbers.

    Attributes:
        values: [n, width] float32.
        columns: [width], the raw column that each column of ``values`` was made from.
    """

    kind: ClassVar[str] = "matrix"

    values: NDArray[np.float32]
    columns: tuple[str, ...]

    @property
    def width(self) -> int:
        """The number of values per row."""
        return int(self.values.shape[1])

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Pixels:
    """Pictures. A model sees (value - mean) / scale.

    Attributes:
        values: [n, channels, height, width] uint8.
        mean: [channels], in the units of ``values``.
        scale: [channels], in the units of ``values``.
    """

    kind: ClassVar[str] = "pixels"

    values: NDArray[np.uint8]
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    @property
    def width(self) -> int:
        """The number of values per picture."""
        return math.prod(self.values.shape[1:])

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Tokens:
    """Sequences of token numbers.

    Attributes:
        ids: [n, longest] int32, token numbers from 1; 0 after the last token of a row.
        lengths: [n] int64, the number of tokens of each row, at least 1.
        vocabulary: all token numbers are below it.
    """

    kind: ClassVar[str] = "tokens"

    ids: NDArray[np.int32]
    lengths: NDArray[np.int64]
    vocabulary: int

    @property
    def width(self) -> int:
        """The number of possible token numbers, with that of the padding."""
        return self.vocabulary

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Bags:
    """Sparse rows in CSR form.

    Row i holds the terms ``terms[starts[i]:starts[i + 1]]``, with the weights at the same indices.

    Attributes:
        terms: [entries] int32, term numbers below ``vocabulary``.
        weights: [entries] float32.
        starts: [n + 1] int64, where each row begins; the last one is the number of entries.
        vocabulary: the number of possible terms.
    """

    kind: ClassVar[str] = "bags"

    terms: NDArray[np.int32]
    weights: NDArray[np.float32]
    starts: NDArray[np.int64]
    vocabulary: int

    @property
    def width(self) -> int:
        """The number of possible terms."""
        return self.vocabulary

    def __len__(self) -> int:
        return len(self.starts) - 1


Rows = Matrix | Pixels | Tokens | Bags
