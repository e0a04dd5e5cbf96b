"""Read a delimited text file into columns of words, or of numbers where these are plain."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logodds.data.cells import USUAL, Cells
from logodds.data.sources.readers import dialect as dialects
from logodds.data.sources.readers import encoding, numerals, quotes, workbook
from logodds.data.sources.readers import parser as arrow
from logodds.data.sources.readers.content import Content
from logodds.data.sources.readers.dialect import Dialect
from logodds.data.sources.readers.parser import Parsed, Parser
from logodds.data.sources.readers.part import Part
from logodds.system.errors import UserError, counted

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

REPEATED = 100  # first rows that agree in another length than the header; then the header is wrong, not the rows


def read(options: TableFile, path: Path, skip_rows: int) -> Part:
    """Read every column as the words of the file, without the spaces around them, or as plain numbers.

    Raises:
        UserError: the file is not such a text, or a row has another length than the header.
    """
    codec, encoding_note = encoding.detect(path, options.encoding)
    content, quotes_note = quotes.plain(Content(path, codec), options.quoting, options.separator, skip_rows)
    return parse(options, content, skip_rows, [note for note in (encoding_note, quotes_note) if note])


def read_workbook(options: TableFile, path: Path, skip_rows: int) -> Part:
    """Read the first sheet of an Excel workbook as the CSV file that it would be.

    Raises:
        UserError: the workbook cannot be read, or the sheet is no table.
    """
    content, sheet, merged = workbook.read(options, path)
    written = replace(options, delimiter="comma", quoting="minimal")
    part = parse(written, content, skip_rows, [note for note in (sheet, merged) if note])
    return replace(part, hint=f"; {sheet}") if sheet and not part.hint else part


def parse(options: TableFile, content: Content, skip_rows: int, notes: list[str]) -> Part:
    """Parse a text whose quotes are doubled within quoted fields; ``notes`` on it go before those of the part.

    Raises:
        UserError: a row has another length than the header, or there are none.
    """
    path = content.path
    dialect = dialects.detect(options, content, skip_rows)
    notes = [*dialect.notes, *notes]
    parser = Parser(content, dialect, options.quoting != "none" and content.holds('"'))
    cells = Cells(tuple(options.missing), comma=False, stated=False)
    kept = _kept_as_words(options, dialect.names)
    parsed = _parse(parser, cells, kept)
    if parser.quoted and (broken := _rows_over_lines(parsed.table)):
        # A quote that is a plain character swallows the lines up to the next one without an error.
        by_line = replace(parser, quoted=False)
        plain = _parse_plain(by_line, cells, kept) if options.quoting == "auto" else None
        count = len(parsed.table)
        if plain is not None and len(plain.table) > count and not _well_quoted(content, dialect):
            notes.append(f"quoting none (each line is a row of {len(dialect.names)} fields, quotes are characters)")
            parser, parsed = by_line, plain
        elif broken[-1] == count and _quotes(content) % 2:
            raise UserError(
                f"{path}: row {count} opens a quote that nothing closes; mend it, "
                "or set problem.quoting=none where quotes are characters"
            )
        else:
            notes.append(f"{counted(len(broken), 'row')} with values over several lines (row {broken[0]} first)")
    table = parsed.table
    if options.header:
        _refuse_repeated_header(table, path)
    if dialect.names[0] == "":
        if not _counts(table.column(0)):
            raise UserError(f"{path}: column 1 has no name in the header; name it{dialect.hint}")
        table = table.remove_column(0)
        notes.append("column 1, which has no name and counts the rows, left out")
    return Part(path, table, tuple(notes), dialect.hint, points=parsed.points, words=parser.words)


def _refuse_repeated_header(table: pa.Table, path: Path) -> None:
    """Raise an error if rows are equal to the header, as where files were joined."""
    if not all(pa.types.is_string(column.type) for column in table.columns):
        return
    rows = np.arange(len(table))
    for name, column in zip(table.column_names, table.columns, strict=True):
        rows = rows[pc.equal(column.take(pa.array(rows)), name).to_numpy()]
        if not len(rows):
            return
    listed = ", ".join(str(row + 1) for row in rows[:5]) + (", …" if len(rows) > 5 else "")
    which, them = (f"row {listed} repeats", "it") if len(rows) == 1 else (f"rows {listed} repeat", "them")
    raise UserError(
        f"{path}: {which} the header; take {them} out of the file or, if it has no header, set problem.header=false"
    )


def _kept_as_words(options: TableFile, names: Sequence[str]) -> set[str]:
    """Return the columns whose words are needed, however they look, by what the options say of them."""
    if USUAL not in numerals.allowed(options.decimal, options.thousands):
        return set(names)
    stated = {name for name, kind in (options.kinds or {}).items() if kind != "number"} | {options.target, ""}
    positions = {} if options.header else {str(position): name for position, name in enumerate(names, start=1)}
    return stated | {positions[name] for name in stated if name in positions}


def _parse(parser: Parser, cells: Cells, kept: Collection[str]) -> Parsed:
    """Parse the text, and translate the errors of Arrow.

    Raises:
        UserError: the file has no rows, or rows that are too long or differ in length.
    """
    path = parser.content.path
    try:
        parsed = parser.parsed(cells, kept)
    except pa.ArrowInvalid as error:
        if "Could not skip" in str(error) or "Empty CSV" in str(error):
            raise UserError(f"{path}: a header and no rows; it needs rows") from error
        if arrow.STRADDLING in str(error):
            raise UserError(
                f"{path}: a row is longer than {arrow.BLOCK >> 20} MiB; is a quote not closed? (problem.quoting=none)"
            ) from error
        reason = _other_length(parser) or str(error).splitlines()[0][:120]
        raise UserError(f"{path}: {reason}") from error
    if len(parsed.table) == 0:
        raise UserError(f"{path}: a header and no rows; it needs rows")
    return parsed


def _parse_plain(parser: Parser, cells: Cells, kept: Collection[str]) -> Parsed | None:
    """Parse each line as a row, with quotes as characters. Return None if a line has another length."""
    try:
        return parser.parsed(cells, kept)
    except pa.ArrowInvalid:
        return None


def _rows_over_lines(table: pa.Table) -> list[int]:
    """Return the numbers, from 1, of rows with a value that contains a line break."""
    broken = np.zeros(len(table), dtype=bool)
    for column in table.columns:
        if pa.types.is_string(column.type):
            broken |= pc.match_substring(column, "\n").to_numpy()
    return [int(row) + 1 for row in np.flatnonzero(broken)]


def _well_quoted(content: Content, dialect: Dialect) -> bool:
    """Return whether every quote opens or closes a field, or is doubled within one (RFC 4180)."""
    with content.text(dialect.skip) as file:
        return not quotes.stray(file.read(), quotes.DOUBLED, dialect.separator)


def _quotes(content: Content) -> int:
    """Return the number of quotes in the text."""
    with content.text() as file:
        return sum(line.count('"') for line in file)


def _counts(column: pa.ChunkedArray) -> bool:
    """Return whether the words are 0, 1, 2, … or 1, 2, 3, …, like the index that pandas writes."""
    try:
        numbers = column.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return False
    return numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())


def _other_length(parser: Parser) -> str | None:
    """Describe the first row of another length than the header, with its line, which Arrow's message lacks."""
    content, dialect = parser.content, parser.dialect
    wanted = len(dialect.names)
    first: tuple[int, int, int] | None = None
    next_start = 1  # the line in which the next row begins
    row = 0
    with content.text(dialect.skip) as file:
        reader = csv.reader(file, delimiter=dialect.separator, quoting=dialects.quoting(parser.quoted))
        try:
            for fields in reader:
                next_start, start = reader.line_num + 1, next_start
                if not fields:
                    continue
                row += 1
                if first is None and len(fields) != wanted:
                    first = (row, reader.line_num + dialect.skip, len(fields))
                    if reader.line_num > start:
                        return (
                            f"row {row} opens a quote in line {start + dialect.skip} that closes in line {first[1]} or "
                            "never; mend it, or set problem.quoting=none where quotes are characters"
                        )
                if first is not None and (first[0] > 1 or len(fields) != first[2] or row == REPEATED):
                    break
        except csv.Error:
            pass
    if first is None:
        return None
    number, line, length = first
    if number == 1 and row > 1 and len(fields) == length:
        return (
            f"every row has {counted(length, 'field')}, the header {wanted} (line {line} first); "
            "give each column a name in the header"
        )
    return f"row {number} (line {line}) has {counted(length, 'field')}, the header {wanted}; mend the row"
