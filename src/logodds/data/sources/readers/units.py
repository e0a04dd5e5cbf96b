"""Find a row of units, types or second names below the header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from logodds.data import missing
from logodds.data.cells import all_match, any_match
from logodds.data.sources.readers.numerals import NOTATIONS
from logodds.data.sources.readers.part import Part
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

NUMBER = "|".join(notation.pattern for notation in NOTATIONS)
SHOWN = 3  # cells that the error names


def refuse(options: TableFile, part: Part) -> None:
    """Raise an error if the first row has words in columns of numbers: in two or more or, where it has no target, in
    one."""
    columns = part.columns
    if part.typed or not options.header or len(columns) < 2:
        return
    odd: dict[str, str] = {}
    for name, words in zip(columns.column_names, columns.columns, strict=True):
        stated = (options.kinds or {}).get(name, "number")
        if name == options.target or stated != "number" or not pa.types.is_string(words.type):
            continue
        first = words.slice(0, 1)
        word = first[0].as_py()
        rest = words.slice(1)
        if word in ("", *options.missing) or any_match(first, f"{NUMBER}|{missing.PATTERN}"):
            continue
        if any_match(rest.slice(0, 100), NUMBER) and all_match(rest, f"^$|{NUMBER}|{missing.PATTERN}"):
            odd[name] = word
    blank = columns.column(options.target)[0].as_py() in ("", *options.missing)
    if len(odd) > 1 or (odd and blank):
        cells = ", ".join(f"{word!r} in {name!r}" for name, word in list(odd.items())[:SHOWN])
        more = ", …" if len(odd) > SHOWN else ""
        raise UserError(
            f"{part.path}: row 1 has words in columns of numbers ({cells}{more}), "
            "as units or a second header; remove it"
        )
