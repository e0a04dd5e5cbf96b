"""What a column holds: numbers, categories, texts or dates; and what no model should be trained on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logodds.errors import UserError
from logodds.overrides import as_typed
from logodds.sources import numerals
from logodds.sources.part import Origin

LARGEST = 1e37  # what a float32 feature holds with room for arithmetic
MOSTLY_NUMBERS = 0.5  # from this share of readable numbers on, a text value is a mistake and not a category
MANY_MISTAKES = 0.1  # from this share of words on, a column of different values is an identifier such as A-17
LARGEST_VOCABULARY = 0.5  # distinct values per row from which words are texts or an identifier, not a category
SMALLEST_IDENTIFIER = 50
SENTENCE = 5.0  # words per value from which words are a text and not a name
DATE = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$"
TIME = r"^\d{1,2}:\d\d(:\d\d(\.\d+)?)?$"
IDENTIFIER = re.compile(r"(?i:(^|[^a-z])(id|uuid|guid|key|index)$)|[a-z](Id|ID)$")
NUMBERS = pa.float64()
WORDS = pa.string()
TEXT = pa.large_string()
DATES = pa.timestamp("us")


class Identifier(Exception):  # noqa: N818  # no error of its own: the caller tells all identifiers at once
    """A column with another value in about every row, and no text. ``kinds``: what could read it nevertheless."""

    def __init__(self, told: str, kinds: str) -> None:
        super().__init__(told)
        self.kinds = kinds


@dataclass(frozen=True)
class Column:
    """A column as the file holds it. ``raw``: its words before those that mean missing became null; else ``values``.

    ``typed``: the file itself says that it holds words, so that words like 007 are none of the numbers.
    """

    name: str
    values: pa.ChunkedArray
    raw: pa.ChunkedArray
    typed: bool
    origin: Origin

    def refuse(self, index: int, told: str) -> NoReturn:
        """Raise for the value at ``index``."""
        path, row = self.origin.place(index)
        raise UserError(f"{path}: column {self.name!r} row {row} is {told}")

    def refuse_all(self, told: str) -> NoReturn:
        """Raise for the column as a whole."""
        raise UserError(f"{self.origin.paths[0]}: column {self.name!r} {told}")


def typed(column: Column, kind: str | None, comma: bool) -> tuple[pa.ChunkedArray | None, str | None]:
    """The column with the Arrow type of its kind, None where it tells nothing apart; and a note.

    Args:
        kind: what the user says that it holds; None infers it.
        comma: whether numbers have a decimal comma.

    Raises:
        Identifier: it tells rows apart and nothing else.
        UserError: a value that is not of the kind, or a type that no feature reads.
    """
    if kind is not None:
        return _as(column, kind, comma), None
    if column.values.null_count == len(column.values):
        return None, f"column {column.name!r} is empty in every row: left out"
    found, note = _inferred(column, comma)
    bounds = pc.min_max(found)
    if not found.null_count and bounds["min"] == bounds["max"]:
        return None, f"column {column.name!r} is {_shown(bounds['min'].as_py())} in every row: left out"
    return found, note


def _as(column: Column, kind: str, comma: bool) -> pa.ChunkedArray:
    if not pa.types.is_string(column.values.type):
        if kind == "number" and not pa.types.is_temporal(column.values.type):
            return _finite(column, column.values.cast(NUMBERS, safe=False))
        if kind == "date" and pa.types.is_temporal(column.values.type):
            return column.values.cast(DATES, safe=False)
    try:
        words = column.values.cast(WORDS)
    except pa.ArrowException:
        column.refuse_all(
            f"holds {column.values.type} values, which are no {kind}; use {as_typed('problem.drop', [column.name])}"
        )
    if kind == "number":
        numbers = numerals.read(words, comma)
        if numbers is None:
            bad = pc.invert(pc.match_substring_regex(words, numerals.COMMA if comma else numerals.POINT))
            index = int(pc.index(bad, True).as_py())
            column.refuse(index, f"{words[index].as_py()!r}, no number as problem.kinds wants; write one or empty it")
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
    """The values by the file's own type or, where that is words, by what they look like."""
    kind = column.values.type
    if pa.types.is_boolean(kind):
        return column.values.cast(pa.int8()).cast(NUMBERS), None
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _refuse_numbered(column, _finite(column, column.values.cast(NUMBERS, safe=False))), None
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return column.values.cast(DATES, safe=False), None
    if not pa.types.is_string(kind):
        column.refuse_all(f"holds {kind} values, which no feature reads; use {as_typed('problem.drop', [column.name])}")
    if column.typed:
        return _words(column), None
    numbers = numerals.read(column.values, comma)
    if numbers is not None:
        if not numerals.any_match(column.values, numerals.LEADING_ZERO):
            return _refuse_numbered(column, _finite(column, numbers)), None
        index = int(pc.index(pc.match_substring_regex(column.values, numerals.LEADING_ZERO), True).as_py())
        first = column.values[index].as_py()
        return _words(column), f"column {column.name!r} is a category: {first!r} has a leading zero, as codes have"
    distinct = column.values.unique().drop_null()
    if len(distinct) <= 6 and numerals.all_match(distinct, "^(?i:true|false)$"):
        return pc.equal(pc.utf8_lower(column.values), "true").cast(pa.int8()).cast(NUMBERS), None
    if numerals.all_match(distinct, DATE) and (dates := _dates(column.values)) is not None:
        return dates, None
    if numerals.all_match(distinct, TIME):
        column.refuse_all(
            f"holds times of day, which no feature reads; leave it out with {as_typed('problem.drop', [column.name])}"
        )
    _refuse_mixed(column, distinct, comma)
    return _words(column), None


