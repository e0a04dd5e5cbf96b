"""Infer what a column holds: numbers, categories, texts or dates.

Columns that no model should be trained on, such as identifiers, are refused.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logodds.data import cells
from logodds.data.sources.readers import codes, dates, mistakes
from logodds.data.sources.readers.mistakes import LARGEST_VOCABULARY, SMALLEST_IDENTIFIER, is_identifier, shown
from logodds.data.sources.readers.part import Column
from logodds.options.overrides import as_typed

SENTENCE = 5.0  # mean number of words per value from which a column is a text and not names
PHRASE = 2.0  # the same where about every row has a different value
IDENTIFIER = re.compile(r"(?i:(^|[^a-z])(id|uuid|guid|key|index)$)|[a-z](Id|ID)$")
NUMBERS = pa.float64()
WORDS = pa.string()
TEXT = pa.large_string()


class Identifier(Exception):  # noqa: N818  # the caller reports all identifiers in one error
    """A column that is not a text has a different value in about every row.

    Attributes:
        kinds: the kinds as which it could be read nevertheless.
    """

    def __init__(self, message: str, kinds: tuple[str, ...]) -> None:
        super().__init__(message)
        self.kinds = kinds


def typed(column: Column, kind: str | None) -> tuple[pa.ChunkedArray | None, str | None]:
    """Return the column with the Arrow type of its kind, and a note or None.

    If the kind is inferred, the column is None if all rows have the same value, or none has a value.

    Args:
        column: the column as the file holds it.
        kind: the kind that the user states; None infers it.

    Raises:
        Identifier: the column only identifies rows.
        UserError: a value is not of the kind, or no feature reads the type.
    """
    if kind == "date" and pa.types.is_string(column.values.type):
        return _as_dates(column)
    if kind is not None:
        return _as(column, kind), None
    if column.values.null_count == len(column.values):
        return None, f"column {column.name!r} is empty in every row: left out"
    result, note = _inferred(column)
    bounds = pc.min_max(result)
    if not result.null_count and bounds["min"] == bounds["max"]:
        value = bounds["min"].as_py()
        message = f"column {column.name!r} is {shown(value)} in every row: left out"
        merged = note is not None and result.type == NUMBERS and pc.count_distinct(column.values).as_py() > 1
        return None, f"{message}; {note}" if merged else message
    return result, note


def _as(column: Column, kind: str) -> pa.ChunkedArray:
    """Return the column as the kind that the user states."""
    if not pa.types.is_string(column.values.type):
        if kind == "number" and not pa.types.is_temporal(column.values.type):
            return _finite(column, column.values.cast(NUMBERS, safe=False))
        if kind == "date" and pa.types.is_temporal(column.values.type):
            return _stated_dates(column)
    try:
        words = (column.words if kind == "category" else column.values).cast(WORDS)
    except pa.ArrowException:
        column.refuse_all(
            f"holds {column.values.type} values, which are no {kind}; use {as_typed('problem.drop', [column.name])}"
        )
    if kind == "number":
        if column.numbers is None:
            wrong = cells.NotANumber(words, column.notation)
            column.refuse(
                wrong.index,
                f"{wrong.word!r}, no number as problem.kinds wants; write one, empty it, or add it to problem.missing",
            )
        return _finite(column, column.numbers)
    if kind == "text":
        return _text(column)
    return words


def _as_dates(column: Column) -> tuple[pa.ChunkedArray, str | None]:
    """Return words that the user states to be dates as dates, and a note or None."""
    if column.values.null_count == len(column.values):
        return column.values.cast(dates.KIND), None
    found = _dates(column, column.values)
    if found is None:
        index = max(int(pc.index(pc.match_substring_regex(column.values, dates.LIKE), False).as_py()), 0)
        word = column.values[index].as_py()
        column.refuse(index, f"{word!r}, no date; write dates as 2024-12-31, all of them alike")
    return found


def _inferred(column: Column) -> tuple[pa.ChunkedArray, str | None]:
    """Return the column by the type that the file states or, if that is words, by what they look like; and a note."""
    kind = column.values.type
    if pa.types.is_boolean(kind):
        return column.values.cast(pa.int8()).cast(NUMBERS), None
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(column, column.values.cast(NUMBERS, safe=False))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _stated_dates(column), None
    if not pa.types.is_string(kind):
        column.refuse_all(f"holds {kind} values, which no feature reads; use {as_typed('problem.drop', [column.name])}")
    if column.numbers is not None and column.numbers.null_count < len(column.numbers):
        code = codes.found(column.values, column.numbers.to_numpy())
        if code is None:
            return _numbers(column, column.numbers)
        return _words(column), f"column {column.name!r} is a category: {column.values[code[0]].as_py()!r} {code[1]}"
    distinct = column.values.unique().drop_null()
    if (found := _dates(column, column.values)) is not None:
        return found
    if cells.all_match(distinct, dates.TIME):
        column.refuse_all(
            f"holds times of day, which no feature reads; leave it out with {as_typed('problem.drop', [column.name])}"
        )
    mistakes.refuse_written(column, distinct)
    note = mistakes.with_marks(column, distinct)
    mistakes.refuse_mixed(column, distinct)
    mistakes.refuse_dates(column, distinct)
    return _words(column), note


def _numbers(column: Column, numbers: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str | None]:
    """Return numbers, and a note if they may be something else; codes of more digits than numbers have are words.

    Raises:
        Identifier: they are whole numbers that differ in every row, and the name of the column is that of an
            identifier, or they have more digits than numbers have.
        UserError: a number is infinite or too large for a feature.
    """
    finite = _finite(column, numbers)
    values = finite.to_numpy()
    words = pa.types.is_string(column.values.type)
    if not pa.types.is_floating(column.values.type) and (index := codes.too_long(column.values, values)) is not None:
        digits = column.values[index].as_py()
        try:
            found = _words(replace(column, values=column.values.cast(WORDS), raw=column.raw.cast(WORDS)))
        except Identifier as identifier:
            raise Identifier(str(identifier), ("number", "category")) from None
        return found, f"column {column.name!r} is a category: {digits} has more digits than a number keeps (2**53)"
    named = len(values) >= SMALLEST_IDENTIFIER and not finite.null_count and IDENTIFIER.search(column.name)
    if named and (values == np.round(values)).all() and len(np.unique(values)) == len(values):
        raise Identifier(f"{len(values)} different whole numbers in {len(values)} rows", ("number",))
    subject = f"column {column.name!r}"
    if words and (pair := codes.one_number(column.values, column.notation)) is not None:
        return (
            finite,
            f"{subject}: {pair[0]!r} and {pair[1]!r} are one number; where they are codes, {column.as_category}",
        )
    if dates.compact(values):
        return finite, f"{subject} is read as numbers; where they are dates, write them as 2024-12-31"
    if words and column.typed:
        return finite, f"{subject} has numbers stored as texts and is read as numbers; otherwise {column.as_category}"
    return finite, None


def _dates(column: Column, words: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str | None] | None:
    """Return words as dates, and a note on their order if it is not that of ISO; None if not all of them are dates.

    Raises:
        UserError: nothing shows whether the day or the month comes first.
    """
    if cells.all_match(words, dates.ISO) and (found := dates.iso(words)) is not None:
        return found, None
    readings = dates.readings(words)
    index = int(pc.index(pc.is_valid(words), True).as_py())
    if len(readings) > 1:
        column.refuse(
            index,
            f"{words[index].as_py()!r}, with the day or the month first, which no row shows; "
            f"write dates as 2024-12-31, or {column.as_category}",
        )
    for order, values in readings.items():
        return values, f"column {column.name!r} is read as dates with the {order} first, as {words[index].as_py()!r}"
    return None


def _stated_dates(column: Column) -> pa.ChunkedArray:
    """Return dates of any Arrow type as timestamps; what is finer than microseconds is cut."""
    try:
        return column.values.cast(options=pc.CastOptions(dates.KIND, allow_time_truncate=True))
    except pa.ArrowInvalid:
        column.refuse_all("holds a date outside of the years that microseconds count; correct it or leave it empty")


def _words(column: Column) -> pa.ChunkedArray:
    """Return a column of words as categories or as texts.

    They are texts if there are many different ones and they are as long as sentences.

    Raises:
        Identifier: about every row has a different value, and the values are short.
    """
    filled = column.words.drop_null()
    distinct = pc.count_distinct(filled).as_py()
    if distinct <= LARGEST_VOCABULARY * len(filled):
        return column.words
    length = pc.mean(pc.count_substring_regex(filled, r"\s+")).as_py() + 1.0
    identifier = is_identifier(distinct, len(filled))
    if length >= (PHRASE if identifier else SENTENCE):
        return _text(column)
    if identifier:
        raise Identifier(f"{distinct} different texts in {len(filled)} rows", ("text", "category"))
    return column.words


def _text(column: Column) -> pa.ChunkedArray:
    """Return a column as texts. Only an empty one is missing; a text that reads NA is a text."""
    raw = column.raw.cast(TEXT)
    texts = pc.if_else(pc.equal(raw, pa.scalar("", TEXT)), pa.scalar(None, TEXT), raw)
    if texts.null_count == len(texts):
        column.refuse_all(
            f"has no text in any row; fill it, or leave it out with {as_typed('problem.drop', [column.name])}"
        )
    return texts


def _finite(column: Column, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers with null for NaN.

    Raises:
        UserError: a number is infinite or too large for a feature.
    """
    if (wrong := cells.too_large(numbers.to_numpy())) is not None:
        column.refuse(*wrong)
    absent = pc.is_nan(numbers)
    return pc.if_else(absent, pa.scalar(None, NUMBERS), numbers) if pc.any(absent).as_py() else numbers
