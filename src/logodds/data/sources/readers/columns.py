"""Infer what a column holds: numbers, categories, texts or dates.

Columns that no model should be trained on, such as identifiers, are refused.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logodds.data import cells, missing
from logodds.data.sources.readers import numerals
from logodds.data.sources.readers.part import Column
from logodds.options.overrides import as_typed
from logodds.system.errors import counted

MOSTLY_NUMBERS = 0.5  # share of numbers in a column above which a word in it is a mistake, not a category
MANY_MISTAKES = 0.1  # share of words among numbers above which different words are an identifier, such as A-17
# So many different words, such as tbd, among many different numbers are taken for marks of a missing value, in however
# many rows they are.
FEW_MARKS = 3
FEW_NUMBERS = 20  # different numbers with a unit, such as 500 ml, that may still be categories
LARGEST_VOCABULARY = 0.5  # distinct words per row above which they are texts or an identifier, not categories
SMALLEST_IDENTIFIER = 50  # distinct values that an identifier has at least
EXACT = 2.0**53  # float64 holds every whole number up to this one
SENTENCE = 5.0  # mean number of words per value from which a column is a text and not names
PHRASE = 2.0  # the same where about every row has a different value
DATE = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$"
TIME = r"^\d{1,2}:\d\d(:\d\d(\.\d+)?)?$"
IDENTIFIER = re.compile(r"(?i:(^|[^a-z])(id|uuid|guid|key|index)$)|[a-z](Id|ID)$")
NUMBERS = pa.float64()
WORDS = pa.string()
TEXT = pa.large_string()
DATES = pa.timestamp("us")


class Identifier(Exception):  # noqa: N818  # the caller reports all identifiers in one error
    """A column that is not a text has a different value in about every row.

    Attributes:
        kinds: the kinds as which it could be read nevertheless.
    """

    def __init__(self, message: str, kinds: tuple[str, ...]) -> None:
        super().__init__(message)
        self.kinds = kinds


def typed(column: Column, kind: str | None, comma: bool) -> tuple[pa.ChunkedArray | None, str | None]:
    """Return the column with the Arrow type of its kind, and a note or None.

    If the kind is inferred, the column is None if all rows have the same value, or none has a value.

    Args:
        column: the column as the file holds it.
        kind: the kind that the user states; None infers it.
        comma: whether numbers have a decimal comma.

    Raises:
        Identifier: the column only identifies rows.
        UserError: a value is not of the kind, or no feature reads the type.
    """
    if kind is not None:
        return _as(column, kind, comma), None
    if column.values.null_count == len(column.values):
        return None, f"column {column.name!r} is empty in every row: left out"
    result, note = _inferred(column, comma)
    bounds = pc.min_max(result)
    if not result.null_count and bounds["min"] == bounds["max"]:
        value = bounds["min"].as_py()
        if result.type == NUMBERS and abs(value) >= EXACT and pc.count_distinct(column.values).as_py() > 1:
            message = f"column {column.name!r} is left out: beyond 2**53 its numbers all round to {value:.17g}"
            return None, f"{message}; to keep them {_as_category(column)}"
        return None, f"column {column.name!r} is {_shown(value)} in every row: left out"
    return result, note


def _as(column: Column, kind: str, comma: bool) -> pa.ChunkedArray:
    """Return the column as the kind that the user states."""
    if not pa.types.is_string(column.values.type):
        if kind == "number" and not pa.types.is_temporal(column.values.type):
            return _finite(column, column.values.cast(NUMBERS, safe=False))
        if kind == "date" and pa.types.is_temporal(column.values.type):
            return column.values.cast(DATES, safe=False)
    try:
        words = (column.words if kind == "category" else column.values).cast(WORDS)
    except pa.ArrowException:
        column.refuse_all(
            f"holds {column.values.type} values, which are no {kind}; use {as_typed('problem.drop', [column.name])}"
        )
    if kind == "number":
        numbers = cells.parse_numbers(words, comma)
        if numbers is None:
            wrong = cells.NotANumber(words, comma)
            column.refuse(
                wrong.index,
                f"{wrong.word!r}, no number as problem.kinds wants; write one, empty it, or add it to problem.missing",
            )
        return _finite(column, numbers)
    if kind == "date":
        dates = _dates(words)
        if dates is None:
            bad = pc.invert(pc.match_substring_regex(words, DATE))
            index = max(int(pc.index(bad, True).as_py()), 0)
            column.refuse(index, f"{words[index].as_py()!r}, no date; write dates as 2024-12-31, all of them alike")
        return dates
    if kind == "text":
        return _text(column)
    return words


def _inferred(column: Column, comma: bool) -> tuple[pa.ChunkedArray, str | None]:
    """Return the column by the type that the file states or, if that is words, by what they look like; and a note."""
    kind = column.values.type
    if pa.types.is_boolean(kind):
        return column.values.cast(pa.int8()).cast(NUMBERS), None
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _refuse_numbered(column, _finite(column, column.values.cast(NUMBERS, safe=False))), None
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return column.values.cast(DATES, safe=False), None
    if not pa.types.is_string(kind):
        column.refuse_all(f"holds {kind} values, which no feature reads; use {as_typed('problem.drop', [column.name])}")
    numbers = cells.parse_numbers(column.values, comma)
    if numbers is not None and numbers.null_count < len(numbers):
        if not cells.any_match(column.values, numerals.LEADING_ZERO):
            message = f"column {column.name!r} has numbers stored as texts and is read as numbers; "
            message += f"otherwise {_as_category(column)}"
            return _refuse_numbered(column, _finite(column, numbers)), message if column.typed else None
        index = int(pc.index(pc.match_substring_regex(column.values, numerals.LEADING_ZERO), True).as_py())
        first = column.values[index].as_py()
        return _words(column), f"column {column.name!r} is a category: {first!r} has a leading zero, as codes have"
    distinct = column.values.unique().drop_null()
    if cells.all_match(distinct, DATE) and (dates := _dates(column.values)) is not None:
        return dates, None
    if cells.all_match(distinct, TIME):
        column.refuse_all(
            f"holds times of day, which no feature reads; leave it out with {as_typed('problem.drop', [column.name])}"
        )
    _refuse_written(column, distinct, comma)
    note = _with_marks(column, distinct, comma)
    _refuse_mixed(column, distinct, comma)
    return _words(column), note


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
    identifier = _is_identifier(distinct, len(filled))
    if length >= (PHRASE if identifier else SENTENCE):
        return _text(column)
    if identifier:
        raise Identifier(f"{distinct} different texts in {len(filled)} rows", ("text", "category"))
    return column.words


def _is_identifier(distinct: int, rows: int) -> bool:
    return distinct >= SMALLEST_IDENTIFIER and distinct > LARGEST_VOCABULARY * rows


def _text(column: Column) -> pa.ChunkedArray:
    """Return a column as texts. Only an empty one is missing; a text that reads NA is a text."""
    raw = column.raw.cast(TEXT)
    texts = pc.if_else(pc.equal(raw, pa.scalar("", TEXT)), pa.scalar(None, TEXT), raw)
    if texts.null_count == len(texts):
        column.refuse_all(
            f"has no text in any row; fill it, or leave it out with {as_typed('problem.drop', [column.name])}"
        )
    return texts


def _dates(words: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return ISO dates as timestamps, times with a zone as UTC; None if not all words are dates."""
    for kind in (DATES, pa.timestamp("us", "UTC")):
        try:
            return words.cast(kind).cast(DATES)
        except pa.ArrowInvalid:
            continue
    return None


