"""The columns of one file, before they have kinds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class Part:
    """``notes``: what was detected. ``hint``: the end of an error message where the header may be no header."""

    path: Path
    columns: pa.Table
    notes: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Origin:
    """Where rows stand: ``rows`` are zero-based over all files, one after the other; ``counts`` are the files' rows."""

    paths: tuple[Path, ...]
    counts: tuple[int, ...]
    rows: NDArray[np.int64]

    def place(self, index: int) -> tuple[Path, int]:
        """File and row, from 1 below the header, of the row at ``index``."""
        row = int(self.rows[index])
        for path, count in zip(self.paths, self.counts, strict=True):
            if row < count:
                return path, row + 1
            row -= count
        raise IndexError(index)

    def some(self, indices: NDArray[np.int64]) -> str:
        """A few of several rows in words, those of the first one's file."""
        path = self.place(indices[0])[0]
        places = [self.place(int(index)) for index in indices[:6]]
        told = [str(row) for other, row in places if other == path][:5]
        return (
            f"row {told[0]}"
            if len(indices) == 1
            else f"rows {', '.join(told)}{', …' if len(indices) > len(told) else ''}"
        )
