"""Fitted tabular features: columns of a table become a matrix of numbers, by statistics of the train rows only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.cells import PLAIN, Cells
from logodds.data.table import Table
from logodds.features.features import Features
from logodds.features.fitted import category, column, number
from logodds.features.fitted.category import Category
from logodds.features.fitted.number import Number
from logodds.features.rows import Matrix
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.features.tabular import TabularOptions

SHORTEST_COUNT = 20  # rows from which 1, 2, 3, ... cannot be a coincidence


@dataclass(frozen=True)
class TabularFeatures(Features):
    """Fitted tabular features.

    Attributes:
        columns: the fitted columns, in the order of the columns of the matrix.
        cells: how raw cells are read.
    """

    kind: ClassVar[str] = "tabular"

    columns: tuple[Number | Category, ...]
    cells: Cells = PLAIN

    @property
    def names(self) -> list[str]:
        """One name per column of the matrix."""
        return [name for item in self.columns for name in item.names]

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """The raw column of each column of the matrix."""
        return tuple(item.name for item in self.columns for _ in item.names)

    def inputs(self) -> dict[str, str]:
        return {item.name: "string" if isinstance(item, Category) else "double" for item in self.columns}

    def apply(self, columns: pa.Table, rows: NDArray[np.int64]) -> Matrix:
        widths = [len(item.names) for item in self.columns]
        matrix = np.zeros((len(rows), sum(widths)), dtype=np.float32)
        ends = np.cumsum(widths).tolist()
        for item, width, end in zip(self.columns, widths, ends, strict=True):
            part = matrix[:, end - width : end]
            if isinstance(item, Number):
                item.fill(part, column.numbers(columns, item.name, rows, self.cells))
            else:
                item.fill(part, column.words(columns, item.name, rows, self.cells))
        return Matrix(matrix, self.raw_columns)

    def unseen(self, columns: pa.Table) -> list[str]:
        rows = np.arange(len(columns))
        notes = []
        for item in self.columns:
            if isinstance(item, Number):
                found = item.unseen(column.numbers(columns, item.name, rows, self.cells))
            else:
                found = item.unseen(column.words(columns, item.name, rows, self.cells))
            notes += [f"column {item.name!r}: {note}" for note in found]
        return notes

    def to_plain(self) -> dict[str, Any]:
        return {"cells": self.cells.to_plain(), "columns": [item.to_plain() for item in self.columns]}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> TabularFeatures:
        kinds: dict[str, type[Number | Category]] = {"number": Number, "category": Category}
        columns = tuple(kinds[item["kind"]].from_plain(item) for item in plain["columns"])
        return cls(columns, Cells.from_plain(plain["cells"]))


def fit(table: Table, rows: NDArray[np.int64], options: TabularOptions, split_column: str | None) -> TabularFeatures:
    """Fit statistics of ``rows``, the train rows.

    A column that has no value or a single one in them is left out, with a note.

    Raises:
        UserError: a column holds dates, texts or pictures, counts the rows, or has too many different words; or no
            column is left.
    """
    fitted: list[Number | Category] = []
    empty: list[str] = []
    constant: list[str] = []
    merged: list[str] = []
    names = [name for name in table.columns.column_names if name != split_column]
    _refuse_texts([name for name in names if pa.types.is_large_string(column.by_name(table.columns, name).type)])
    for name in names:
        values = table.columns.column(name)
        _refuse_other_kinds(name, values.type)
        train = values.take(pa.array(rows))
        if train.null_count == len(train):
            empty.append(name)
        elif len(train.unique()) == 1:
            constant.append(name)
        elif pa.types.is_string(values.type):
            words = category.fit(name, train, options.rare)
            _refuse_many(words, options)
            if len(words.names) > 1:
                fitted.append(words)
            else:
                constant.append(name)
        else:
            _refuse_row_numbers(name, values)
            numbers = train.to_numpy()
            scaled = number.fit(name, numbers, options.scale, options.bins)
            fitted.append(scaled)
            if scaled.merges(numbers):
                merged.append(name)
    left_out = (("without a value", empty), ("with one value", constant))
    notes = tuple(
        f"columns left out, {what} in the train rows: {column.listed(names)}" for what, names in left_out if names
    )
    if merged:
        notes += (
            f"columns of which float32 holds most different numbers as one: {column.listed(merged)}; "
            "features.bins=48 tells them apart",
        )
    if not fitted:
        reason = f" ({'; '.join(notes)})" if notes else ""
        raise UserError(f"no column is left as an input beside the target and split.column{reason}")
    return TabularFeatures(tuple(fitted), table.cells, notes=notes)


def _refuse_texts(names: list[str]) -> None:
    """Raise one error for all columns of texts."""
    if names:
        subject = f"column {names[0]!r} holds" if len(names) == 1 else f"columns {column.listed(names)} hold"
        raise UserError(
            f"{subject} texts, which features=tabular does not read; use features=tokens or ngrams, or add "
            f"{'it' if len(names) == 1 else 'them'} to problem.drop"
        )


def _refuse_other_kinds(name: str, kind: pa.DataType) -> None:
    if pa.types.is_timestamp(kind):
        raise UserError(f"column {name!r} holds dates, which no feature reads; use {as_typed('problem.drop', [name])}")
    if isinstance(kind, pa.FixedShapeTensorType):
        raise UserError(f"column {name!r} holds pictures, which features=tabular does not read; use features=pixels")


def _refuse_many(words: Category, options: TabularOptions) -> None:
    count = len(words.vocabulary)
    if count > options.max_categories:
        raise UserError(
            f"column {words.name!r} has {count} different words in the train rows, more than "
            f"features.max_categories={options.max_categories}; "
            f"use {as_typed('problem.drop', [words.name])}, or raise features.rare"
        )


def _refuse_row_numbers(name: str, values: pa.ChunkedArray) -> None:
    """Raise an error if a column counts the rows.

    It says where a row stood in the file, which is not known of a new row.
    """
    if len(values) >= SHORTEST_COUNT and bool((np.diff(values.to_numpy()) == 1.0).all()):
        raise UserError(
            f"column {name!r} counts the rows, it is no feature; leave it out with {as_typed('problem.drop', [name])}"
        )
