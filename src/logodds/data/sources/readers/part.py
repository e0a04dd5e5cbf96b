"""The columns of one file, before their kinds are known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.cells import Notation
from logodds.data.sources.readers.vocabulary import Vocabulary
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError


@dataclass(frozen=True)
class Part:
    """The content of one file.

    Attributes:
        path: the file.
        columns: its columns.
        notes: what was detected.
        hint: the end of an error message if the header may not be a header; else empty.
        typed: whether the file states the types of its columns.
        points: for each column that is read as float64 although the file states no types, how many words have a decimal
            point, see ``plain.py``.
        words: reads columns of such a file again as words; None if the file states types.
    """

    path: Path
    columns: pa.Table
    notes: tuple[str, ...] = ()
    hint: str = ""
    typed: bool = False
    points: Mapping[str, int] = field(default_factory=dict)
    words: Callable[[list[str]], pa.Table] | None = None

    def spelled(self, names: Sequence[str]) -> Part:
        """Return the part with columns as words. Those of a file that states types stay as they are."""
        wanted = set(names)
        numeric = [
            field.name for field in self.columns.schema if field.name in wanted and not pa.types.is_string(field.type)
        ]
        if self.words is None or not numeric:
            return self
        words = dict(zip(numeric, self.words(numeric).columns, strict=True))
        own = zip(self.columns.column_names, self.columns.columns, strict=True)
        return replace(self, columns=pa.table({name: words.get(name, column) for name, column in own}))

    def select(self, names: list[str]) -> Part:
        """Return the part with some of its columns."""
        return replace(self, columns=self.columns.select(names))


class ColumnError(UserError):
    """Something is wrong in a column.

    Attributes:
        path: the file.
        fault: what is wrong where, and what to do.
    """

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path}: {fault}")
        self.path = path
        self.fault = fault


@dataclass(frozen=True)
class RowOrigins:
    """Where each row of a table lies in the files, for messages.

    Attributes:
        paths: the files.
        counts: the number of rows of each file.
        rows: [n] zero-based row numbers, counted through all files.
        header: whether the first line of each file names the columns.
    """

    paths: tuple[Path, ...]
    counts: tuple[int, ...]
    rows: NDArray[np.int64]
    header: bool

    def locate(self, index: int) -> tuple[Path, int]:
        """Return the file of the row at ``index``, and its number there, from 1 for the first row below the header."""
        row = int(self.rows[index])
        for path, count in zip(self.paths, self.counts, strict=True):
            if row < count:
                return path, row + 1
            row -= count
        raise IndexError(index)

    def described(self, indices: NDArray[np.int64]) -> str:
        """Describe the rows at ``indices``, such as ``rows 1, 5, …``: a few, in the file of the first of them."""
        path = self.locate(indices[0])[0]
        locations = [self.locate(int(index)) for index in indices[:6]]
        numbers = [str(row) for other, row in locations if other == path][:5]
        return (
            f"row {numbers[0]}"
            if len(indices) == 1
            else f"rows {', '.join(numbers)}{', …' if len(indices) > len(numbers) else ''}"
        )


@dataclass(frozen=True)
class Column:
    """A column as the file holds it.

    Attributes:
        name: its name.
        values: its cells, null for words that mean missing.
        raw: its cells before such words became null.
        typed: whether the file itself says that the column holds words, and which are missing. Then categories are
            taken from ``raw``.
        origin: where its rows lie, for messages.
        missing: the words of ``problem.missing``.
        notation: how the numbers of the file are written.
        numbers: its words as float64; None if it holds no words, or some of them are no numbers.
        distinct: the different ones of ``values``, if it holds words.
        distinct_words: the different ones of :attr:`words`, if it holds words.
    """

    name: str
    values: pa.ChunkedArray
    raw: pa.ChunkedArray
    typed: bool
    origin: RowOrigins
    missing: tuple[str, ...]
    notation: Notation
    numbers: pa.ChunkedArray | None
    distinct: Vocabulary
    distinct_words: Vocabulary

    @property
    def words(self) -> pa.ChunkedArray:
        """The words of the column if it is read as categories."""
        return self.raw if self.typed else self.values

    @property
    def as_category(self) -> str:
        """The advice to read the column as categories, for messages."""
        return f"set {as_typed('problem.kinds', {self.name: 'category'})}"

    @property
    def as_dropped(self) -> str:
        """The advice to leave the column out, for messages."""
        return f"leave it out with {as_typed('problem.drop', [self.name])}"

    def as_missing(self, words: Iterable[str]) -> str:
        """The advice to read some words as missing, for messages."""
        return f"set {as_typed('problem.missing', list(dict.fromkeys([*self.missing, *words])))}"

    def as_values(self, words: Collection[str]) -> str:
        """The advice to read some words as values, for messages."""
        return f"set {as_typed('problem.missing', [word for word in self.missing if word not in words])}"

    def refuse(self, index: int, fault: str) -> NoReturn:
        """Raise an error about the value at ``index``."""
        path, row = self.origin.locate(index)
        raise ColumnError(path, f"column {self.name!r} row {row} is {fault}")

    def refuse_all(self, fault: str) -> NoReturn:
        """Raise an error about the column as a whole."""
        raise ColumnError(self.origin.paths[0], f"column {self.name!r} {fault}")
