"""Refuse columns that are numbers or dates but for mistakes, which no model should take for categories."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc

from logodds.data import missing
from logodds.data.cells import all_match
from logodds.data.sources.readers import dates, numerals
from logodds.data.sources.readers.part import Column
from logodds.system.errors import counted

MOSTLY = 0.5  # share of numbers or dates in a column above which a word in it is a mistake, not a category
MANY_MISTAKES = 0.1  # share of words among numbers above which different words are an identifier, such as A-17
# So many different words, such as tbd, among many different numbers are taken for marks of a missing value, in however
# many rows they are.
FEW_MARKS = 3
FEW_NUMBERS = 20  # different numbers with a unit, such as 500 ml, that may still be categories
LARGEST_VOCABULARY = 0.5  # distinct words per row above which they are texts or an identifier, not categories
SMALLEST_IDENTIFIER = 50  # distinct values that an identifier has at least


def is_identifier(distinct: int, rows: int) -> bool:
    """Return whether so many distinct words in so many rows are those of an identifier."""
    return distinct >= SMALLEST_IDENTIFIER and distinct > LARGEST_VOCABULARY * rows


def refuse_written(column: Column, distinct: Any) -> None:
    """Raise an error if the words are numbers in another notation than that of the file."""
    usual = column.notation
    for other in numerals.NOTATIONS:
        if other == usual or not all_match(distinct, f"{usual.pattern}|{other.pattern}"):
            continue
        index = int(pc.index(pc.invert(pc.match_substring_regex(column.values, usual.pattern)), True).as_py())
        fault = f"{column.values[index].as_py()!r}, a decimal {'comma' if other.comma else 'point'}"
        if other.thousands:
            fault = f"{column.values[index].as_py()!r}, a number with separators of thousands"
        if all_match(distinct, other.pattern):  # a key rules it out; detection would have found it
            remedy = "; set problem.decimal=auto problem.thousands=auto"
        else:
            remedy = ", unlike the others; write all numbers in one way"
        column.refuse(index, f"{fault}{remedy}, or {column.as_category}")


def with_marks(column: Column, distinct: Any) -> str | None:
    """Return a note if most words are numbers with a currency or a unit, and few enough to be categories.

    Raises:
        UserError: they are too many different numbers to be categories.
    """
    result = numerals.with_marks(distinct, column.notation.pattern)
    if result is None:
        return None
    first, fault, count = result
    if count > FEW_NUMBERS:
        column.refuse(pc.index(column.values, first).as_py(), f"{shown(first)}, {fault}, or {column.as_category}")
    return f"column {column.name!r} is a category: {shown(first)} is {fault}, to have it read as numbers"


def refuse_mixed(column: Column, distinct: Any) -> None:
    """Raise an error if words among numbers look like mistakes or like marks of a missing value."""
    number = pc.match_substring_regex(distinct, column.notation.pattern)
    marks = distinct.filter(pc.invert(pc.or_(number, pc.match_substring_regex(distinct, missing.PATTERN))))
    bad = pc.is_in(column.values, marks)
    bad_count, good_count = (
        int(pc.sum(pc.is_in(column.values, some)).as_py()) for some in (marks, distinct.filter(number))
    )
    filled = bad_count + good_count
    few = 0 < len(marks) <= FEW_MARKS and len(distinct.filter(number)) >= SMALLEST_IDENTIFIER
    mixed = bad_count > MANY_MISTAKES * filled and len(marks) > LARGEST_VOCABULARY * bad_count
    mixed = mixed and is_identifier(len(distinct), filled)
    if few or (bad_count < (1.0 - MOSTLY) * filled and not mixed):
        index = int(pc.index(bad, True).as_py())
        first, *others = marks[: FEW_MARKS + 1].to_pylist()
        more = f", as {', '.join(map(shown, others))}" if others else ""
        first_row = not column.header and column.origin.locate(index)[1] == 1
        header = "; is it a header? (problem.header=true)" if first_row and bad_count == 1 else ""
        column.refuse(
            index,
            f"{shown(first)} among numbers ({counted(bad_count, 'such row')}{more}); write a number or leave the "
            f"cell empty, or {column.as_missing([first, *others])}{header}",
        )


def refuse_dates(column: Column, distinct: Any) -> None:
    """Raise an error if most words are dates, and others are not or are written in another way."""
    like = pc.match_substring_regex(distinct, dates.LIKE)
    bad = distinct.filter(pc.invert(like))
    bad_count = int(pc.sum(pc.is_in(column.values, bad)).as_py())
    if bad_count >= (1.0 - MOSTLY) * (len(column.values) - column.values.null_count):
        return
    if len(bad):
        index = int(pc.index(pc.is_in(column.values, bad), True).as_py())
        word = column.values[index].as_py()
        column.refuse(
            index,
            f"{shown(word)} among dates ({counted(bad_count, 'such row')}); write dates as 2024-12-31, or "
            f"{column.as_category}, or {column.as_missing([word])}",
        )
    odd, usual = dates.odd_one(distinct)
    fault = "no date of the calendar" if usual is None else f"no date as {shown(usual)} and others are"
    column.refuse(
        int(pc.index(column.values, odd).as_py()),
        f"{shown(odd)}, {fault}; write dates as 2024-12-31, all of them alike, or {column.as_category}",
    )


def shown(value: Any) -> str:
    """Return a value for a message, shortened."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
