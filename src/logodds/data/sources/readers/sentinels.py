"""Numbers and dates such as -9, 999 or 9999-12-31 that many programs write in the place of a missing value."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.data.sources.readers.part import Column
from logodds.system.errors import counted

NEGATIVE = (-9.0, -99.0, -999.0, -9999.0, -99999.0)
POSITIVE = (99.0, 999.0, 9999.0, 99999.0, 999999.0)
HUGE = 1e20  # no measurement is as large, apart from others that are
FAR = 5.0  # times that a number is larger than all others
DATES: tuple[str, ...] = ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01")
DATES += ("2099-12-31", "2999-12-31", "9999-12-31")
YEARS = 20.0  # from the nearest other date
YEAR = np.timedelta64(8766, "h")


def note(column: Column, values: pa.ChunkedArray) -> str | None:
    """Return a note on a number or date that may stand for a missing value; None without any.

    Args:
        column: the column as the file holds it.
        values: [n] its numbers or dates, null where one is missing.
    """
    if len(values) == values.null_count or not (pa.types.is_float64(values.type) or pa.types.is_timestamp(values.type)):
        return None
    ends: dict[str, Any] = pc.min_max(values).as_py()
    for end, beyond in (("min", pc.less_equal), ("max", pc.greater_equal)):
        value = ends[end]
        if not _suspect(value, end):
            continue
        same = beyond(values, value)
        rest = values.filter(pc.invert(same)).drop_null().to_numpy()
        if len(rest) and _apart(value, rest):
            index = int(pc.index(same, True).as_py())
            return _told(column, index, value, int(pc.sum(same).as_py()))
    return None


def possible(numbers: pa.ChunkedArray) -> bool:
    """Return whether the smallest or the largest number, not all of which are null, may stand for a missing value."""
    ends: dict[str, float] = pc.min_max(numbers).as_py()
    return any(_suspect(value, end) for end, value in ends.items())


def _suspect(value: Any, end: str) -> bool:
    """Return whether a value at the ``min`` or ``max`` of its column is one that programs write for a missing one."""
    if isinstance(value, datetime):
        return f"{value:%Y}".zfill(4) + f"{value:-%m-%d}" in DATES
    return value in (NEGATIVE if end == "min" else POSITIVE) or bool(abs(value) >= HUGE)


def _apart(value: Any, rest: NDArray[Any]) -> bool:
    """Return whether a value is far from all others."""
    if isinstance(value, datetime):
        distance = np.abs(rest - np.datetime64(value, "us")).min()
        return bool(distance / YEAR >= YEARS)
    if value < 0.0 <= rest.min():
        return True
    return bool(np.abs(rest).max() <= abs(value) / FAR) and abs(value) > abs(NEGATIVE[0])


def _told(column: Column, index: int, value: Any, count: int) -> str:
    raw = column.raw[index].as_py()
    shown = repr(raw) if isinstance(raw, str) else f"{value:.15g}" if isinstance(value, float) else str(value)
    advice = "write nothing there"
    if isinstance(raw, str | int) and not column.typed:
        advice = column.as_missing([str(raw)])
    return (
        f"column {column.name!r}: {shown} ({counted(count, 'row')}) stands apart from all other values; "
        f"where it means missing, {advice}"
    )
