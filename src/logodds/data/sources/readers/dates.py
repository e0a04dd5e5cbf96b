"""Read words as dates: in ISO order, or with the day or the month first where the rows show which."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.data.cells import all_match
from logodds.data.sources.readers.kind import LeftOut, Typed
from logodds.data.sources.readers.part import Column
from logodds.data.timestamps import ISO, KIND, iso, parsed, stated

TIME = r"^\d{1,2}:\d\d(:\d\d(\.\d+)?)?( ?[AaPp]\.?[Mm]\.?)?$"
ZONE = r":\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)$"  # at the end of a time in ISO order
OF_UTC = r"(Z|[+-]00(:?00)?)$"
UTC = (None, "UTC", "Etc/UTC", "+00:00")  # zones of timestamps that stay as they are
MONTH = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
# 31/12/2024, 12-31-2024, 2024/12/31, 31.12.2024, 31/12/24, 31.12.24, 31-Dec-2024, 31 December 2024, 31-Dec-24, and each
# with a time of day. With points the day is first wherever they are used; all parts of 01.10.24 have two digits, as
# 1.10.24 may number a section.
CLOCK = (
    r"(?:(?P<gap>[ T]|, )(?P<clock>\d{1,2}:\d\d(?P<second>:\d\d(?P<fraction>\.\d+)?)?)"
    r"(?P<half>(?P<space> ?)[AaPp][Mm])?)?"
)
FORMS = {
    rf"^\d{{1,2}}(?P<sep>[/-])\d{{1,2}}[/-]\d{{4}}{CLOCK}$": ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y"),
    rf"^\d{{1,2}}(?P<sep>\.)\d{{1,2}}\.\d{{4}}{CLOCK}$": ("%d{0}%m{0}%Y",),
    rf"^\d{{1,2}}(?P<sep>/)\d{{1,2}}/\d\d{CLOCK}$": ("%d{0}%m{0}%y", "%m{0}%d{0}%y"),
    rf"^(?:0[1-9]|[12]\d|3[01])(?P<sep>\.)(?:0[1-9]|1[0-2])\.\d\d{CLOCK}$": ("%d{0}%m{0}%y",),
    rf"^\d{{4}}(?P<sep>[/.])\d{{1,2}}[/.]\d{{1,2}}{CLOCK}$": ("%Y{0}%m{0}%d",),
    rf"^\d{{1,2}}(?P<sep>[ -])[A-Za-z]{{3,9}}[ -]\d{{4}}{CLOCK}$": ("%d{0}%b{0}%Y", "%d{0}%B{0}%Y"),
    rf"^\d{{1,2}}(?P<sep>[ -]){MONTH}[ -]\d\d{CLOCK}$": ("%d{0}%b{0}%y", "%d{0}%B{0}%y"),
    rf"^[A-Za-z]{{3,9}}(?P<sep> )\d{{1,2}}, \d{{4}}{CLOCK}$": ("%b{0}%d,{0}%Y", "%B{0}%d,{0}%Y"),
}
FEWEST_MONTHS = 4  # different numbers such as 202412 that are months by no chance
LATE = 2040  # of years of two digits, from which one may be of the last century
FIRST_DAY, LAST_DAY = 18_000_101, 21_991_231  # numbers that read as dates
FIRST_MONTH, LAST_MONTH = 180_001, 219_912  # numbers that read as months
ORDERS = {"d": "day", "m": "month", "b": "month", "B": "month", "Y": "year", "y": "year"}


def like(forms: Iterable[str]) -> str:
    """Return the expression of a date in one of some forms."""
    return "|".join(re.sub(r"\?P<\w+>", "?:", form) for form in forms)


LIKE = like([ISO, *FORMS])  # a date in whichever form


def of_words(column: Column) -> Typed | None:
    """Return words as dates, with a note on their order if it is not that of ISO; None if not all of them are dates.

    Raises:
        LeftOut: nothing shows whether the day or the month comes first.
    """
    words = column.values
    if column.distinct.all(ISO) and (found := iso(words)) is not None:
        if not column.distinct.any(ZONE):
            return Typed(found)
        zoned = pc.and_(pc.match_substring_regex(words, ZONE), pc.invert(pc.match_substring_regex(words, OF_UTC)))
        first = int(pc.index(zoned, True).as_py())
        return Typed(found) if first < 0 else Typed(found, _as_utc(column, repr(words[first].as_py()), found[first]))
    found_orders = readings(words)
    if len(found_orders) > 1:
        reason = f"has the day or the month first, as {words[_first(words)].as_py()!r}, which no row shows"
        raise LeftOut(reason, ("category",))
    for order, reading in found_orders.items():
        first = words[_first(words)].as_py()
        note = f"column {column.name!r} is read as dates with the {order} first, as {first!r}"
        code = f"; where it is a code, {column.as_category}" if reading.form.startswith("%d.%m.%y") else ""
        return Typed(reading.values, note + code + _late(reading), reading.form)
    return None


def _late(reading: Reading) -> str:
    """Return the end of a note on years of two digits if some are read as years to come."""
    last = pc.max(reading.values).as_py()
    if "%y" not in reading.form or last.year < LATE:
        return ""
    return (
        f"; years from 00 to 68 are read as 2000 to 2068, the last is {last:%Y-%m-%d}: write all four digits where not"
    )


def as_stated(column: Column) -> Typed:
    """Return words that the user states to be dates.

    Raises:
        UserError: a word is no date, or nothing shows whether the day or the month comes first.
    """
    words = column.values
    if words.null_count == len(words):
        return Typed(words.cast(KIND))
    try:
        found = of_words(column)
    except LeftOut:
        index = _first(words)
        column.refuse(
            index,
            f"{words[index].as_py()!r}, with the day or the month first, which no row shows; "
            f"write dates as 2024-12-31, or {column.as_category}",
        )
    if found is None:
        index = max(int(pc.index(pc.match_substring_regex(words, LIKE), False).as_py()), 0)
        column.refuse(index, f"{words[index].as_py()!r}, no date; write dates as 2024-12-31, all of them alike")
    return found


def of_timestamps(column: Column) -> Typed:
    """Return a column of timestamps or dates of any Arrow type.

    Raises:
        UserError: a date is outside of the years that microseconds count.
    """
    try:
        found = stated(column.values)
    except pa.ArrowInvalid:
        column.refuse_all("holds a date outside of the years that microseconds count; correct it or leave it empty")
    zone = getattr(column.values.type, "tz", None)
    if zone in UTC or found.null_count == len(found):
        return Typed(found)
    first = _first(found)
    return Typed(found, _as_utc(column, column.values.slice(first, 1).cast(pa.string())[0].as_py(), found[first]))


def _as_utc(column: Column, time: str, found: pa.Scalar) -> str:
    """Return the note on times of other zones, of which one is shown."""
    return f"column {column.name!r} is read as times of UTC: {time} is {found.as_py():%Y-%m-%d %H:%M}"


def _first(words: pa.ChunkedArray) -> int:
    """Return the index of the first word that is not missing."""
    return int(pc.index(pc.is_valid(words), True).as_py())


@dataclass(frozen=True)
class Reading:
    """Words as timestamps, and their format as for ``datetime.strptime``."""

    values: pa.ChunkedArray
    form: str


def readings(words: pa.ChunkedArray, forms: Mapping[str, Sequence[str]] = FORMS) -> dict[str, Reading]:
    """Return words that are dates in another form than ISO as timestamps, by what comes first: day, month or year.

    There are two readings where no row tells the day from the month and it matters, and none where a word is no date or
    the words are not written alike.
    """
    distinct = words.unique().drop_null()
    if not len(distinct):
        return {}
    first = str(distinct[0])
    found: dict[str, Reading] = {}
    for pattern, orders in forms.items():
        match = re.search(pattern, first)
        if match is None or not all_match(distinct, pattern):
            continue
        for order in orders:
            form = order.format(match["sep"]) + _clock(match)
            values = parsed(words, form)
            if values is not None:
                found[ORDERS[order[1]]] = Reading(values, form)
    dates = [reading.values for reading in found.values()]
    return found if any(not other.equals(dates[0]) for other in dates[1:]) else dict(list(found.items())[:1])


def odd_one(distinct: pa.Array) -> tuple[str, str | None]:
    """Return the first of some words that is no date of the format that most of them have, and a word that is one, if
    there is any.

    Args:
        distinct: words that look like dates, of which :func:`of_words` makes nothing.
    """
    words = [str(word) for word in distinct.to_pylist()]
    by_word = [_formats(word) for word in words]
    counts = Counter(form for formats in by_word for form in formats)
    if not counts:
        return words[0], None
    usual = counts.most_common(1)[0][0]
    good = [usual in formats for formats in by_word]
    return words[good.index(False)], words[good.index(True)]


def _formats(word: str) -> list[str]:
    """Return the formats by which a word is a date of the calendar, as for ``datetime.strptime``."""
    found = []
    if re.search(ISO, word) and iso(pa.chunked_array([[word]])) is not None:
        found.append("ISO with a zone" if re.search(ZONE, word) else "ISO")
    for pattern, orders in FORMS.items():
        match = re.search(pattern, word)
        if match is None:
            continue
        for order in orders:
            form = order.format(match["sep"]) + _clock(match)
            with suppress(ValueError):
                datetime.strptime(word, form)
                found.append(form)
    return found


def _clock(match: re.Match[str]) -> str:
    """Return the format of the time of day that follows a date."""
    if match["clock"] is None:
        return ""
    seconds = (":%S" if match["second"] else "") + (".%f" if match["fraction"] else "")
    hours = f"%I:%M{seconds}{match['space']}%p" if match["half"] else f"%H:%M{seconds}"
    return match["gap"] + hours


def compact(numbers: NDArray[np.float64]) -> bool:
    """Return whether all numbers, NaN aside, read as dates when they are written out, as 20241231 and 202412 do."""
    if len(numbers) and (numbers[0] < FIRST_MONTH or numbers[0] > LAST_DAY):
        return False  # the first row tells of most columns
    values = numbers[~np.isnan(numbers)]
    if not len(values) or (values != np.round(values)).any():
        return False
    if values.min() >= FIRST_MONTH and values.max() <= LAST_MONTH:
        months = values % 100
        return bool(((months >= 1) & (months <= 12)).all()) and len(np.unique(values)) >= FEWEST_MONTHS
    if values.min() < FIRST_DAY or values.max() > LAST_DAY:
        return False
    months, days = np.divmod(values % 10_000, 100)
    return bool(((months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)).all())
