"""Find out how a file writes its numbers: with a decimal point or comma, and with which separators of thousands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from logodds.data import missing
from logodds.data.cells import SAMPLE, SEPARATORS, USUAL, Notation, all_match
from logodds.data.sources.readers.part import RowOrigins
from logodds.data.sources.readers.vocabulary import vocabularies
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

# Simpler ones first: where several fit and mean the same, the first of them is meant.
NOTATIONS = [
    Notation(comma, thousands)
    for thousands in ("", *SEPARATORS)
    for comma in (False, True)
    if thousands != ("comma" if comma else "point")
]
SIGNS = r"[^\d+-]"  # what a whole number without separators does not hold
THOUSANDS = r"^[+-]?[1-9]\d{0,2}(\.\d{3})+$|^[+-]?\d+$"  # numbers whose point may as well separate thousands


def allowed(decimal: str, thousands: str) -> list[Notation]:
    """Return the notations that the options ``problem.decimal`` and ``problem.thousands`` allow, simpler ones first."""
    word = "" if thousands == "none" else thousands
    return [
        each
        for each in NOTATIONS
        if decimal in ("auto", "comma" if each.comma else "point") and word in ("auto", each.thousands)
    ]


def detect(
    columns: Mapping[str, pa.ChunkedArray], odd: Collection[str], candidates: Sequence[Notation], origin: RowOrigins
) -> Notation:
    """Return the notation in which all numbers of the file are written.

    Args:
        columns: words that may be numbers, by column.
        odd: the columns that are no numbers of the usual notation.
        candidates: the notations that the options allow, simpler ones first.
        origin: the rows of the file, for messages.

    Raises:
        UserError: the columns are written in different ways, or a comma may be decimal as well as a separator.
    """
    found = dict(fitting({name: columns[name] for name in odd}, candidates))
    if found or USUAL not in candidates:
        found |= fitting({name: words for name, words in columns.items() if name not in odd}, candidates)
    left = list(candidates)
    for name, fits in found.items():
        if not set(fits) & set(left):
            other = next(other for other in found if not set(found[other]) & set(fits))
            _refuse_two_ways({other: columns[other], name: columns[name]}, origin)
        left = [each for each in left if each in fits]
    # Notations that are left differ by signs that no number has, or else their decimal sign may separate thousands.
    if left[0] != USUAL and len({each.comma for each in left}) > 1:
        for name in found:
            if (first := _first(columns[name], "[.,]", origin)) is not None:
                raise UserError(
                    f"{origin.paths[0]}: column {name!r} {first}: a decimal comma, or thousands? "
                    "set problem.decimal=comma, or problem.thousands=comma"
                )
    return left[0]


def fitting(
    columns: Mapping[str, pa.ChunkedArray], candidates: Sequence[Notation]
) -> Iterator[tuple[str, list[Notation]]]:
    """Yield the columns of words that are all numbers in one notation or more, with these notations."""
    patterns = [(each, f"{each.pattern}|{missing.PATTERN}") for each in candidates]
    samples = vocabularies([words.slice(0, SAMPLE) for words in columns.values()])
    for (name, words), first in zip(columns.items(), samples, strict=True):
        likely = [(each, pattern) for each, pattern in patterns if not len(first) or first.all(pattern)]
        if fits := [each for each, pattern in likely if all_match(words, pattern)]:
            yield name, fits


def _first(words: pa.ChunkedArray, pattern: str, origin: RowOrigins) -> str | None:
    """Describe the first word that matches, such as ``row 2 is '1,234'``; None if none does."""
    index = int(pc.index(pc.match_substring_regex(words, pattern), True).as_py())
    return None if index < 0 else f"row {origin.locate(index)[1]} is {words[index].as_py()!r}"


def _refuse_two_ways(columns: Mapping[str, pa.ChunkedArray], origin: RowOrigins) -> NoReturn:
    found = [f"column {name!r} {_first(words, SIGNS, origin)}" for name, words in columns.items()]
    raise UserError(
        f"{origin.paths[0]}: {found[0]}, but {found[1]}; write numbers in one way, "
        f"or set {as_typed('problem.kinds', dict.fromkeys(list(columns)[:1], 'category'))}"
    )


def notes(
    notation: Notation, columns: Mapping[str, pa.ChunkedArray], fractions: bool, options: TableFile, origin: RowOrigins
) -> list[str]:
    """Return notes on what was detected, and on points that may as well separate thousands.

    Args:
        notation: how numbers are written.
        columns: words that may be numbers, by column.
        fractions: whether other columns have numbers that show that the point is a decimal point.
        options: what the user states.
        origin: the rows of the file.
    """
    found = ["decimal comma"] if notation.comma and options.decimal == "auto" else []
    if options.thousands != "auto":
        return found
    if notation.thousands:
        mark = rf"\d{SEPARATORS[notation.thousands]}\d{{3}}"
        for name, words in columns.items():
            if all_match(words, f"{notation.pattern}|{missing.PATTERN}") and (first := _first(words, mark, origin)):
                return [*found, f"thousands {notation.thousands}: column {name!r} {first}"]
    if notation == USUAL and options.decimal == "auto" and not fractions:
        found += _point_thousands(columns, origin)
    return found


def _point_thousands(columns: Mapping[str, pa.ChunkedArray], origin: RowOrigins) -> list[str]:
    """Return a note if the point in all numbers may as well separate thousands.

    There is none if there is no point, or a number shows that it is a decimal point.
    """
    found: list[str] = []
    for name, words in columns.items():
        if pc.any(pc.match_substring(words, ".")).as_py() and all_match(words, f"{USUAL.pattern}|{missing.PATTERN}"):
            if not all_match(words, f"{THOUSANDS}|{missing.PATTERN}"):
                return []
            found.append(f"column {name!r} {_first(words, '[.]', origin)}, read with a decimal point")
    return [f"{first}; where the point separates thousands, set problem.thousands=point" for first in found[:1]]
