"""Read words as dates: in ISO order, or with the day or the month first where the rows show which."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.data.cells import all_match

KIND = pa.timestamp("us")
ISO = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$"
TIME = r"^\d{1,2}:\d\d(:\d\d(\.\d+)?)?$"
# 31/12/2024, 12-31-2024, 2024/12/31, 31.12.2024, 31/12/24, 31-Dec-2024, 31 December 2024, and each with a time of day.
# With points the day is first wherever they are used, and the year has four digits, as 1.10.24 may number a section.
CLOCK = (
    r"(?:(?P<gap>[ T]|, )(?P<clock>\d{1,2}:\d\d(?P<second>:\d\d(?P<fraction>\.\d+)?)?)"
    r"(?P<half>(?P<space> ?)[AaPp][Mm])?)?"
)
FORMS = {
    rf"^\d{{1,2}}(?P<sep>[/-])\d{{1,2}}[/-]\d{{4}}{CLOCK}$": ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y"),
    rf"^\d{{1,2}}(?P<sep>\.)\d{{1,2}}\.\d{{4}}{CLOCK}$": ("%d{0}%m{0}%Y",),
    rf"^\d{{1,2}}(?P<sep>/)\d{{1,2}}/\d\d{CLOCK}$": ("%d{0}%m{0}%y", "%m{0}%d{0}%y"),
    rf"^\d{{4}}(?P<sep>[/.])\d{{1,2}}[/.]\d{{1,2}}{CLOCK}$": ("%Y{0}%m{0}%d",),
    rf"^\d{{1,2}}(?P<sep>[ -])[A-Za-z]{{3,9}}[ -]\d{{4}}{CLOCK}$": ("%d{0}%b{0}%Y", "%d{0}%B{0}%Y"),
    rf"^[A-Za-z]{{3,9}}(?P<sep> )\d{{1,2}}, \d{{4}}{CLOCK}$": ("%b{0}%d,{0}%Y", "%B{0}%d,{0}%Y"),
}
LIKE = "|".join([ISO, *(re.sub(r"\?P<\w+>", "?:", form) for form in FORMS)])  # a date in whichever form
ORDERS = {"d": "day", "m": "month", "b": "month", "B": "month", "Y": "year"}


def iso(words: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return ISO dates as timestamps, times with a zone as UTC; None if not all words are dates."""
    for kind in (KIND, pa.timestamp("us", "UTC")):
        try:
            return words.cast(kind).cast(KIND)
        except pa.ArrowInvalid:
            continue
    return None


def readings(words: pa.ChunkedArray) -> dict[str, pa.ChunkedArray]:
    """Return words that are dates in another form than ISO as timestamps, by what comes first: day, month or year.

    There are two readings where no row tells the day from the month and it matters, and none where a word is no date or
    the words are not written alike.
    """
    distinct = words.unique().drop_null()
    if not len(distinct):
        return {}
    first = str(distinct[0])
    found: dict[str, pa.ChunkedArray] = {}
    for pattern, orders in FORMS.items():
        match = re.search(pattern, first)
        if match is None or not all_match(distinct, pattern):
            continue
        for order in orders:
            parsed = _parsed(distinct, order.format(match["sep"]) + _clock(match))
            if parsed is not None:
                found[ORDERS[order[1]]] = parsed.take(pc.index_in(words, distinct))
    dates = list(found.values())
    return found if any(not other.equals(dates[0]) for other in dates[1:]) else dict(list(found.items())[:1])


def _parsed(distinct: pa.Array, form: str) -> pa.Array | None:
    import pandas as pd

    try:
        return pa.array(pd.to_datetime(distinct.to_numpy(zero_copy_only=False), format=form), KIND)
    except ValueError:
        return None


def _clock(match: re.Match[str]) -> str:
    """Return the format of the time of day that follows a date."""
    if match["clock"] is None:
        return ""
    seconds = (":%S" if match["second"] else "") + (".%f" if match["fraction"] else "")
    hours = f"%I:%M{seconds}{match['space']}%p" if match["half"] else f"%H:%M{seconds}"
    return match["gap"] + hours


def compact(numbers: NDArray[np.float64]) -> bool:
    """Return whether all numbers, NaN aside, read as dates when they are written out, as 20241231 does."""
    values = numbers[~np.isnan(numbers)]
    if not len(values) or values.min() < 18_000_101 or values.max() > 21_991_231 or (values != np.round(values)).any():
        return False
    months, days = np.divmod(values % 10_000, 100)
    return bool(((months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)).all())
