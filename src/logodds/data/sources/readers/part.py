"""The columns of one file, before they have kinds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.system.errors import UserError


@dataclass(frozen=True)
class Part:
    """``notes``: what was detected. ``hint``: the end of an error message where the header may be no header."""

    path: Path
    columns: pa.Table
    notes: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class RowPlaces:
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


@dataclass(frozen=True)
class Column:
    """A column as the file holds it. ``raw``: its words before those that mean missing became null; else ``values``.

    ``typed``: the file itself says that it holds words and which are missing, so that as categories they stay ``raw``.
    """

    name: str
    values: pa.ChunkedArray
    raw: pa.ChunkedArray
    typed: bool
    origin: RowPlaces

    @property
    def words(self) -> pa.ChunkedArray:
        """Its words where they are categories."""
        return self.raw if self.typed else self.values

    def refuse(self, index: int, told: str) -> NoReturn:
        """Raise for the value at ``index``."""
        path, row = self.origin.place(index)
        raise UserError(f"{path}: column {self.name!r} row {row} is {told}")

    def refuse_all(self, told: str) -> NoReturn:
        """Raise for the column as a whole."""
        raise UserError(f"{self.origin.paths[0]}: column {self.name!r} {told}")
