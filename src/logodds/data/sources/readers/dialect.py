"""Detect how a delimited file is written: its delimiter and header."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from logodds.data.problem import located
from logodds.data.sources.readers.content import Content
from logodds.data.sources.readers.delimiters import DELIMITERS
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError, counted
from logodds.system.terminal.text import is_number, shortened

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

SAMPLE = 1 << 20  # bytes from which the dialect is detected
SAMPLED_ROWS = 200
OTHERS = " :~^#&!\x01\x1e\x1f"  # characters that divide the rows of some files and are not detected


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written.

    Attributes:
        separator: the character between two fields.
        names: names of the columns.
        skip: number of lines before the first row.
        hint: the end of an error message if the header looks like a row; else empty.
        notes: what was detected.
    """

    separator: str
    names: tuple[str, ...]
    skip: int
    hint: str
    notes: tuple[str, ...]


def detect(options: TableFile, content: Content, skip_rows: int) -> Dialect:
    """Return the dialect of a text, from the options or, where they say ``auto``, from its beginning.

    Raises:
        UserError: the file is empty, has another delimiter or no rows, or its header spans lines or has unnamed or
            duplicate columns.
    """
    path = content.path
    sample, whole = content.sample(SAMPLE)
    lines = re.split(r"\r\n|\r|\n", sample)
    if not whole and len(lines) > 1:
        lines.pop()
    start = next((index for index in range(skip_rows, len(lines)) if lines[index].strip()), None)
    if start is None:
        raise UserError(f"{path}: the file is empty; it needs {'a header row and ' if options.header else ''}rows")
    body = [line for line in lines[start:] if line.strip()]
    if options.header and len(body) == 1 and whole:
        raise UserError(f"{path}: a header and no rows; it needs rows")
    notes = []
    if options.separator is None:
        separator = _separator(body, options.quoting != "none", path)
        word = next(word for word, character in DELIMITERS.items() if character == separator)
        notes.append(f"delimiter {word}")
    else:
        separator = options.separator
    quoted = options.quoting != "none"
    rows = _rows(body, separator, quoted)
    key = "skip_rows" if options.test_path is None or located(options.test_path) != path else "test_skip_rows"
    above = _preamble(rows, options.header)
    if above:
        numbers = [index + 1 for index, line in enumerate(lines) if index >= start and line.strip()][:above]
        _refuse_preamble(numbers, rows, path, key)
    if options.header:
        _refuse_open_quote(body[0], separator, quoted, path)
        names = [cell.strip() for cell in rows[0]]
        _refuse_other_delimiter(body[0], names, separator, path)
        hint = _hint(names, rows[1:])
        _check(names, path, hint)
    else:
        names = options.columns or [f"c{number + 1}" for number in range(len(rows[0]))]
        hint = ""
        if len(names) != len(rows[0]):
            raise UserError(
                f"problem.columns: {counted(len(names), 'name')}, but the first row of {path} has "
                f"{counted(len(rows[0]), 'field')}"
            )
        _check(names, path, hint)
    return Dialect(separator, tuple(names), start + options.header, hint, tuple(notes))


def quoting(quoted: bool) -> Literal[0, 3]:
    """Return the constant of the csv module for files with or without quoted fields."""
    return csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE


