"""Numbers as files write them: decimal point or comma, and what only looks like a number."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from logodds.cells import COMMA, NOTHING, all_match, read
from logodds.errors import UserError
from logodds.overrides import as_typed
from logodds.sources.part import Origin

GROUPED = r"^[+-]?\d{1,3}([.,' ]\d{3})+([.,]\d+)?$"  # 1,234 or 1.234.567,8: separators of thousands
LEADING_ZERO = r"^[+-]?0\d"


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
        if pc.any(pc.match_substring(words, ",")).as_py() and all_match(words, f"{COMMA}|{NOTHING}")
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
                f"{told}, a decimal comma, but column {other!r} has points; write numbers in one way, "
                f"or set {as_typed('problem.kinds', {name: 'category'})}"
            )
    if all(all_match(columns[name], rf"{GROUPED}|^[+-]?\d+$|{NOTHING}") for name in with_comma):
        raise UserError(
            f"{told}: a decimal comma, or thousands? set problem.decimal=comma, or write numbers without separators"
        )
    return True
