"""Fitted tabular features: columns of a table become a matrix of numbers, by statistics of the train rows only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.cells import PLAIN, Cells
from logodds.data.neighbours import together
from logodds.data.table import Table
from logodds.features.features import Features
from logodds.features.fitted import category, column, date, number
from logodds.features.fitted.category import Category
from logodds.features.fitted.date import PARTS, Date
from logodds.features.fitted.number import Number
from logodds.features.rows import Matrix
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.features.tabular import TabularOptions

Column = Number | Category | Date
BLOCK = 1 << 16  # rows of a column that are encoded at a time, which bounds the memory of intermediate results
NO_VALUE = "without a value in the train rows"
ONE_VALUE = "with one value in the train rows"
MANY = "with more different words than features.max_categories (raise it or features.rare)"
TEXTS = "texts, which features=ngrams or tokens reads"
INPUTS = {Number: "double", Category: "string", Date: "datetime"}  # MLflow's names for the types of raw columns


@dataclass(frozen=True)
class TabularFeatures(Features):
    """Fitted tabular features.

    Attributes:
        columns: the fitted columns, in the order of the columns of the matrix.
        cells: how raw cells are read.
    """

    kind: ClassVar[str] = "tabular"

    columns: tuple[Column, ...]
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
        return {item.name: INPUTS[type(item)] for item in self.columns}

    def apply(self, columns: pa.Table, rows: NDArray[np.int64]) -> Matrix:
        widths = [len(item.names) for item in self.columns]
        matrix = np.zeros((len(rows), sum(widths)), dtype=np.float32)
        ends = np.cumsum(widths).tolist()
        for item, width, end in zip(self.columns, widths, ends, strict=True):
            own, cells = matrix[:, end - width : end], self._read(item, columns, rows)
            for start in range(0, max(len(rows), 1), BLOCK):  # once for no rows, which shows whether it can be used
                item.fill(own[start : start + BLOCK], cells[start : start + BLOCK])
        return Matrix(matrix, self.raw_columns)

    def unseen(self, columns: pa.Table, rows: NDArray[np.int64]) -> list[str]:
        notes = []
        for item in self.columns:
            notes += [f"column {item.name!r}: {note}" for note in item.unseen(self._read(item, columns, rows))]
        return notes

    def _read(self, item: Column, columns: pa.Table, rows: NDArray[np.int64]) -> Any:
        """Return the chosen rows of a fitted column's raw cells in the form that it takes."""
        if isinstance(item, Number):
            return column.numbers(columns, item.name, rows, self.cells)
        if isinstance(item, Date):
            return column.dates(columns, item.name, rows, self.cells)
        return column.words(columns, item.name, rows, self.cells)

    def to_plain(self) -> dict[str, Any]:
        return {"cells": self.cells.to_plain(), "columns": [item.to_plain() for item in self.columns]}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> TabularFeatures:
        kinds: dict[str, type[Column]] = {"number": Number, "category": Category, "date": Date}
        columns = tuple(kinds[item["kind"]].from_plain(item) for item in plain["columns"])
        return cls(columns, Cells.from_plain(plain["cells"]))


def fit(table: Table, rows: NDArray[np.int64], options: TabularOptions, split_column: str | None) -> TabularFeatures:
    """Fit statistics of ``rows``, the train rows.

    A column is left out, with a note, that has no value or a single one in them, has too many different words, or holds
    texts.

    Raises:
        UserError: no column is left, or a column holds pictures.
    """
    numbers, merged = _numbers(table, rows, options, split_column)
    fitted: list[Column] = []
    left_out: dict[str, list[str]] = {reason: [] for reason in (NO_VALUE, ONE_VALUE, TEXTS, MANY)}
    for name, values in zip(table.columns.column_names, table.columns.columns, strict=True):
        if name == split_column:
            continue
        if name in numbers:
            fitted.append(numbers[name])
            continue
        if isinstance(values.type, pa.FixedShapeTensorType):
            raise UserError(
                f"column {name!r} holds pictures, which features=tabular does not read; use features=pixels"
            )
        if pa.types.is_large_string(values.type):
            left_out[TEXTS].append(name)
            continue
        train = values.take(pa.array(rows))
        if train.null_count == len(train):
            left_out[NO_VALUE].append(name)
        elif pa.types.is_float64(values.type) or len(train.unique()) == 1:
            left_out[ONE_VALUE].append(name)
        elif pa.types.is_timestamp(values.type):
            fitted.append(date.fit(name, train, options.scale, options.bins))
        elif pa.types.is_string(values.type):
            words = category.fit(name, train, options.rare)
            if len(words.vocabulary) > options.max_categories:
                left_out[MANY].append(name)
            elif len(words.names) > 1:
                fitted.append(words)
            else:
                left_out[ONE_VALUE].append(name)
    notes = [f"columns left out, {reason}: {column.listed(names)}" for reason, names in left_out.items() if names]
    if merged:
        notes.append(
            f"columns of which float32 holds most different numbers as one: {column.listed(merged)}; "
            "features.bins=48 tells them apart"
        )
    if not fitted:
        reason = f" ({'; '.join(notes)})" if notes else ""
        raise UserError(f"no column is left as an input beside the target and split.column{reason}")
    dates = [item.name for item in fitted if isinstance(item, Date)]
    if dates:
        without = as_typed("problem.drop", dates)
        notes.append(f"dates are read as {', '.join(PARTS)}: {column.listed(dates)}; {without} leaves them out")
    return TabularFeatures(tuple(fitted), table.cells, notes=tuple(notes))


def _numbers(
    table: Table, rows: NDArray[np.int64], options: TabularOptions, split_column: str | None
) -> tuple[dict[str, Number], list[str]]:
    """Fit the columns of numbers.

    Returns:
        The fitted columns by name, without those of one value or none, and the names of those that are merged, see
        :meth:`Number.merges`.
    """
    fitted: dict[str, Number] = {}
    merged = []
    columns = [
        (name, values)
        for name, values in zip(table.columns.column_names, table.columns.columns, strict=True)
        if pa.types.is_float64(values.type) and name != split_column
    ]
    for group in together(columns, len(rows)) if len(rows) else ():
        numbers = np.stack([values.to_numpy()[rows] for _, values in group])
        gaps = np.isnan(numbers)
        varied = gaps.any(axis=1) | (np.fmin.reduce(numbers, axis=1) < np.fmax.reduce(numbers, axis=1))
        chosen = varied & ~gaps.all(axis=1)
        names = [name for (name, _), fits in zip(group, chosen, strict=True) if fits]
        items = number.fit(names, numbers[chosen], options.scale, options.bins)
        fitted |= {item.name: item for item in items}
        merged += [item.name for item, values in zip(items, numbers[chosen], strict=True) if item.merges(values)]
    return fitted, merged
