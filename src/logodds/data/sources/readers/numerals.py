"""Find out how a file writes its numbers: with a decimal point or comma, or with separators and units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from logodds.data import missing
from logodds.data.cells import COMMA, POINT, all_match, parse_numbers
from logodds.data.sources.readers.part import RowOrigins
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError

GROUPED = r"^[+-]?\d{1,3}([.,' ]\d{3})+([.,]\d+)?$"  # separators of thousands: 1,234 or 1.234.567,8
LEADING_ZERO = r"^[+-]?0\d"
THOUSANDS = r"^[+-]?[1-9]\d{0,2}(\.\d{3})+$|^[+-]?\d+$"  # numbers whose point may as well separate thousands
# A sign, a currency, the number and a unit, as in -$1,234.50, 152 cm, 1.2%, 1.234 EUR, 5 km/h.
WITH_MARKS = (
    r"^[+\-\x{2212}]?(?P<before>(?:\p{Sc}|[A-Z]{3}[ \x{a0}])?)[\s\p{Z}]?[+\-\x{2212}]?"
    r"(?:\d{1,3}(?:[.,'\x{2019}\p{Z}]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
    r"[\s\p{Z}]?(?P<after>(?:[%\x{2030}\p{Sc}\x{b0}]?(?:\p{L}{1,6}[23\x{b2}\x{b3}]?(?:/\p{L}{1,4}[23\x{b2}\x{b3}]?)?)?))$"
)


def decimal_comma(columns: Mapping[str, pa.ChunkedArray], wanted: str, origin: RowOrigins) -> bool:
    """Return whether the numbers of the file have a decimal comma.

    Args:
        columns: words that may be numbers, by column.
        wanted: ``point``, ``comma`` or ``auto``.
        origin: the rows of the file, for messages.

    Raises:
        UserError: some columns have a comma and others a point, or the commas may as well separate thousands.
    """
    if wanted != "auto":
        return wanted == "comma"
    with_comma = [
        name
        for name, words in columns.items()
        if pc.any(pc.match_substring(words, ",")).as_py() and all_match(words, f"{COMMA}|{missing.PATTERN}")
    ]
    if not with_comma:
        return False
    name = with_comma[0]
    index = int(pc.index(pc.match_substring(columns[name], ","), True).as_py())
    path, row = origin.locate(index)
    finding = f"{path}: column {name!r} row {row} is {columns[name][index].as_py()!r}"
    grouped = all(all_match(columns[name], rf"{GROUPED}|^[+-]?\d+$|{missing.PATTERN}") for name in with_comma)
    for other, words in columns.items():
        if pc.any(pc.match_substring(words, ".")).as_py() and parse_numbers(words, comma=False) is not None:
            meaning = "thousands with commas" if grouped else "a decimal comma"
            remedy = "it without" if grouped else "numbers in one way"
            raise UserError(
                f"{finding}, {meaning}, but column {other!r} has points; write {remedy}, "
                f"or set {as_typed('problem.kinds', {name: 'category'})}"
            )
    if grouped:
        raise UserError(
            f"{finding}: a decimal comma, or thousands? set problem.decimal=comma, or write numbers without separators"
        )
    return True


def point_thousands(columns: Mapping[str, pa.ChunkedArray], origin: RowOrigins) -> str | None:
    """Return a note if the point in all numbers may as well separate thousands.

    Return None if there is no point, or a number shows that it is a decimal point.
    """
    first: tuple[str, pa.ChunkedArray] | None = None
    for name, words in columns.items():
        if pc.any(pc.match_substring(words, ".")).as_py() and all_match(words, f"{POINT}|{missing.PATTERN}"):
            if not all_match(words, f"{THOUSANDS}|{missing.PATTERN}"):
                return None
            first = first or (name, words)
    if first is None:
        return None
    name, words = first
    index = int(pc.index(pc.match_substring(words, "."), True).as_py())
    return (
        f"column {name!r} row {origin.locate(index)[1]} is {words[index].as_py()!r}, read with a decimal point; "
        "where the point separates thousands, write numbers without it"
    )


def with_marks(distinct: pa.Array, usual: str) -> tuple[str, str, int] | None:
    """Find numbers that are not plain, but all have the same currency or unit, or separators.

    Return the first of them, what is wrong with it and what to write instead, and how many different ones there are; or
    None if plain and such numbers together are not most of the words.

    Args:
        distinct: the different words of a column.
        usual: the pattern of plain numbers.
    """
    odd = distinct.filter(pc.invert(pc.match_substring_regex(distinct, usual)))
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for word, marks in zip(odd.to_pylist(), pc.extract_regex(odd, WITH_MARKS).to_pylist(), strict=True):
        if marks is not None:
            groups[marks["before"], marks["after"]].append(word)
    if not groups:
        return None
    affixes, words = max(groups.items(), key=lambda group: len(group[1]))
    if len(words) < 2 or len(words) + len(distinct) - len(odd) <= len(distinct) / 2:
        return None
    marks = " and ".join(repr(mark.strip()) for mark in affixes if mark)
    fault = f"a number with {marks or 'separators'}; write it without"
    if not marks and "\u2212" in words[0]:
        fault = "a number with the sign U+2212; write its minus as -"
    return words[0], fault, len(words)