def _finite(column: Column, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers with null for NaN.

    Raises:
        UserError: a number is infinite or too large for a feature.
    """
    if (wrong := cells.too_large(numbers.to_numpy())) is not None:
        column.refuse(*wrong)
    absent = pc.is_nan(numbers)
    return pc.if_else(absent, pa.scalar(None, NUMBERS), numbers) if pc.any(absent).as_py() else numbers


def _refuse_numbered(column: Column, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers unchanged unless they are an identifier.

    Raises:
        Identifier: they are whole numbers that differ in every row, and the name of the column is that of an
            identifier.
    """
    if len(numbers) < SMALLEST_IDENTIFIER or numbers.null_count or not IDENTIFIER.search(column.name):
        return numbers
    values = numbers.to_numpy()
    if (values == np.round(values)).all() and len(np.unique(values)) == len(values):
        raise Identifier(f"{len(values)} different whole numbers in {len(values)} rows", ("number",))
    return numbers


def _refuse_written(column: Column, distinct: Any, comma: bool) -> None:
    """Raise an error if the words are numbers in another notation than that of the file."""
    usual, other = (cells.COMMA, cells.POINT) if comma else (cells.POINT, cells.COMMA)
    mark, key = ("point", "problem.decimal=point") if comma else ("comma", "problem.decimal=comma")
    category = _as_category(column)
    for pattern, fault in (
        (other, f"a decimal {mark}; set {key}, or {category}"),
        (f"{usual}|{other}", f"a decimal {mark}, unlike the others; write all numbers in one way, or {category}"),
        (f"{usual}|{numerals.GROUPED}", f"a number with separators; write it without them, or {category}"),
    ):
        if cells.all_match(distinct, pattern):
            index = int(pc.index(pc.invert(pc.match_substring_regex(column.values, usual)), True).as_py())
            column.refuse(index, f"{column.values[index].as_py()!r}, {fault}")


def _with_marks(column: Column, distinct: Any, comma: bool) -> str | None:
    """Return a note if most words are numbers with a currency or a unit, and few enough to be categories.

    Raises:
        UserError: they are too many different numbers to be categories.
    """
    result = numerals.with_marks(distinct, cells.COMMA if comma else cells.POINT)
    if result is None:
        return None
    first, fault, count = result
    if count > FEW_NUMBERS:
        column.refuse(pc.index(column.values, first).as_py(), f"{_shown(first)}, {fault}, or {_as_category(column)}")
    return f"column {column.name!r} is a category: {_shown(first)} is {fault}, to have it read as numbers"


def _refuse_mixed(column: Column, distinct: Any, comma: bool) -> None:
    """Raise an error if words among numbers look like mistakes or like marks of a missing value."""
    number = pc.match_substring_regex(distinct, cells.COMMA if comma else cells.POINT)
    marks = distinct.filter(pc.invert(pc.or_(number, pc.match_substring_regex(distinct, missing.PATTERN))))
    bad = pc.is_in(column.values, marks)
    bad_count, good_count = (
        int(pc.sum(pc.is_in(column.values, some)).as_py()) for some in (marks, distinct.filter(number))
    )
    filled = bad_count + good_count
    few = 0 < len(marks) <= FEW_MARKS and len(distinct.filter(number)) >= SMALLEST_IDENTIFIER
    mixed = bad_count > MANY_MISTAKES * filled and len(marks) > LARGEST_VOCABULARY * bad_count
    mixed = mixed and _is_identifier(len(distinct), filled)
    if few or (bad_count < (1.0 - MOSTLY_NUMBERS) * filled and not mixed):
        index = int(pc.index(bad, True).as_py())
        first, *others = marks[: FEW_MARKS + 1].to_pylist()
        more = f", as {', '.join(map(_shown, others))}" if others else ""
        header = (
            "; is it a header? (problem.header=true)" if column.origin.locate(index)[1] == 1 and bad_count == 1 else ""
        )
        column.refuse(
            index,
            f"{_shown(first)} among numbers ({counted(bad_count, 'such row')}{more}); write a number or leave the "
            f"cell empty, or add {'these words' if others else 'it'} to problem.missing{header}",
        )


def _as_category(column: Column) -> str:
    return f"set {as_typed('problem.kinds', {column.name: 'category'})}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
