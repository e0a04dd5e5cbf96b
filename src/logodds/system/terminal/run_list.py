"""Runs on the terminal, each on a line, in as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from logodds.system.errors import counted
from logodds.system.terminal.text import printable, shortened

MOST = 20  # runs
ID, SHORT = 32, 8  # characters of a run's id, and of its beginning
WORD = 14  # characters of a value
SPACE = 3  # between columns


@dataclass(frozen=True, eq=False)
class TableColumn:
    """A column of a table on the terminal: its head, and a cell for each run."""

    head: str
    cells: Sequence[str]
    right: bool = True

    def width(self) -> int:
        """With the space between two columns; a head is broken at its line break."""
        return SPACE + max(cell_len(each) for each in [*self.head.split("\n"), *self.cells])


def places(count: int) -> TableColumn:
    """1, 2, 3, …"""
    return TableColumn("#", [str(place) for place in range(1, count + 1)])


def words(rows: Sequence[dict[str, str | None]]) -> list[TableColumn]:
    """A column for each parameter, of its value in each row."""
    return [TableColumn(name, [shortened(row[name] or "", WORD) for row in rows], right=False) for name in rows[0]]


def telling(columns: Sequence[TableColumn]) -> list[TableColumn]:
    """Those first which together with the ones before them tell the most rows apart, of equal ones the earlier."""
    left, found = list(columns), list[TableColumn]()
    while left:
        best = max(left, key=lambda column: len(set(zip(*(each.cells for each in [*found, column]), strict=True))))
        left.remove(best)
        found.append(best)
    return found


def names(given: Sequence[str]) -> TableColumn:
    """What runs are called, where no parameter tells them apart."""
    return TableColumn("run", [shortened(each, 2 * WORD) for each in given], right=False)


def fitting(
    columns: Sequence[TableColumn], important: Sequence[TableColumn], head: str, ids: Sequence[str], room: int
) -> tuple[list[TableColumn], list[str]]:
    """Those of the columns that fit into ``room`` characters beside the ids, of which the beginnings are shown where
    there is no room for all; and the heads of the others. ``important``: the columns, the most important first."""
    short, whole = (TableColumn(head, [printable(each)[:size] for each in ids], right=False) for size in (SHORT, ID))
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
    """``3 runs more; columns a, b``: what is not shown; empty where all is."""
    told = [f"{counted(more, noun)} more"] if more > 0 else []
    told += [f"column{'s' if len(left_out) > 1 else ''} {', '.join(left_out)}"] if left_out else []
    return "; ".join(told)


def show(console: Console, title: str, columns: Sequence[TableColumn]) -> None:
    """The title on a line of its own, and the table below it."""
    console.print(printable(title), markup=False, highlight=False, soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(escape(column.head), justify="right" if column.right else "left", no_wrap=True)
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(escape, row))
    console.print(table, highlight=False)