def _rows(lines: list[str], separator: str, quoted: bool) -> list[list[str]]:
    """Split the first lines into fields."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines[:SAMPLED_ROWS], delimiter=separator, quoting=quoting(quoted)):
            rows.append(row)
    except csv.Error:  # a field of more than 131,072 characters: the rows before it are enough
        pass
    return rows or [lines[0].split(separator)]


def _separator(lines: list[str], quoted: bool, path: Path) -> str:
    """Return the delimiter that splits most rows into the same number of fields.

    If several do, it is the one with most fields.
    """
    ranked: list[tuple[float, int, str]] = []
    # A tie goes to the first; the comma is last because it may be a decimal comma.
    for character in ("\t", ";", "|", ","):
        counts = Counter(len(row) for row in _rows(lines, character, quoted))
        fields, rows = counts.most_common(1)[0]
        if fields > 1:
            ranked.append((rows / counts.total(), fields, character))
    if not ranked:
        raise UserError(
            f"{path}: one column, neither comma, semicolon, tab nor pipe divides the rows; "
            + _other_separator(lines, quoted)
        )
    return max(ranked, key=lambda item: item[:2])[2]


def _other_separator(lines: list[str], quoted: bool) -> str:
    """Return what to set where another character divides the rows."""
    if len({len(re.split(r"\s{2,}", line.strip())) for line in lines[:SAMPLED_ROWS]} - {1}) == 1 and "  " in lines[0]:
        return (
            "several spaces do; write the file with one delimiter: pandas.read_csv(…, sep='  +').to_csv(…, index=False)"
        )
    for character in OTHERS:
        lengths = {len(row) for row in _rows(lines, character, quoted)}
        if len(lengths) == 1 and lengths != {1}:
            if not character.isprintable():
                return f"set problem.delimiter=$'\"\\x{ord(character):02x}\"'"  # as bash types it
            return f"set {as_typed('problem.delimiter', character)}"
    return f"if another character does, set it, as in {as_typed('problem.delimiter', '~')}"


def _preamble(rows: list[list[str]], header: bool) -> int:
    """Return how many of the first lines are neither a header nor rows.

    They may be comments, titles, or the ``sep=;`` that Excel reads.
    """
    usual = Counter(len(row) for row in rows[len(rows) // 2 :]).most_common(1)[0][0]
    above = 0
    padded = False  # whether a line has delimiters for empty cells, as Excel writes them, and more than one cell
    for row in rows[:-2]:
        alone = not any(cell.strip() for cell in row[1:])
        stated = alone and row[0].startswith("sep=")
        title = header and len(row) == usual > 2 and not row[-1].strip()
        if not (stated or title or (len(row) < usual and (len(row) == 1 or row[0].startswith("#")))):
            break
        padded |= title and not alone
        above += 1
    following = rows[above]
    if len(following) != usual or (header and not all(cell.strip() for cell in following)):
        return 0
    return above if not padded or _names_numbers(following, rows[above + 1 :]) else 0


def _names_numbers(row: list[str], below: list[list[str]]) -> bool:
    """Return whether a row has no number and rows below it have some, as there are below a header."""
    return not any(map(is_number, row)) and any(is_number(cell) for other in below for cell in other)


def _refuse_preamble(numbers: list[int], rows: list[list[str]], path: Path, key: str) -> NoReturn:
    """Raise an error that names the lines to skip; ``numbers`` are theirs, from 1."""
    text = repr(shortened(rows[0][0], 30))
    which, do, them = f"line {numbers[0]} ({text})", "does", "it"
    if len(numbers) > 1:
        which, do, them = f"lines {numbers[0]} to {numbers[-1]} ({text}, …)", "do", "them"
    columns = counted(len(rows[len(numbers)]), "column")
    raise UserError(
        f"{path}: {which} {do} not have the {columns} of the lines below; skip {them} with problem.{key}={numbers[-1]}"
    )


def _refuse_other_delimiter(line: str, names: list[str], separator: str, path: Path) -> None:
    if len(names) > 1:
        return
    for word, other in DELIMITERS.items():
        if other != separator and other in line:
            raise UserError(
                f"{path}: one column with delimiter {separator!r}, but the header holds {other!r}; "
                f"set problem.delimiter={word}"
            )


def _refuse_open_quote(line: str, separator: str, quoted: bool, path: Path) -> None:
    try:
        next(csv.reader([line], delimiter=separator, quoting=quoting(quoted), strict=True))
    except csv.Error as error:
        raise UserError(f"{path}: the header is longer than one line, or misquoted; write it in one line") from error


def _check(names: list[str], path: Path, hint: str) -> None:
    """Raise an error if a column has no name, or the name of another."""
    for position, name in enumerate(names):
        if not name and (position > 0 or len(names) == 1):  # the first of several may be an index, as pandas writes it
            raise UserError(f"{path}: column {position + 1} has no name in the header; name it{hint}")
    for name, count in Counter(names).items():
        if count > 1:
            numbers = [str(index + 1) for index, other in enumerate(names) if other == name]
            listed = ", ".join(numbers[:3]) + (", …" if count > 3 else "")
            raise UserError(f"{path}: duplicate column {name!r} (columns {listed}); rename all but one{hint}")


def _hint(names: list[str], rows: list[list[str]]) -> str:
    """Return a hint if the header looks like a row: a name is a number, or also a value of its own column."""
    values = [set(column) for column in zip(*rows, strict=False)]
    for name, distinct in zip(names, values, strict=False):
        if name and (name in {value.strip() for value in distinct} or is_number(name)):
            shown = repr(name if len(name) <= 20 else name[:19] + "…")
            return f"; the first row looks like data ({shown}): without a header set problem.header=false"
    return ""
