"""Find a row of units, types or second names below the header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from logodds.data import missing
from logodds.data.cells import all_match
from logodds.data.sources.readers.numerals import NOTATIONS
from logodds.data.sources.readers.part import Part
from logodds.data.sources.readers.vocabulary import vocabularies
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

NUMBER = "|".join(notation.pattern for notation in NOTATIONS)
OF_NUMBERS = f"^$|{NUMBER}|{missing.PATTERN}"
SAMPLE = 100  # cells below the first that are looked at before all are
SHOWN = 3  # cells that the error names


def refuse(options: TableFile, part: Part) -> None:
    """Raise an error if the first row has words in columns of numbers: in two or more or, where it has no target, in
    one."""
    columns = part.columns
    if part.typed or not options.header or len(columns) < 2:
        return
    names = [
        name
        for name, words in zip(columns.column_names, columns.columns, strict=True)
        if name != options.target
        and (options.kinds or {}).get(name, "number") == "number"
        and pa.types.is_string(words.type)
        and words[0].as_py() not in ("", *options.missing)
    ]
    odd: dict[str, str] = {}
    firsts = vocabularies([columns.column(name).slice(0, 1) for name in names])
    samples = vocabularies([columns.column(name).slice(1, SAMPLE) for name in names])
    for name, first, sample in zip(names, firsts, samples, strict=True):
        if first.any(f"{NUMBER}|{missing.PATTERN}") or not sample.any(NUMBER) or not sample.all(OF_NUMBERS):
            continue
        if all_match(columns.column(name).slice(1), OF_NUMBERS):
            odd[name] = first.words[0].as_py()
    blank = columns.column(options.target)[0].as_py() in ("", *options.missing)
    if len(odd) > 1 or (odd and blank):
        cells = ", ".join(f"{word!r} in {name!r}" for name, word in list(odd.items())[:SHOWN])
        more = ", …" if len(odd) > SHOWN else ""
        raise UserError(
            f"{part.path}: row 1 has words in columns of numbers ({cells}{more}), "
            "as units or a second header; remove it"
        )
