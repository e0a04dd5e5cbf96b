"""Columns as tables: in Markdown for descriptions, in CSV for files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from logodds.system.terminal.text import figure


def markdown(columns: Mapping[str, Sequence[object]]) -> str:
    """Return a table in Markdown. A column that starts with a number is aligned to the right."""
    numeric = [bool(column) and isinstance(column[0], int | float) for column in columns.values()]
    lines = [list(columns), ["---:" if is_number else "---" for is_number in numeric]]
    for cells in zip(*columns.values(), strict=True):
        lines.append([figure(cell) if isinstance(cell, float) else str(cell) for cell in cells])
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def csv_text(columns: Mapping[str, Iterable[object]]) -> str:
    """Return columns of equal length as CSV; floats keep every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()
