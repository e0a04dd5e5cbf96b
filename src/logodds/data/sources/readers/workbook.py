"""Read the first sheet of an Excel workbook as the text that it would be as CSV."""

from __future__ import annotations

import csv
import datetime
import io
import re
import warnings
import zipfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logodds.data.sources.readers.content import Content
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

GROUPED = re.compile(r"-?\d{1,3}\.\d{3}")  # a number whose point would as well separate thousands
# A formula without its result: programs other than Excel write them so.
UNCOMPUTED = re.compile(rb"<f\b[^>]*(/>|>[^<]*</f>)\s*(<v\s*/>|<v></v>)?\s*</c>")
WIDTH = 30  # characters of a sheet's name in a note


def read(options: TableFile, path: Path) -> tuple[Content, str | None]:
    """Return the cells of the first sheet as comma-separated text, a line for each row, and a note on other sheets.

    Empty rows and columns around the table are left out of it.

    Raises:
        UserError: openpyxl is not installed; the workbook is damaged or unpacks to more bytes than the options allow;
            or results of formulas are not stored in it.
    """
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise UserError(
            f"{path}: the file is an Excel workbook; pip install 'logodds[excel]' to read it, or export it as CSV"
        ) from error
    try:
        _check(options, path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns about styles and extensions, which are not read
            book = load_workbook(path, read_only=True, data_only=True)
            try:
                sheets = book.worksheets
                rows = [[_word(value) for value in row] for row in sheets[0].iter_rows(values_only=True)]
                names = [shortened(sheet.title, WIDTH) for sheet in sheets]
            finally:
                book.close()
    except UserError:
        raise
    except Exception as error:  # on a broken workbook its parsers raise exceptions of any kind
        reason = " ".join(str(error).split())[:80]
        raise UserError(f"{path}: cannot be read as an Excel workbook ({reason}); write it again") from error
    note = f"sheet {names[0]!r}, the first of {len(names)}" if len(names) > 1 else None
    return Content(path, "utf-8", _text(rows).encode()), note


def _check(options: TableFile, path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        size = sum(each.file_size for each in archive.infolist())
        if size > options.largest_bytes:
            raise UserError(
                f"{path}: {size} bytes, more than problem.largest_bytes={options.largest_bytes}; "
                "raise it if memory allows"
            )
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and UNCOMPUTED.search(archive.read(name)):
                raise UserError(
                    f"{path}: holds formulas without their results; open it in Excel and save it, or export it as CSV"
                )


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
