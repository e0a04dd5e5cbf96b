"""Read the raw columns that features need: by name, or the only one of the right type."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.data import timestamps
from logodds.data.cells import TRUTH, Cells, NotANumber, too_large
from logodds.data.table import Table
from logodds.data.timestamps import NotADate
from logodds.options.overrides import as_typed
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError

CHUNK = 4096  # texts that are compared at a time
MENTIONED = 10  # names that a message lists


def listed(names: list[str]) -> str:
    """Return the first of several names, for a message."""
    return ", ".join(names[:MENTIONED]) + (f", … ({len(names)} in all)" if len(names) > MENTIONED else "")


def single(
    table: Table, wanted: str | None, split_column: str | None, fits: Callable[[pa.DataType], bool], what: str
) -> tuple[str, tuple[str, ...]]:
    """Return the name of the column to read, and a note on the other columns, which are not read.

    Args:
        table: the rows.
        wanted: the configured name; None if it should be the only column whose type fits.
        split_column: the column that split the rows, which is never an input.
        fits: whether a type is the one to read.
        what: the plural noun for what such a column holds.

    Raises:
        UserError: there is no such column, it has another type, or there is more than one to choose from.
    """
    names = [name for name in table.columns.column_names if name != split_column]
    if wanted is None:
        candidates = [name for name in names if fits(table.columns.column(name).type)]
        if not candidates:
            words = [name for name in names if _words_for(table.columns.column(name).type, fits)]
            remedy = (
                f"set {as_typed('problem.kinds', {words[0]: 'text'})}, or features=tabular"
                if words
                else "use features=tabular"
            )
            raise UserError(f"features: no column holds {what} (columns: {listed(names)}); {remedy}")
        if len(candidates) > 1:
            raise UserError(
                f"features: columns {listed(candidates)} hold {what}; choose one with features.column={candidates[0]}"
            )
        (wanted,) = candidates
    elif wanted not in names:
        raise UserError(f"features.column={wanted}: no such column; {nearest(wanted, names)}")
    elif not fits(kind := table.columns.column(wanted).type):
        remedy = f"set {_as_text(wanted)}" if _words_for(kind, fits) else "choose another column"
        raise UserError(f"features.column={wanted}: does not hold {what}; {remedy}")
    others = [name for name in names if name != wanted]
    return wanted, (f"columns left out, only {wanted!r} is read: {listed(others)}",) if others else ()


def _words_for(kind: pa.DataType, fits: Callable[[pa.DataType], bool]) -> bool:
    """Return whether texts are wanted and the column holds categories.

    Texts that several rows share are read as categories unless the user says otherwise.
    """
    return bool(pa.types.is_string(kind)) and fits(pa.large_string())


def by_name(columns: pa.Table, name: str) -> pa.ChunkedArray:
    """Return a column that the state was fitted on.

    Raises:
        UserError: it is missing, or there are two.
    """
    index = columns.schema.get_field_index(name)  # faster than a list of all names in a wide table
    if index < 0:
        raise UserError(f"column {name!r} is not in the rows, or twice; the model was trained with it")
    return columns.column(index)


def refuse_one_text(columns: pa.Table, name: str, rows: NDArray[np.int64]) -> None:
    """Check that the chosen rows of a column of texts differ.

    Raises:
        UserError: they are all the same.
    """
    first = texts(columns, name, rows[:1])[0]
    parts = (texts(columns, name, rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK))
    if all(pc.all(pc.equal(part, first)).as_py() for part in parts):
        raise UserError(f"column {name!r} holds one text in all train rows; nothing can be learnt from it")


def texts(columns: pa.Table, name: str, rows: NDArray[np.int64]) -> pa.LargeStringArray:
    """Return the chosen rows of a column of texts; a missing text is empty.

    Raises:
        UserError: the column is missing or does not hold texts.
    """
    values = _read(columns, name, rows, lambda column: column.cast(pa.large_string()), "texts")
    return pc.fill_null(values, "").combine_chunks()


def words(columns: pa.Table, name: str, rows: NDArray[np.int64], cells: Cells) -> pa.ChunkedArray:
    """Return the chosen rows of a column of words, null where one is missing.

    Raises:
        UserError: the column is missing or does not hold words.
    """
    return _read(columns, name, rows, cells.words, "words")


def numbers(columns: pa.Table, name: str, rows: NDArray[np.int64], cells: Cells) -> NDArray[np.float64]:
    """Return the chosen rows of a column of numbers, NaN where one is missing.

    Raises:
        UserError: the column is missing or does not hold numbers, or a number is too large for float32.
    """
    values: NDArray[np.float64]
    column = by_name(columns, name)
    try:
        if column.type == pa.float64():  # NumPy takes rows several times faster than Arrow
            values = column.to_numpy()[rows]
        else:
            values = _read(columns, name, rows, cells.numbers, "numbers").to_numpy()
    except NotANumber as wrong:
        truth = re.fullmatch(TRUTH, wrong.word) is not None
        fault = (
            " among numbers; write 1 for true and 0 for false" if truth else ", no number; write one or leave it empty"
        )
        raise UserError(f"column {name!r} row {rows[wrong.index] + 1} is {wrong.word[:40]!r}{fault}") from wrong
    if (large := too_large(values)) is not None:
        raise UserError(f"column {name!r} row {rows[large[0]] + 1} is {large[1]}")
    return values


def dates(columns: pa.Table, name: str, rows: NDArray[np.int64], cells: Cells) -> pa.ChunkedArray:
    """Return the chosen rows of a column of dates as timestamps, null where one is missing.

    Raises:
        UserError: the column is missing or does not hold dates.
    """
    form = cells.dates.get(name, "")
    try:
        return _read(columns, name, rows, lambda column: timestamps.read(column, form, cells), "dates")
    except NotADate as wrong:
        like = f"as {form} says" if form else "as 2024-12-31"
        fault = f"row {rows[wrong.index] + 1} is {wrong.word[:40]!r}, no date; write it {like}, or leave it empty"
        raise UserError(f"column {name!r} {fault}") from wrong


def _read(
    columns: pa.Table,
    name: str,
    rows: NDArray[np.int64],
    reading: Callable[[pa.ChunkedArray], pa.ChunkedArray],
    what: str,
) -> Any:
    """Take rows of a column and convert them by ``reading``.

    Raises:
        UserError: the conversion fails; ``what`` is the noun for what the column must hold.
    """
    try:
        return reading(by_name(columns, name).take(pa.array(rows)))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UserError(f"column {name!r} must hold {what}: {str(error).splitlines()[0][:120]}") from error


def _as_text(name: str) -> str:
    return as_typed("problem.kinds", {name: "text"})
