"""Infer what a column holds: numbers, categories, texts or dates.

Columns from which no model should learn, such as identifiers, are left out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logodds.data import cells
from logodds.data.sources.readers import codes, dates, mistakes, sentinels, unread
from logodds.data.sources.readers.kind import LeftOut, Typed
from logodds.data.sources.readers.mistakes import LARGEST_VOCABULARY, SMALLEST_IDENTIFIER, is_identifier, shown
from logodds.data.sources.readers.part import Column
from logodds.options.overrides import as_typed

SHORTEST_COUNT = 20  # rows from which 1, 2, 3, ... cannot be a coincidence
SENTENCE = 5.0  # mean number of words per value from which a column is a text and not names
PHRASE = 2.0  # the same where about every row has a different value
IDENTIFIER = re.compile(r"(?i:(^|[^a-z])(id|uuid|guid|key|index)$)|[a-z](Id|ID)$")
WRITTEN_INDEX = re.compile(r"Unnamed: \d+(\.\d+)?$")  # what pandas calls an index that it wrote and read again
NUMBERS = pa.float64()
WORDS = pa.string()
TEXT = pa.large_string()


def typed(column: Column, kind: str | None) -> Typed:
    """Return the column with the Arrow type of its kind.

    Args:
        column: the column as the file holds it.
        kind: the kind that the user states; None infers it.

    Raises:
        LeftOut: the kind is inferred, and the column only identifies or counts the rows, has the same value in all of
            them, or is of a type that no feature reads.
        UserError: a value is not of the kind.
    """
    if kind == "date" and pa.types.is_string(column.values.type):
        return dates.as_stated(column)
    if kind is not None:
        return Typed(_as(column, kind))
    if column.values.null_count == len(column.values):
        raise LeftOut("is empty in every row")
    result = _inferred(column)
    if (value := _constant(result.values)) is not None:
        reason = f"is {shown(value)} in every row"
        merged = result.values.type == NUMBERS and pc.count_distinct(column.values).as_py() > 1
        raise LeftOut(reason, remark=result.note if merged else None)
    return result if result.note else replace(result, note=sentinels.note(column, result.values))


def _constant(values: pa.ChunkedArray) -> Any:
    """Return the value that is in every row; None if there is none."""
    if values.null_count or values[0] != values[-1]:  # the last row tells of most columns
        return None
    return values[0].as_py() if pc.all(pc.equal(values, values[0])).as_py() else None


def _as(column: Column, kind: str) -> pa.ChunkedArray:
    """Return the column as the kind that the user states."""
    if not pa.types.is_string(column.values.type):
        if kind == "number" and not pa.types.is_temporal(column.values.type):
            return _finite(column, column.values.cast(NUMBERS, safe=False))
        if kind == "date" and pa.types.is_temporal(column.values.type):
            return dates.of_timestamps(column).values
        if kind == "date":
            column.refuse_all(
                f"holds {column.values.type} values, which are no dates; use {as_typed('problem.drop', [column.name])}"
            )
    try:
        words = (column.words if kind == "category" else column.values).cast(WORDS)
    except pa.ArrowException:
        column.refuse_all(
            f"holds {column.values.type} values, which are no {kind}; use {as_typed('problem.drop', [column.name])}"
        )
    if kind == "number":
        if column.numbers is None:
            wrong = cells.NotANumber(words, column.notation)
            remedy = "write one or empty it"
            if mistakes.may_be_missing(wrong.word):
                remedy = f"write one, empty it, or {column.as_missing([wrong.word])}"
            column.refuse(wrong.index, f"{wrong.word!r}, no number as problem.kinds wants; {remedy}")
        return _finite(column, column.numbers)
    if kind == "text":
        return _text(column)
    return words


def _inferred(column: Column) -> Typed:
    """Return the column by the type that the file states or, if that is words, by what they look like."""
    kind = column.values.type
    if pa.types.is_boolean(kind):
        return Typed(column.values.cast(pa.int8()).cast(NUMBERS))
    if kind == NUMBERS:
        return _numbers(column, column.values)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(column, column.values.cast(NUMBERS, safe=False))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return dates.of_timestamps(column)
    if not pa.types.is_string(kind):
        raise LeftOut(f"holds {kind} values, which no feature reads")
    if column.numbers is not None and column.numbers.null_count < len(column.numbers):
        code = codes.found(column.values, column.numbers.to_numpy())
        if code is None:
            return _numbers(column, column.numbers)
        note = f"column {column.name!r} is a category: {column.values[code[0]].as_py()!r} {code[1]}"
        return Typed(_words(column), note)
    distinct = column.distinct
    if (found := dates.of_words(column)) is not None:
        return found
    if distinct.all(dates.TIME):
        raise LeftOut("holds times of day, which no feature reads", ("category",))
    mistakes.refuse_written(column, distinct)
    marks = mistakes.with_marks(column, distinct)
    mistakes.refuse_mixed(column, distinct)
    mistakes.refuse_other_kind(column)
    mistakes.refuse_truths(column, distinct)
    mistakes.refuse_dates(column, distinct)
    return _told(column, marks, unread.looks(distinct))


def _told(column: Column, marks: str | None, looks: str | None) -> Typed:
    """Return a column of words, with a note on numbers with marks or else on what the words look like."""
    try:
        words = _words(column)
    except LeftOut as reason:
        reason.remark = looks
        raise
    if looks is None or marks is not None:
        return Typed(words, marks)
    return Typed(words, f"column {column.name!r} is a {'text' if words.type == TEXT else 'category'}: {looks}")


def _numbers(column: Column, numbers: pa.ChunkedArray) -> Typed:
    """Return numbers, with a note if they may be something else; codes of more digits than numbers have are words.

    Raises:
        LeftOut: they are whole numbers that count the rows; or that differ in every row, and the name of the column is
            that of an identifier, or they have more digits than numbers have.
        UserError: a number is infinite or too large for a feature.
    """
    finite = _finite(column, numbers)
    values = finite.to_numpy()
    words = pa.types.is_string(column.values.type)
    if not pa.types.is_floating(column.values.type) and (index := codes.too_long(column.values, values)) is not None:
        digits = column.values[index].as_py()
        try:
            found = _words(replace(column, values=column.values.cast(WORDS), raw=column.raw.cast(WORDS)))
        except LeftOut as identifier:
            raise LeftOut(str(identifier), ("number", "category")) from None
        return Typed(
            found, f"column {column.name!r} is a category: {digits} has more digits than a number keeps (2**53)"
        )
    named = len(values) >= SMALLEST_IDENTIFIER and not finite.null_count and IDENTIFIER.search(column.name)
    if named and (values == np.round(values)).all() and len(np.unique(values)) == len(values):
        reason = f"has {len(values)} different whole numbers in {len(values)} rows, an identifier"
        raise LeftOut(reason, ("number",), splits_as="number")
    if WRITTEN_INDEX.match(column.name) and (values == np.round(values)).all():
        raise LeftOut("is the index of a pandas DataFrame, by its name", ("number",), splits_as="number")
    if len(values) >= SHORTEST_COUNT and values[1] - values[0] == 1.0 and bool((np.diff(values) == 1.0).all()):
        raise LeftOut("counts the rows, which is not known of a new row", ("number",), splits_as="number")
    subject = f"column {column.name!r}"
    if words and (pair := codes.one_number(column.values, column.notation)) is not None:
        told = f"{pair[0]!r} and {pair[1]!r} are one number; where they are codes, {column.as_category}"
        return Typed(finite, f"{subject}: {told}")
    if words and (index := codes.with_exponent(column.values)) is not None:
        told = (
            f"{column.values[index].as_py()!r} is read as {values[index]:.0f}; where it is a code, {column.as_category}"
        )
        return Typed(finite, f"{subject}: {told}")
    if dates.compact(values):
        return Typed(finite, f"{subject} is read as numbers; where they are dates, write them as 2024-12-31")
    if words and column.typed:
        told = f"has numbers stored as texts and is read as numbers; otherwise {column.as_category}"
        return Typed(finite, f"{subject} {told}")
    return Typed(finite)


def _words(column: Column) -> pa.ChunkedArray:
    """Return a column of words as categories or as texts.

    They are texts if there are many different ones and they are as long as sentences.

    Raises:
        LeftOut: about every row has a different value, and the values are short.
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
        raise LeftOut(f"has {distinct} different texts in {len(filled)} rows, an identifier", ("category", "text"))
    return column.words


def _text(column: Column) -> pa.ChunkedArray:
    """Return a column as texts. Only an empty one is missing; a text that reads NA is a text."""
    raw = column.raw.cast(TEXT)
    texts = pc.if_else(pc.equal(raw, pa.scalar("", TEXT)), pa.scalar(None, TEXT), raw)
    if texts.null_count == len(texts):
        column.refuse_all(f"has no text in any row; fill it, or {column.as_dropped}")
    return texts


def _finite(column: Column, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers with null for NaN.

    Raises:
        UserError: a number is infinite or too large for a feature.
    """
    values = numbers.to_numpy()
    if (wrong := cells.too_large(values)) is not None:
        index, fault = wrong
        if pa.types.is_string(column.values.type) and codes.with_exponent(column.values) is not None:
            fault = f"{column.values[index].as_py()!r}, as a number {fault}; where it is a code, {column.as_category}"
        column.refuse(index, fault)
    if np.count_nonzero(np.isnan(values)) == numbers.null_count:  # NumPy has NaN for null
        return numbers
    return pc.if_else(pc.is_nan(numbers), pa.scalar(None, NUMBERS), numbers)