def _words(column: Column) -> pa.ChunkedArray:
    """Categories, or texts where there are about as many as rows and they read like sentences."""
    filled = column.values.drop_null()
    distinct = pc.count_distinct(filled).as_py()
    if distinct <= LARGEST_VOCABULARY * len(filled):
        return column.values
    breaks = pc.count_substring_regex(filled, r"\s+")
    if pc.mean(breaks).as_py() + 1.0 >= SENTENCE:
        return _text(column)
    if _is_identifier(distinct, len(filled)):
        raise Identifier(f"{distinct} different texts in {len(filled)} rows", "text or category")
    return column.values


def _is_identifier(distinct: int, rows: int) -> bool:
    return distinct >= SMALLEST_IDENTIFIER and distinct > LARGEST_VOCABULARY * rows


def _text(column: Column) -> pa.ChunkedArray:
    """Texts say what they say: only an empty one is missing, not one that reads NA."""
    raw = column.raw.cast(TEXT)
    found = pc.if_else(pc.equal(raw, pa.scalar("", TEXT)), pa.scalar(None, TEXT), raw)
    if found.null_count == len(found):
        column.refuse_all(
            f"has no text in any row; fill it, or leave it out with {as_typed('problem.drop', [column.name])}"
        )
    return found


def _dates(words: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """ISO dates, times of a zone as UTC; None where they are not."""
    for kind in (DATES, pa.timestamp("us", "UTC")):
        try:
            return words.cast(kind).cast(DATES)
        except pa.ArrowInvalid:
            continue
    return None


def _finite(column: Column, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    values = numbers.to_numpy()
    infinite = np.flatnonzero(np.abs(values) > LARGEST)
    if len(infinite):
        column.refuse(
            infinite[0],
            f"{values[infinite[0]]} ({len(infinite)} such rows); a number must be finite and below 1e37, "
            "as float32 is: mend or empty it",
        )
    absent = pc.is_nan(numbers)
    return pc.if_else(absent, pa.scalar(None, NUMBERS), numbers) if pc.any(absent).as_py() else numbers


def _refuse_numbered(column: Column, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Refuse whole numbers that differ in every row and are called an identifier."""
    if len(numbers) < SMALLEST_IDENTIFIER or numbers.null_count or not IDENTIFIER.search(column.name):
        return numbers
    values = numbers.to_numpy()
    if (values == np.round(values)).all() and len(np.unique(values)) == len(values):
        raise Identifier(f"{len(values)} different whole numbers in {len(values)} rows", "number")
    return numbers


def _refuse_mixed(column: Column, distinct: Any, comma: bool) -> None:
    """Refuse a word among numbers, and numbers written in a way that is not the file's."""
    usual, other = (numerals.COMMA, numerals.POINT) if comma else (numerals.POINT, numerals.COMMA)
    mark, key = ("point", "problem.decimal=point") if comma else ("comma", "problem.decimal=comma")
    category = f"set {as_typed('problem.kinds', {column.name: 'category'})}"
    for pattern, told in (
        (other, f"a decimal {mark}; set {key}, or {category}"),
        (f"{usual}|{other}", f"a decimal {mark}, unlike the others; write all numbers in one way, or {category}"),
        (f"{usual}|{numerals.GROUPED}", f"a number with separators; write it without them, or {category}"),
    ):
        if numerals.all_match(distinct, pattern):
            index = int(pc.index(pc.invert(pc.match_substring_regex(column.values, usual)), True).as_py())
            column.refuse(index, f"{column.values[index].as_py()!r}, {told}")
    good = pc.match_substring_regex(column.values, usual)
    filled = len(good) - good.null_count
    bad_count = filled - int(pc.sum(good).as_py() or 0)
    mixed = bad_count > MANY_MISTAKES * filled and _is_identifier(len(distinct), filled)
    if bad_count < (1.0 - MOSTLY_NUMBERS) * filled and not mixed:
        index = int(pc.index(pc.invert(good), True).as_py())
        header = (
            "; is it a header? (problem.header=true)" if column.origin.place(index)[1] == 1 and bad_count == 1 else ""
        )
        column.refuse(
            index,
            f"{column.values[index].as_py()!r} among numbers ({bad_count} such rows); write a number or leave the cell "
            f"empty, or add it to problem.missing{header}",
        )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
