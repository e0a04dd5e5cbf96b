"""How a file holds a column, whatever the column is read as. A served model asks for columns of these types."""

from __future__ import annotations

import pyarrow as pa

from logodds.data import cells
from logodds.data.sources.readers.codes import WHOLE
from logodds.data.sources.readers.part import Column

CANONICAL = r"^(0|-?[1-9]\d*)$"  # whole numbers that are written as a program writes them


def stored_as(column: Column, read: pa.DataType) -> str:
    """Return a type that holds what the file holds, by MLflow's name.

    It is ``boolean``, ``long``, ``double``, ``datetime`` or ``string``. Words of digits are only numbers if they can be
    written again as they were: ``01`` stays a word. So do ``true`` and ``false`` in a text, and where some are missing:
    MLflow's server reads every word as true, and what is missing as false.

    Args:
        column: the column as the file holds it.
        read: the Arrow type as which it is read: of a number, a category, a text or a date.
    """
    kind, gaps = column.values.type, column.values.null_count > 0
    if pa.types.is_boolean(kind):
        return "string" if gaps else "boolean"
    if pa.types.is_integer(kind):
        return "double" if gaps else "long"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "double"
    if pa.types.is_timestamp(read) and not pa.types.is_string(kind):
        return "datetime"
    if pa.types.is_float64(read):
        if cells.all_match(column.values, cells.TRUTH):
            return "string"
        return "long" if not gaps and cells.all_match(column.values, WHOLE) else "double"
    if pa.types.is_string(read) and not column.typed and column.distinct.all(CANONICAL):
        return "double" if gaps else "long"
    return "string"
