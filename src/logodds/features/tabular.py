"""Columns of a table -> a matrix of numbers, by statistics of the train rows alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.errors import UserError
from logodds.features.features import Features
from logodds.rows import Matrix
from logodds.schema import choice
from logodds.table import Table

SHORTEST_COUNT = 20  # rows from which 1, 2, 3, ... is no accident


@dataclass(kw_only=True)
class TabularOptions:
    """``standard`` centres numbers and divides by their standard deviation (scikit-learn's StandardScaler)."""

    name: str = choice("tabular")
    scale: str = choice("standard", "none")


@dataclass(frozen=True)
class Number:
    """A numeric column: (value or median if missing) - mean, over scale; and a 0/1 column where train had gaps."""

    name: str
    median: float
    mean: float
    scale: float
    indicator: bool


@dataclass(frozen=True)
class Category:
    """A column of words: one 0/1 column per word of the train rows; other words and gaps are all zeros."""

    name: str
    vocabulary: tuple[str, ...]


@dataclass(frozen=True)
class Tabular(Features):
    """All that was fitted, in the order of the matrix's columns."""

    columns: tuple[Number | Category, ...]

    @property
    def names(self) -> list[str]:
        """One name per column of the matrix."""
        names: list[str] = []
        for column in self.columns:
            if isinstance(column, Category):
                names += [f"{column.name}={word}" for word in column.vocabulary]
            else:
                names += [column.name, *([f"{column.name} is missing"] if column.indicator else [])]
        return names

    @property
    def origins(self) -> tuple[str, ...]:
        """The raw column of each column of the matrix."""
        found: list[str] = []
        for column in self.columns:
            found += [column.name] * (len(column.vocabulary) if isinstance(column, Category) else 1 + column.indicator)
        return tuple(found)

    def inputs(self) -> dict[str, str]:
        return {column.name: "string" if isinstance(column, Category) else "double" for column in self.columns}

    def apply(self, columns: pa.Table, rows: NDArray[np.int64]) -> Matrix:
        matrix = np.zeros((len(rows), len(self.names)), dtype=np.float32)
        chosen = pa.array(rows)
        at = 0
        for column in self.columns:
            if column.name not in columns.column_names:
                raise UserError(f"column {column.name!r} is not in the rows; the model was trained with it")
            values = columns.column(column.name).take(chosen)
            if isinstance(column, Category):
                codes = {word: at + index for index, word in enumerate(column.vocabulary)}
                places = np.array(
                    [codes.get(word, -1) for word in values.cast(pa.string()).to_pylist()], dtype=np.int64
                )
                known = np.flatnonzero(places >= 0)
                matrix[known, places[known]] = 1.0
                at += len(column.vocabulary)
                continue
            try:
                numbers = values.cast(pa.float64()).to_numpy()
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise UserError(f"column {column.name!r} must hold numbers: {str(error).splitlines()[0]}") from error
            missing = np.isnan(numbers)
            matrix[:, at] = (np.where(missing, column.median, numbers) - column.mean) / column.scale
            at += 1
            if column.indicator:
                matrix[:, at] = missing
                at += 1
        return Matrix(matrix, self.origins)

    def to_plain(self) -> dict[str, Any]:
        kinds = {Number: "number", Category: "category"}
        return {"columns": [{"kind": kinds[type(column)], **asdict(column)} for column in self.columns]}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Tabular:
        return cls(tuple(_column(dict(item)) for item in plain["columns"]))


def fit(table: Table, rows: NDArray[np.int64], options: TabularOptions, split_column: str | None) -> Tabular:
    """Statistics of ``rows`` (train). The column that split the rows is never an input: it would tell groups apart.

    Raises:
        UserError: a date column, a column without a value in the train rows, or no column left.
    """
    fitted: list[Number | Category] = []
    for name in table.columns.column_names:
        if name == split_column:
            continue
        column = table.columns.column(name)
        if pa.types.is_timestamp(column.type):
            raise UserError(f"column {name!r} holds dates, which no feature reads; use problem.drop=[{name}]")
        train = column.take(pa.array(rows))
        if train.null_count == len(train):
            raise UserError(f"column {name!r} has no value in the train rows; use problem.drop=[{name}]")
        _refuse_row_numbers(name, column)
        if pa.types.is_string(column.type):
            fitted.append(Category(name, tuple(sorted(value for value in train.unique().to_pylist() if value))))
        else:
            fitted.append(_number(name, train.to_numpy(), options))
    if not fitted:
        raise UserError("no column is left as an input beside the target and split.column")
    return Tabular(tuple(fitted))


def _refuse_row_numbers(name: str, column: pa.ChunkedArray) -> None:
    """A column that counts the rows says where a row stood in the file, which no new row can tell."""
    if pa.types.is_string(column.type) or len(column) < SHORTEST_COUNT:
        return
    if bool((np.diff(column.to_numpy()) == 1.0).all()):
        raise UserError(f"column {name!r} counts the rows, it is no feature; leave it out with problem.drop=[{name}]")


def _number(name: str, values: NDArray[np.float64], options: TabularOptions) -> Number:
    missing = np.isnan(values)
    median = float(np.median(values[~missing]))
    if options.scale == "none":
        return Number(name, median, 0.0, 1.0, bool(missing.any()))
    filled = np.where(missing, median, values)
    # A constant column stays at zero instead of dividing by the rounding error of its mean, as in StandardScaler.
    deviation = float(filled.std()) if filled.min() < filled.max() else 0.0
    return Number(name, median, float(filled.mean()), deviation if deviation > 0.0 else 1.0, bool(missing.any()))


def _column(item: dict[str, Any]) -> Number | Category:
    if item.pop("kind") == "category":
        return Category(str(item["name"]), tuple(item["vocabulary"]))
    return Number(**item)
