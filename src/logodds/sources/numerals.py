"""Numbers as files write them: decimal point or comma, and what only looks like a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from logodds.errors import UserError
from logodds.overrides import as_typed
from logodds.sources.part import Origin

POINT = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity|nan)$"
COMMA = r"^[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity|nan)$"
GROUPED = r"^[+-]?\d{1,3}([.,' ]\d{3})+([.,]\d+)?$"  # 1,234 or 1.234.567,8: separators of thousands
LEADING_ZERO = r"^[+-]?0\d"
NO_NUMBER = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None"]  # no number is spelled so


def read(words: pa.ChunkedArray, comma: bool) -> pa.ChunkedArray | None:
    """The words as float64, None where one of them is not a number. Among numbers, ``NA`` and the like are missing."""
    if comma:
        if any_match(words, r"\."):
            return None
        words = pc.replace_substring(words, ",", ".")
    try:
        return words.cast(pa.float64())
    except pa.ArrowInvalid:
        pass
    absent = pc.is_in(words, pa.array(NO_NUMBER))
    if not pc.any(absent).as_py():
        return None
    rest = pc.if_else(absent, pa.scalar(None, pa.string()), words)
    if rest.null_count == len(rest):
        return None
    try:
        return rest.cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def any_match(words: Any, pattern: str) -> bool:
    """Whether a word matches; nulls do not."""
    return bool(pc.any(pc.match_substring_regex(words, pattern)).as_py())


def all_match(words: Any, pattern: str) -> bool:
    """Whether every word but nulls matches."""
    return bool(pc.all(pc.match_substring_regex(words, pattern)).as_py())


def decimal_comma(columns: Mapping[str, pa.ChunkedArray], wanted: str, origin: Origin) -> bool:
    """Whether the file's numbers have a decimal comma.

    Args:
        columns: words that may be numbers.
        wanted: ``point``, ``comma`` or ``auto``.

    Raises:
        UserError: columns of both kinds, or commas that may as well separate thousands.
    """
    if wanted != "auto":
        return wanted == "comma"
    with_comma = [
        name
        for name, words in columns.items()
        if pc.any(pc.match_substring(words, ",")).as_py() and all_match(words, COMMA)
    ]
    if not with_comma:
        return False
    name = with_comma[0]
    index = int(pc.index(pc.match_substring(columns[name], ","), True).as_py())
    path, row = origin.place(index)
    told = f"{path}: column {name!r} row {row} is {columns[name][index].as_py()!r}"
    for other, words in columns.items():
        if pc.any(pc.match_substring(words, ".")).as_py() and read(words, comma=False) is not None:
            raise UserError(
                f"{told}, a decimal comma, while column {other!r} has decimal points; write all numbers in one way, "
                f"or set {as_typed('problem.kinds', {name: 'category'})}"
            )
    if all(all_match(columns[name], GROUPED + r"|^[+-]?\d+$") for name in with_comma):
        raise UserError(
            f"{told}, whose comma may be a decimal comma or separate thousands; set problem.decimal=comma, "
            "or write numbers without separators"
        )
    return True
