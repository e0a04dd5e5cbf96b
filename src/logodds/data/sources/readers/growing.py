"""A column of numbers that grows block by block.

Each column has memory of its own. Arrow's pool would lay blocks of all columns side by side, and could give none of
them back before all columns are put together, which would take the memory of two tables.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Numbers:
    """A column of float64 that grows."""

    def __init__(self) -> None:
        self._values = np.empty(0)
        self._count = 0
        self._missing: list[NDArray[np.int64]] = []

    def __len__(self) -> int:
        return self._count

    def add(self, block: pa.Array) -> None:
        """Copy a block of float64 to the end."""
        start, end = self._count, self._count + len(block)
        if end > len(self._values):
            grown = np.empty(max(end, 2 * len(self._values)))  # pages that are not written take no memory
            grown[:start] = self._values[:start]
            self._values = grown
        if len(block):
            self._values[start:end] = np.frombuffer(block.buffers()[1])[block.offset : block.offset + len(block)]
        if block.null_count:
            self._missing.append(start + np.flatnonzero(block.is_null().to_numpy(zero_copy_only=False)))
        self._count = end

    def array(self) -> pa.Array:
        """Return all numbers, which are not copied, with null where one is missing."""
        present = None
        if self._missing:
            mask = np.ones(self._count, np.bool_)
            mask[np.concatenate(self._missing)] = False
            present = pa.array(mask).buffers()[1]
        return pa.Array.from_buffers(pa.float64(), self._count, [present, pa.py_buffer(self._values[: self._count])])
