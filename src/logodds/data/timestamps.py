"""Read the raw cells of a column as dates.

The same code reads the cells of a file and the rows that a served model is given.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from logodds.data.cells import Cells, all_match, is_words, trimmed

KIND = pa.timestamp("us")
ISO = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?$"


class NotADate(ValueError):  # noqa: N818  # the caller knows the column and reports the error
    """Words that should be dates, but are not all dates.

    Attributes:
        index: index of the first word that is not a date.
        word: that word.
    """

    def __init__(self, index: int, word: str) -> None:
        self.index = index
        self.word = word
        super().__init__(f"{word!r} is no date")


def read(column: pa.ChunkedArray, form: str, cells: Cells) -> pa.ChunkedArray:
    """Return raw cells as timestamps, null where one is missing.

    Args:
        column: timestamps and dates of any Arrow type, or words.
        form: the format of words, as for ``datetime.strptime``; empty if they are in ISO order. Words in ISO order are
            read whatever the format.
        cells: which words mean missing.

    Raises:
        NotADate: a word is not a date of this format.
        pa.ArrowException: the cells are of a type that holds no dates, or outside of the years of a timestamp.
    """
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return stated(column)
    if not is_words(kind) and not pa.types.is_null(kind):
        raise pa.ArrowInvalid(f"{kind} values are no dates")
    words = cells.without_missing(trimmed(column.cast(pa.string())))
    if words.null_count == len(words):
        return words.cast(KIND)
    found = iso(words) if all_match(words, ISO) else parsed(words, form) if form else None
    if found is None:
        raise _wrong(words, form)
    return found


def stated(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return dates of any Arrow type as timestamps; what is finer than microseconds is cut.

    Raises:
        pa.ArrowInvalid: a date is outside of the years that microseconds count.
    """
    return column.cast(options=pc.CastOptions(KIND, allow_time_truncate=True))


def iso(words: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return ISO dates as timestamps, times with a zone as UTC; None if not all words are dates."""
    for kind in (KIND, pa.timestamp("us", "UTC")):
        try:
            return words.cast(kind).cast(KIND)
        except pa.ArrowInvalid:
            continue
    return None


def parsed(words: pa.ChunkedArray, form: str) -> pa.ChunkedArray | None:
    """Return words of a format as timestamps; None if not all words are such dates."""
    import pandas as pd

    distinct = words.unique().drop_null()
    try:
        values = pa.array(pd.to_datetime(distinct.to_numpy(zero_copy_only=False), format=form), KIND)
    except ValueError:
        return None
    return pa.chunked_array([values]).take(pc.index_in(words, distinct))


def _wrong(words: pa.ChunkedArray, form: str) -> NotADate:
    """Return the error about the first word that is no date."""
    for index, word in enumerate(words.to_pylist()):
        one = pa.chunked_array([[word]], pa.string())
        if (
            word is not None
            and (not all_match(one, ISO) or iso(one) is None)
            and (not form or parsed(one, form) is None)
        ):
            return NotADate(index, word)
    first = int(pc.index(pc.is_valid(words), True).as_py())
    return NotADate(first, words[first].as_py())
