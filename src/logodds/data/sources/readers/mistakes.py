"""Refuse columns that are numbers or dates but for mistakes, which no model should take for categories."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow.compute as pc

from logodds.data import missing
from logodds.data.cells import all_match, any_match, parse_numbers
from logodds.data.sources.readers import dates, marked, numerals
from logodds.data.sources.readers.part import Column
from logodds.data.sources.readers.vocabulary import Vocabulary
from logodds.system.errors import counted

MOSTLY = 0.5  # share of numbers or dates in a column above which a word in it is a mistake, not a category
MANY_MISTAKES = 0.1  # share of words among numbers above which different words are an identifier, such as A-17
# So many different words, such as tbd, among many different numbers are taken for marks of a missing value, in however
# many rows they are.
FEW_MARKS = 3
MOST_MARKS = 8  # words that may all mean missing
FEW_NUMBERS = 20  # different numbers, some with a unit such as 500 ml, that may still be categories
DIVIDED = "#DIV/0!"  # as Excel writes a number divided by zero
YES_OR_NO = "^(?i:true|false|yes|no|on|off|[tfyn])$"
TRUTHS = f"^[01]$|{YES_OR_NO}"
AS_DIGITS = "write 1 for true and 0 for false"
LARGEST_VOCABULARY = 0.5  # distinct words per row above which they are texts or an identifier, not categories
SMALLEST_IDENTIFIER = 50  # distinct values that an identifier has at least


def is_identifier(distinct: int, rows: int) -> bool:
    """Return whether so many distinct words in so many rows are those of an identifier."""
    return distinct >= SMALLEST_IDENTIFIER and distinct > LARGEST_VOCABULARY * rows


def refuse_written(column: Column, distinct: Vocabulary) -> None:
    """Raise an error if the words are numbers in another notation than that of the file."""
    usual = column.notation
    for other in numerals.NOTATIONS:
        if other == usual or not distinct.all(f"{usual.pattern}|{other.pattern}"):
            continue
        index = int(pc.index(pc.invert(pc.match_substring_regex(column.values, usual.pattern)), True).as_py())
        fault = f"{column.values[index].as_py()!r}, a decimal {'comma' if other.comma else 'point'}"
        if other.thousands:
            fault = f"{column.values[index].as_py()!r}, a number with separators of thousands"
        if distinct.all(other.pattern):  # a key rules it out; detection would have found it
            remedy = "; set problem.decimal=auto problem.thousands=auto"
        else:
            remedy = ", unlike the others; write all numbers in one way"
        column.refuse(index, f"{fault}{remedy}, or {_otherwise(column, distinct)}")


def refuse_other_kind(column: Column) -> None:
    """Raise an error if the column is numbers in one of two files, and words or other truth values in the other."""
    if len(column.origin.paths) < 2:
        return
    first_of_test = int(np.searchsorted(column.origin.rows, column.origin.counts[0]))
    halves = column.values.slice(0, first_of_test), column.values.slice(first_of_test)
    filled = [len(half) > half.null_count for half in halves]
    numbers = [parse_numbers(half, column.notation) is not None for half in halves]
    if not all(filled) or not any(numbers):
        return
    number = f"{column.notation.pattern}|{missing.PATTERN}"
    odd = 0 if numbers[1] and not all_match(halves[0], number) else 1
    if not all(numbers) and any_match(halves[odd], column.notation.pattern):
        return  # some words among numbers
    start = 0 if odd == 0 else first_of_test
    index = start + int(pc.index(pc.match_substring_regex(halves[odd], number), False).as_py())
    column.refuse(
        index,
        f"{shown(column.values[index].as_py())}, but {column.origin.paths[1 - odd].name} has numbers alone; "
        f"write both alike, or {column.as_category}",
    )


def with_marks(column: Column, distinct: Vocabulary) -> str | None:
    """Return a note if most words are numbers, some of them with marks, and few enough to be categories.

    Raises:
        UserError: they are too many different numbers to be categories.
    """
    result = marked.most(distinct, column.notation.pattern)
    if result is None:
        return None
    found, fault = result
    first = found.words[0]
    if len(distinct) > FEW_NUMBERS:
        column.refuse(
            pc.index(column.values, first).as_py(), f"{shown(first)}, {fault}, or {_otherwise(column, distinct)}"
        )
    return f"column {column.name!r} is a category: {shown(first)} is {fault}, to have it read as numbers"


def refuse_mixed(column: Column, distinct: Vocabulary) -> None:
    """Raise an error if words among numbers look like mistakes or like marks of a missing value."""
    number = distinct.like(column.notation.pattern)
    marks = distinct.words.filter(pc.invert(pc.or_(number, distinct.like(missing.PATTERN))))
    numbers = distinct.words.filter(number)
    bad_count, good_count = (int(pc.sum(pc.is_in(column.values, some)).as_py()) for some in (marks, numbers))
    filled = bad_count + good_count
    few = 0 < len(marks) <= FEW_MARKS and len(numbers) >= SMALLEST_IDENTIFIER
    mixed = bad_count > MANY_MISTAKES * filled and len(marks) > LARGEST_VOCABULARY * bad_count
    mixed = mixed and is_identifier(len(distinct), filled)
    if few or (bad_count < (1.0 - MOSTLY) * filled and not mixed):
        words = sorted(marks.to_pylist(), key=may_be_missing)
        levels = [word for word in words if not may_be_missing(word)]
        index = int(pc.index(column.values, words[0]).as_py())
        more = f", as {', '.join(map(shown, words[1 : FEW_MARKS + 1]))}" if words[1:] else ""
        more += ", …" if len(words) > FEW_MARKS + 1 else ""
        advice = _levels(column, distinct, levels) if levels else _marks(column, distinct, words)
        if bad_count == 1 and column.origin.locate(index)[1] == 1:
            units = "; where row 1 holds units, remove it"
            advice += units if column.origin.header else "; is it a header? (problem.header=true)"
        column.refuse(index, f"{shown(words[0])} among numbers ({counted(bad_count, 'such row')}{more}){advice}")


def refuse_truths(column: Column, distinct: Vocabulary) -> None:
    """Raise an error if the words are digits and words for true and false."""
    if not distinct.all(TRUTHS) or not distinct.any("^[01]$"):
        return
    index = int(pc.index(pc.match_substring_regex(column.values, YES_OR_NO), True).as_py())
    word = column.values[index].as_py()
    column.refuse(index, f"{shown(word)} among 0 and 1; {AS_DIGITS}, or {column.as_category}")


def _levels(column: Column, distinct: Vocabulary, levels: list[str]) -> str:
    """Return the advice on words that are values, such as 3+, 50% or true, and do not mean missing."""
    otherwise = _otherwise(column, distinct)
    if distinct.all(TRUTHS):
        return f"; {AS_DIGITS}, or {otherwise}"
    found = marked.groups(distinct, levels)
    if len(found) == 1 and len(found[0].words) == len(levels):
        return f", {found[0].told(True)}, or {otherwise}"
    return f"; write a number, or {otherwise}"


def _marks(column: Column, distinct: Vocabulary, words: list[str]) -> str:
    """Return the advice on words without any digit, which may mean missing."""
    advice = "; write a number or leave the cell empty"
    if len(words) > MOST_MARKS:
        return f"{advice}, or {_otherwise(column, distinct)}"
    if len(distinct) <= FEW_NUMBERS and any(map(str.isalpha, words[0])):
        return f"{advice}, or {column.as_category} for a category, or {column.as_missing(words)} for a missing value"
    return f"{advice}, or {column.as_missing(words)}"


def _otherwise(column: Column, distinct: Vocabulary) -> str:
    """Return the advice to read a column as categories or, if there were too many, to leave it out."""
    return column.as_category if len(distinct) < SMALLEST_IDENTIFIER else column.as_dropped


def may_be_missing(word: str) -> bool:
    """Return whether a word may stand for a missing value, as no mistyped number or date and no truth value does."""
    return word == DIVIDED or (not any(map(str.isdecimal, word)) and re.search(YES_OR_NO, word) is None)


def refuse_dates(column: Column, distinct: Vocabulary) -> None:
    """Raise an error if most words are dates, and others are not or are written in another way."""
    bad = distinct.words.filter(pc.invert(distinct.like(dates.LIKE)))
    bad_count = int(pc.sum(pc.is_in(column.values, bad)).as_py())
    if bad_count >= (1.0 - MOSTLY) * (len(column.values) - column.values.null_count):
        return
    if len(bad):
        index = int(pc.index(pc.is_in(column.values, bad), True).as_py())
        word = column.values[index].as_py()
        column.refuse(
            index,
            f"{shown(word)} among dates ({counted(bad_count, 'such row')}); write dates as 2024-12-31, or "
            f"{column.as_category}{f', or {column.as_missing([word])}' if may_be_missing(word) else ''}",
        )
    odd, usual = dates.odd_one(distinct.words)
    fault = "no date of the calendar" if usual is None else f"no date as {shown(usual)} and others are"
    column.refuse(
        int(pc.index(column.values, odd).as_py()),
        f"{shown(odd)}, {fault}; write dates as 2024-12-31, all of them alike, or {column.as_category}",
    )


def shown(value: Any) -> str:
    """Return a value for a message, shortened."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
