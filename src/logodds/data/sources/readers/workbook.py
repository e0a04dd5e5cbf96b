"""Read the first sheet of an Excel workbook as the text that it would be as CSV."""

from __future__ import annotations

import csv
import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logodds.data.sources.readers.content import Content
from logodds.system.errors import UserError, counted
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

GROUPED = re.compile(r"-?\d{1,3}\.\d{3}")  # a number whose point would as well separate thousands
# A formula without its result: programs other than Excel write them so.
UNCOMPUTED = re.compile(rb"<f\b[^>]*(/>|>[^<]*</f>)\s*(<v\s*/>|<v></v>)?\s*</c>")
SHOWN = 5  # sheets that a note names besides the first
WIDTH = 30  # characters of a sheet's name in a note


def read(options: TableFile, path: Path) -> tuple[Content, str | None, str | None]:
    """Return the cells of the first sheet as comma-separated text, a line for each row, a note on other sheets, and one
    on merged cells.

    Empty rows and columns around the table are left out of it.

    Raises:
        UserError: openpyxl is not installed; the workbook is damaged or unpacks to more bytes than the options allow;
            results of formulas are not stored in it; or the first of several sheets is empty.
    """
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise UserError(
            f"{path}: the file is an Excel workbook; pip install 'logodds[excel]' to read it, or export it as CSV"
        ) from error
    try:
        merged = _check(options, path)
        # A file and not its path, because openpyxl goes by the ending of a path's name.
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")  # openpyxl warns about styles and extensions, which are not read
            book = load_workbook(file, read_only=not merged, data_only=True)
            try:
                sheets = book.worksheets
                rows = [[_word(value) for value in row] for row in sheets[0].iter_rows(values_only=True)]
                names = [shortened(sheet.title, WIDTH) for sheet in sheets]
                filled = _fill(rows, [each.bounds for each in sheets[0].merged_cells.ranges]) if merged else None
            finally:
                book.close()
    except UserError:
        raise
    except Exception as error:  # on a broken workbook its parsers raise exceptions of any kind
        reason = " ".join(str(error).split())[:80]
        raise UserError(f"{path}: cannot be read as an Excel workbook ({reason}); write it again") from error
    sheet = _among_others(*names) if len(names) > 1 else None
    if sheet and not any(map(any, rows)):
        raise UserError(f"{path}: empty {sheet}")
    return Content(path, "utf-8", _text(rows).encode()), sheet, filled


def _among_others(read: str, *others: str) -> str:
    """Return a note on the sheet that is read and those that are not."""
    shown = ", ".join(map(repr, others[:SHOWN])) + (", …" if len(others) > SHOWN else "")
    return (
        f"sheet {read!r} is read, the first of {len(others) + 1} (not {shown}; to read another, put it first or export "
        "it as CSV)"
    )


def _fill(rows: list[list[str]], ranges: Iterable[tuple[int, int, int, int]]) -> str | None:
    """Write the value of merged cells into each of their rows, and return a note on them; None without any.

    Those in the first row that has a value are a title or part of the header, and stay as they are.

    Args:
        rows: the words, which are changed.
        ranges: of each of the merged cells the first column, first row, last column and last row, all from 1.
    """
    header = next((number for number, row in enumerate(rows, start=1) if any(row)), 0)
    below = sorted(each for each in ranges if each[1] > header and rows[each[1] - 1][each[0] - 1])
    for column, first, _, last in below:
        for row in rows[first:last]:
            row[column - 1] = rows[first - 1][column - 1]
    if not below:
        return None
    column, first, _, last = below[0]
    where = f"(rows {first} to {last} of column {column} first)" if last > first else f"(row {first} first)"
    wide = "; cells merged over columns count for the first column" if any(each[2] > each[0] for each in below) else ""
    return f"{counted(len(below), 'merged cell')} read as one value in each of their rows {where}{wide}"


def _check(options: TableFile, path: Path) -> bool:
    """Check the size and the formulas, and return whether there are merged cells."""
    merged = False
    with zipfile.ZipFile(path) as archive:
        size = sum(each.file_size for each in archive.infolist())
        if size > options.largest_bytes:
            raise UserError(
                f"{path}: {size} bytes, more than problem.largest_bytes={options.largest_bytes}; "
                "raise it if memory allows"
            )
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            text = archive.read(name)
            merged |= b"<mergeCell " in text
            if UNCOMPUTED.search(text):
                raise UserError(
                    f"{path}: holds formulas without their results; open it in Excel and save it, or export it as CSV"
                )
    return merged


def _word(value: Any) -> str:
    """Return a cell as a word of CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    word = str(value)
    return f"{word}0" if isinstance(value, float) and GROUPED.fullmatch(word) else word


def _text(rows: list[list[str]]) -> str:
    used = sorted(set(chain.from_iterable((index for index, word in enumerate(row) if word) for row in rows)))
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    for row in rows:
        if any(row):
            writer.writerow((row + [""] * used[-1])[used[0] : used[-1] + 1])
        else:
            sink.write("\n")
    return sink.getvalue()
