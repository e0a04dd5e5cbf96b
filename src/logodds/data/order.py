"""The order of rows by a column: by its numbers or its dates, by its texts where it holds neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from logodds.data.cells import Cells, all_match, is_words, parse_numbers
from logodds.data.sources.readers import dates
from logodds.data.timestamps import ISO, iso
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

WIDTH = 30  # characters of a text in a line that names several
# Forms in which only a column that orders rows is read as dates: an input of 1.10.24 may number sections.
SHORT = {
    rf"^\d{{1,2}}(?P<sep>\.)\d{{1,2}}\.\d\d{dates.CLOCK}$": ("%d{0}%m{0}%y",),
    rf"^\d{{1,2}}(?P<sep>-)\d{{1,2}}-\d\d{dates.CLOCK}$": ("%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d"),
    rf"^\d{{1,2}}(?P<sep>[/.-])\d{{4}}{dates.CLOCK}$": ("%m{0}%Y",),
    rf"^\d{{4}}(?P<sep>[/.-])\d{{1,2}}{dates.CLOCK}$": ("%Y{0}%m",),
    rf"^{dates.MONTH}(?P<sep>[ -])\d{{4}}{dates.CLOCK}$": ("%b{0}%Y", "%B{0}%Y"),
    rf"^{dates.MONTH}(?P<sep>[ -])\d\d{dates.CLOCK}$": ("%b{0}%y", "%B{0}%y"),
}
FORMS = dates.FORMS | SHORT
LIKE = dates.like([ISO, *FORMS])
REMEDY = "write numbers, or dates as 2024-12-31"


@dataclass(frozen=True)
class Order:
    """What rows are sorted by.

    Attributes:
        keys: [n] values of a type that Arrow sorts.
        note: what a user should know about them; None for nothing.
    """

    keys: Any
    note: str | None = None


def by_column(name: str, column: pa.ChunkedArray, cells: Cells) -> Order:
    """Return what the rows are sorted by.

    Words that all are numbers, or all are dates of one form, are sorted as such, others as texts.

    Args:
        name: the column's name.
        column: its values, none missing.
        cells: how its words are written.

    Raises:
        UserError: the words may be sorted in two ways.
    """
    if not is_words(column.type):
        return Order(column)
    words = column.cast(pa.string())
    begin = f"split.method=ordered sorts the rows by column {name!r}"
    numbers = parse_numbers(words, cells.notation)
    if numbers is not None and not numbers.null_count:
        return Order(numbers, f"{begin} as numbers")
    if all_match(words, ISO) and (found := iso(words)) is not None:
        return Order(found, f"{begin} as dates")
    subject = f"split.column={name}"
    readings = dates.readings(words, FORMS)
    if len(readings) > 1:
        dates_read = [reading.values for reading in readings.values()]
        differ = (pc.index(pc.not_equal(dates_read[0], other), True).as_py() for other in dates_read[1:])
        index = min(place for place in differ if place >= 0)
        first, days = words[index].as_py(), [f"{values[index].as_py():%Y-%m-%d}" for values in dates_read]
        raise UserError(f"{subject}: {first!r} is {' or '.join(days)}, which no row shows; write dates as 2024-12-31")
    for order, reading in readings.items():
        return Order(reading.values, f"{begin} as dates with the {order} first, as {words[0].as_py()!r}")
    distinct = words.unique()
    _refuse_mixed(subject, words, distinct)
    texts = sorted(distinct.to_pylist())
    _refuse_numbered(subject, texts)
    ends = [shortened(repr(text), WIDTH) for text in (texts[0], texts[-1])]
    return Order(words, f"{begin} as texts, from {ends[0]} to {ends[1]}; if this is not their order, {REMEDY}")


def _refuse_mixed(subject: str, words: pa.ChunkedArray, distinct: pa.Array) -> None:
    """Raise an error if some words look like dates, because not all of them are dates of one form."""
    like = distinct.filter(pc.match_substring_regex(distinct, LIKE))
    if not len(like):
        return
    forms = [form for form in (ISO, *FORMS) if re.search(form, like[0].as_py())]
    others = distinct.filter(pc.invert(pc.match_substring_regex(distinct, dates.like(forms))))
    if len(others):
        fault = f"{_located(words, like[0])} and {_located(words, others[0])} are not dates of one form"
    else:
        wrong = next((word for word in like if not _reads(pa.chunked_array([[word]]))), like[0])
        fault = f"{_located(words, wrong)} is in no calendar, or of another form than the others"
    raise UserError(f"{subject}: {fault}; write dates as 2024-12-31")


def _refuse_numbered(subject: str, texts: list[str]) -> None:
    """Raise an error if texts hold numbers of different lengths, which sort otherwise than the texts."""
    if len({len(text) for text in texts}) == 1:
        return
    for one, other in pairwise(texts):
        if _by_numbers(one) > _by_numbers(other):
            raise UserError(
                f"{subject}: as texts {shortened(repr(one), WIDTH)} is before {shortened(repr(other), WIDTH)}, by the "
                f"numbers in them behind it; {REMEDY}"
            )


def _by_numbers(text: str) -> list[str | int]:
    """Return what sorts texts by the numbers in them: texts and whole numbers by turns."""
    return [int(part) if index % 2 else part for index, part in enumerate(re.split(r"(\d+)", text))]


def _reads(words: pa.ChunkedArray) -> bool:
    """Return whether all words are dates of one form."""
    return (all_match(words, ISO) and iso(words) is not None) or bool(dates.readings(words, FORMS))


def _located(words: pa.ChunkedArray, word: pa.Scalar) -> str:
    return f"{shortened(repr(word.as_py()), WIDTH)} (row {int(pc.index(words, word).as_py()) + 1})"
