"""Columns as tables: in Markdown for descriptions, in CSV for files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from logodds.system.terminal.text import figure, is_number, printable

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
#: What Markdown or HTML would read as markup: tags, emphasis, code, links, addresses, and the borders of tables.
MARKUP = re.compile(r"[\\`*\[\]~|&<>@]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.", re.IGNORECASE)
FORMULA = re.compile(r"[=+\-@\t\r].", re.DOTALL)  # the beginning of a cell that a spreadsheet would calculate


def markdown(columns: Mapping[str, Sequence[object]]) -> str:
    """Return a table in Markdown. A column that starts with a number is aligned to the right."""
    numeric = [bool(column) and isinstance(column[0], int | float) for column in columns.values()]
    lines = [list(columns), ["---:" if is_number else "---" for is_number in numeric]]
    for cells in zip(*columns.values(), strict=True):
        lines.append([figure(cell) if isinstance(cell, float) else str(cell) for cell in cells])
    return "\n".join(f"| {' | '.join(map(escaped, line))} |" for line in lines)


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it as it is, on one line: a name from a file may hold markup."""
    return MARKUP.sub(lambda found: ENTITIES.get(found[0], f"\\{found[0]}"), printable(text))


def csv_text(columns: Mapping[str, Iterable[object]]) -> str:
    """Return columns of equal length as CSV; floats keep every digit.

    A text that a spreadsheet would calculate, such as ``=1+2``, gets an apostrophe in front; numbers such as ``-1`` do
    not. Characters that control a terminal are escaped.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_cells(columns))
    writer.writerows(zip(*map(_cells, columns.values()), strict=True))
    return text.getvalue()


def _cells(column: Iterable[object]) -> list[object]:
    values = list(column)
    texts = {value for value in values if isinstance(value, str)}  # few, such as the names of classes
    shown = {text: printable(f"'{text}" if FORMULA.match(text) and not is_number(text) else text) for text in texts}
    return [shown.get(value, value) if isinstance(value, str) else value for value in values] if texts else values
