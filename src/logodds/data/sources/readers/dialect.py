"""How a delimited file is written: its encoding, delimiter, and header."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from logodds.data.problem import located
from logodds.data.sources.readers import encoding
from logodds.data.sources.readers.delimiters import DELIMITERS
from logodds.system.errors import UserError, counted
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

SAMPLE = 1 << 20
SAMPLED_ROWS = 200


@dataclass(frozen=True)
class Dialect:
    """``names``: of the columns. ``skip``: lines before the first row. ``hint``: where the header looks like a row."""

    codec: str
    separator: str
    names: tuple[str, ...]
    skip: int
    hint: str
    notes: tuple[str, ...]


def detect(options: TableFile, path: Path, skip_rows: int) -> Dialect:
    """The dialect of a file, from the options or, where they say ``auto``, from its beginning.

    Raises:
        UserError: an empty file, another delimiter, no rows, a header that is unnamed, duplicate or over two lines.
    """
    codec, told = encoding.detect(path, options.encoding)
    with path.open("rb") as file:
        sample = codecs.getincrementaldecoder(codec)().decode(file.read(SAMPLE)).removeprefix("\ufeff")
        whole = not file.read(1)
    lines = re.split(r"\r\n|\r|\n", sample)
    if not whole and len(lines) > 1:
        lines.pop()
    start = next((at for at in range(skip_rows, len(lines)) if lines[at].strip()), None)
    if start is None:
        raise UserError(f"{path}: the file is empty; it needs {'a header row and ' if options.header else ''}rows")
    body = [line for line in lines[start:] if line.strip()]
    if options.header and len(body) == 1 and whole:
        raise UserError(f"{path}: a header and no rows; it needs rows")
    notes = [told] if told else []
    if options.separator is None:
        separator = _separator(body, options.quoting != "none", path)
        word = next(word for word, character in DELIMITERS.items() if character == separator)
        notes.insert(0, f"delimiter {word}")
    else:
        separator = options.separator
    quoted = options.quoting != "none"
    rows = _rows(body, separator, quoted)
    key = "skip_rows" if options.test_path is None or located(options.test_path) != path else "test_skip_rows"
    _refuse_preamble(rows, f"{path}: line {start + 1}", f"problem.{key}={start + 1}")
    if options.header:
        _refuse_open_quote(body[0], separator, quoted, path)
        names = [cell.strip() for cell in rows[0]]
        _refuse_other_delimiter(body[0], names, separator, path)
        hint = _hint(names, rows[1:])
        _check(names, path, hint)
    else:
        names = options.columns or [f"c{place + 1}" for place in range(len(rows[0]))]
        hint = ""
        if len(names) != len(rows[0]):
            raise UserError(
                f"problem.columns: {counted(len(names), 'name')}, but the first row of {path} has "
                f"{counted(len(rows[0]), 'field')}"
            )
        _check(names, path, hint)
    return Dialect(codec, separator, tuple(names), start + options.header, hint, tuple(notes))


def quoting(quoted: bool) -> Literal[0, 3]:
    """The csv module's word for it."""
    return csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE


def _rows(lines: list[str], separator: str, quoted: bool) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in csv.reader(lines[:SAMPLED_ROWS], delimiter=separator, quoting=quoting(quoted)):
            found.append(row)
    except csv.Error:  # a field of more than 131,072 characters: what came before it will do
        pass
    return found or [lines[0].split(separator)]


def _separator(lines: list[str], quoted: bool, path: Path) -> str:
    """The delimiter that cuts most rows into the same number of fields; of several, the one with most fields."""
    ranked: list[tuple[float, int, str]] = []
    # A tie goes to the delimiter that is no decimal comma.
    for character in ("\t", ";", "|", ","):
        counts = Counter(len(row) for row in _rows(lines, character, quoted))
        fields, rows = counts.most_common(1)[0]
        if fields > 1:
            ranked.append((rows / counts.total(), fields, character))
    if not ranked:
        raise UserError(
            f"{path}: one column, neither comma, semicolon, tab nor pipe divides the rows; set problem.delimiter"
        )
    return max(ranked, key=lambda item: item[:2])[2]


def _refuse_preamble(rows: list[list[str]], told: str, mend: str) -> None:
    """A first line that is neither a header nor a row: a comment, a title, or the ``sep=;`` that Excel reads."""
    if len(rows) < 3:
        return
    usual = Counter(len(row) for row in rows[1:]).most_common(1)[0][0]
    stated = rows[0][0].startswith("sep=") and not any(rows[0][1:])
    if stated or (len(rows[1]) == usual > len(rows[0]) and (len(rows[0]) == 1 or rows[0][0].startswith("#"))):
        text = shortened(rows[0][0], 30)
        raise UserError(f"{told} ({text!r}) is not of the {counted(usual, 'column')} below; skip it with {mend}")


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
    for place, name in enumerate(names):
        if not name and (place > 0 or len(names) == 1):  # the first of several may be an index
            raise UserError(f"{path}: column {place + 1} has no name in the header; name it{hint}")
    for name, count in Counter(names).items():
        if count > 1:
            found = [str(index + 1) for index, other in enumerate(names) if other == name]
            places = ", ".join(found[:3]) + (", …" if count > 3 else "")
            raise UserError(f"{path}: duplicate column {name!r} (columns {places}); rename all but one{hint}")


def _hint(names: list[str], rows: list[list[str]]) -> str:
    """Where a name is a number, or a value of its own column: what a first row of data looks like as a header."""
    values = [set(column) for column in zip(*rows, strict=False)]
    for name, found in zip(names, values, strict=False):
        if name and (name in {value.strip() for value in found} or _is_number(name)):
            told = repr(name if len(name) <= 20 else name[:19] + "…")
            return f"; the first row looks like data ({told}): without a header set problem.header=false"
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
