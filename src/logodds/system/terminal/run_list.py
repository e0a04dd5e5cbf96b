"""Tables of runs on the terminal: one line per run, with as many columns as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from logodds.system.errors import counted
from logodds.system.terminal.text import in_lines, printable, shortened

MOST = 20  # largest number of runs in a table
ID, SHORT = 32, 8  # characters of a run's id, and of its abbreviation
WORD = 14  # largest number of characters of a value
SPACE = 3  # characters between two columns


@dataclass(frozen=True, eq=False)
class TableColumn:
    """A column of a table on the terminal.

    Attributes:
        head: the heading, which may have line breaks.
        cells: one cell per run.
        right: whether to align right.
    """

    head: str
    cells: Sequence[str]
    right: bool = True

    def width(self) -> int:
        """Return the width in characters, including the space between two columns."""
        return SPACE + max(cell_len(line) for line in [*self.head.split("\n"), *self.cells])


def ranks(count: int) -> TableColumn:
    """Return a column of ranks: 1, 2, 3, …"""
    return TableColumn("#", [str(rank) for rank in range(1, count + 1)])


def words(rows: Sequence[dict[str, str | None]]) -> list[TableColumn]:
    """Return a column for each parameter, with its value in each row.

    Args:
        rows: per row, values by parameter; all rows have the same parameters.
    """
    return [TableColumn(name, [shortened(row[name] or "", WORD) for row in rows], right=False) for name in rows[0]]


def telling(columns: Sequence[TableColumn]) -> list[TableColumn]:
    """Return the columns in the order in which they distinguish rows best.

    The next column is always the one that, together with those before it, distinguishes the most rows; of several, the
    earliest.
    """
    left, ordered = list(columns), list[TableColumn]()
    while left:
        best = max(left, key=lambda column: len(set(zip(*(part.cells for part in [*ordered, column]), strict=True))))
        left.remove(best)
        ordered.append(best)
    return ordered


def names(given: Sequence[str]) -> TableColumn:
    """Return a column of the names of runs, for runs that no parameter distinguishes."""
    return TableColumn("run", [shortened(name, 2 * WORD) for name in given], right=False)


def fitting(
    columns: Sequence[TableColumn], important: Sequence[TableColumn], head: str, ids: Sequence[str], room: int
) -> tuple[list[TableColumn], list[str]]:
    """Choose the columns that fit on the terminal beside the ids of the runs, which are the last column.

    Args:
        columns: all columns, in the order in which they are shown.
        important: the same columns, the most important first.
        head: heading of the column of ids.
        ids: id of each run; they are abbreviated if there is not enough room for all characters.
        room: width of the terminal in characters.

    Returns:
        The columns to show, with the ids, and the headings of the columns that are left out.
    """
    short, whole = (TableColumn(head, [printable(text)[:size] for text in ids], right=False) for size in (SHORT, ID))
    room -= short.width() - SPACE
    kept = []
    for column in important:
        if column.width() <= room:
            kept.append(column)
            room -= column.width()
    last = whole if whole.width() - short.width() <= room else short
    left_out = [column.head.replace("\n", " ") for column in columns if column not in kept]
    return [*(column for column in columns if column in kept), last], left_out


def missing(more: int, noun: str, left_out: Sequence[str]) -> str:
    """Return what a table does not show, such as ``3 runs more; columns a, b``; empty if nothing is left out.

    Args:
        more: number of rows that are not shown.
        noun: what a row is, such as ``run``.
        left_out: headings of the columns that are not shown.
    """
    parts = [f"{counted(more, noun)} more"] if more > 0 else []
    parts += [f"column{'s' if len(left_out) > 1 else ''} {', '.join(left_out)}"] if left_out else []
    return "; ".join(parts)


def show(console: Console, title: str, columns: Sequence[TableColumn]) -> None:
    """Print the title, and the table below it."""
    console.print(in_lines(printable(title), console.file), markup=False, highlight=False, soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(escape(column.head), justify="right" if column.right else "left", no_wrap=True)
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(escape, row))
    console.print(table, highlight=False)
