"""The raw columns of rows: by name, and the single one of its type that texts' and pictures' features read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.data.cells import Cells, NotANumber, too_large
from logodds.data.table import Table
from logodds.options.overrides import as_typed
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError

CHUNK = 4096  # texts that are compared at a time
MENTIONED = 10  # names that a message lists


def listed(names: list[str]) -> str:
    """The first of many names."""
    return ", ".join(names[:MENTIONED]) + (f", … ({len(names)} in all)" if len(names) > MENTIONED else "")


def only(
    table: Table, wanted: str | None, split_column: str | None, fits: Callable[[pa.DataType], bool], what: str
) -> tuple[str, tuple[str, ...]]:
    """The name of the column to read, and a note on the others, which are not read.

    Args:
        table: the rows.
        wanted: its name as configured; None where it is to be the only one whose type fits.
        split_column: the column that split the rows, which is never an input.
        fits: whether a type is the one to read.
        what: the plural noun for what such a column holds.

    Raises:
        UserError: no such column, one of another type, or more than one to choose from.
    """
    names = [name for name in table.columns.column_names if name != split_column]
    if wanted is None:
        found = [name for name in names if fits(table.columns.column(name).type)]
        if not found:
            words = [name for name in names if _words_for(table.columns.column(name).type, fits)]
            mend = (
                f"set {as_typed('problem.kinds', {words[0]: 'text'})}, or features=tabular"
                if words
                else "use features=tabular"
            )
            raise UserError(f"features: no column holds {what} (columns: {listed(names)}); {mend}")
        if len(found) > 1:
            raise UserError(
                f"features: columns {listed(found)} hold {what}; choose one with features.column={found[0]}"
            )
        (wanted,) = found
    elif wanted not in names:
        raise UserError(f"features.column={wanted}: no such column; {nearest(wanted, names)}")
    elif not fits(kind := table.columns.column(wanted).type):
        mend = f"set {_as_text(wanted)}" if _words_for(kind, fits) else "choose another column"
        raise UserError(f"features.column={wanted}: does not hold {what}; {mend}")
    others = [name for name in names if name != wanted]
    return wanted, (f"columns left out, only {wanted!r} is read: {listed(others)}",) if others else ()


def _words_for(kind: pa.DataType, fits: Callable[[pa.DataType], bool]) -> bool:
    """Whether texts are wanted of a column of categories: texts that rows share look like them."""
    return bool(pa.types.is_string(kind)) and fits(pa.large_string())


def named(columns: pa.Table, name: str) -> pa.ChunkedArray:
    """A column that the state was fitted on.

    Raises:
        UserError: it is not there, or there are two.
    """
    place = columns.schema.get_field_index(name)  # a look-up, where the list of names is as long as the table is wide
    if place < 0:
        raise UserError(f"column {name!r} is not in the rows, or twice; the model was trained with it")
    return columns.column(place)


def refuse_one_text(columns: pa.Table, name: str, rows: NDArray[np.int64]) -> None:
    """Check that the chosen rows of a column of texts differ.

    Raises:
        UserError: the chosen rows of a column of texts are all alike.
    """
    first = texts(columns, name, rows[:1])[0]
    parts = (texts(columns, name, rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK))
    if all(pc.all(pc.equal(part, first)).as_py() for part in parts):
        raise UserError(f"column {name!r} holds one text in all train rows; nothing can be learnt from it")


def texts(columns: pa.Table, name: str, rows: NDArray[np.int64]) -> pa.LargeStringArray:
    """The chosen rows of a column of texts; a missing one is empty.

    Raises:
        UserError: the column is not there or holds no texts.
    """
    found = _read(columns, name, rows, lambda column: column.cast(pa.large_string()), "texts")
    return pc.fill_null(found, "").combine_chunks()


def words(columns: pa.Table, name: str, rows: NDArray[np.int64], cells: Cells) -> pa.ChunkedArray:
    """The chosen rows of a column of words, null where one is missing.

    Raises:
        UserError: the column is not there or holds no words.
    """
    return _read(columns, name, rows, cells.words, "words")


def numbers(columns: pa.Table, name: str, rows: NDArray[np.int64], cells: Cells) -> NDArray[np.float64]:
    """The chosen rows of a column of numbers, NaN where one is missing.

    Raises:
        UserError: the column is not there or holds no numbers, or one is beyond float32.
    """
    try:
        values: NDArray[np.float64] = _read(columns, name, rows, cells.numbers, "numbers").to_numpy()
    except NotANumber as wrong:
        told = f"row {rows[wrong.index] + 1} is {wrong.word[:40]!r}, no number; write one or leave it empty"
        raise UserError(f"column {name!r} {told}") from wrong
    if (large := too_large(values)) is not None:
        raise UserError(f"column {name!r} row {rows[large[0]] + 1} is {large[1]}")
    return values


def _read(
    columns: pa.Table,
    name: str,
    rows: NDArray[np.int64],
    reading: Callable[[pa.ChunkedArray], pa.ChunkedArray],
    what: str,
) -> Any:
    try:
        return reading(named(columns, name).take(pa.array(rows)))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UserError(f"column {name!r} must hold {what}: {str(error).splitlines()[0][:120]}") from error


def _as_text(name: str) -> str:
    return as_typed("problem.kinds", {name: "text"})
