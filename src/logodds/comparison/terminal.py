"""A ranking on the terminal, as much as its width has room for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from logodds.comparison import configurations, differences, intervals
from logodds.comparison.ranking import Ranked, Ranking
from logodds.errors import counted
from logodds.names import figure, printable, shortened

MOST = 20  # runs
ID, SHORT = 32, 8  # characters of a run's id, and of its beginning
WORD = 14  # characters of a value
SPACE = 3  # between columns


@dataclass(frozen=True)
class Column:
    """A head and a cell for each run."""

    head: str
    cells: Sequence[str]
    right: bool = True

    def width(self) -> int:
        """With the space between two columns; a head is broken at its line break."""
        return SPACE + max(cell_len(each) for each in [*self.head.split("\n"), *self.cells])


def show(ranking: Ranking, title: str) -> None:
    """The best runs, each on a line: place, parameters that vary, the figure that ranks and the next with an interval,
    test figures where some run has them, and the id; of runs with several seeds the best configurations, with mean
    and standard deviation. What there is no room for is named below."""
    console = Console()
    columns, left_out = repeats(ranking, console.width) if ranking.configurations else chosen(ranking, console.width)
    listed = len(ranking.configurations or ranking.runs)
    better = "highest" if ranking.higher else "lowest"
    console.print(printable(f"{title}, {better} {ranking.figure} first"), markup=False, highlight=False, soft_wrap=True)
    table = Table()
    table.box, table.show_edge, table.pad_edge = SIMPLE_HEAD, False, False
    for column in columns:
        table.add_column(escape(column.head), justify="right" if column.right else "left", no_wrap=True)
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(escape, row))
    console.print(table, highlight=False)
    more = listed - min(MOST, listed)
    told = [f"{counted(more, 'configuration' if ranking.configurations else 'run')} more"] if more else []
    told += [f"columns {', '.join(left_out)}"] if left_out else []
    if told:
        console.print(f"only on the page: {'; '.join(told)}", markup=False, highlight=False)


def repeats(ranking: Ranking, room: int) -> tuple[list[Column], list[str]]:
    """The columns of configurations that fit into ``room`` characters, and the heads of those that do not."""
    found = ranking.configurations[:MOST]
    fixed = [
        Column("#", [str(place) for place in range(1, len(found) + 1)]),
        Column(ranking.name, [each.text() for each in found]),
        Column("seeds", [each.seeds for each in found]),
    ]
    every = configurations.in_words(ranking)[: len(found)]
    words = [Column(name, [shortened(each[name] or "", WORD) for each in every], right=False) for name in every[0]]
    ids = [printable(each.best.run.id) for each in found]
    short, whole = (Column("best run id", [each[:size] for each in ids], right=False) for size in (SHORT, ID))
    kept, room = _fitting(words, room - sum(each.width() for each in fixed) - short.width() + SPACE)
    last = whole if whole.width() - short.width() <= room else short
    return [fixed[0], *kept, *fixed[1:], last], [each.head for each in words if each not in kept]


def chosen(ranking: Ranking, room: int) -> tuple[list[Column], list[str]]:
    """The columns that fit into ``room`` characters, and the heads of those that do not; figures before parameters,
    and whole ids last."""
    runs = ranking.runs[:MOST]
    place = Column("#", [each.place for each in runs])
    figures = _figures(ranking, runs)
    ids = [printable(each.run.id) for each in runs]
    short, whole = (Column("run id", [each[:size] for each in ids], right=False) for size in (SHORT, ID))
    every = differences.in_words([each.run.params for each in ranking.runs])
    words = [
        Column(name, [shortened(each[name] or "", WORD) for each in every[: len(runs)]], right=False)
        for name in every[0]
    ]
    if not words:
        words = [Column("run", [shortened(each.run.name, 2 * WORD) for each in runs], right=False)]
    kept, room = _fitting([*figures[:1], *words, *figures[1:]], room - place.width() - short.width() + SPACE)
    left_out = [column.head.replace("\n", " ") for column in [*words, *figures] if column not in kept]
    last = whole if whole.width() - short.width() <= room else short
    return [place, *(each for each in [*words, *figures] if each in kept), last], left_out


def _fitting(columns: Sequence[Column], room: int) -> tuple[list[Column], int]:
    """The columns that there is room for, the first ones first, and the room that is left."""
    kept = []
    for column in columns:
        if column.width() <= room:
            kept.append(column)
            room -= column.width()
    return kept, room


def _figures(ranking: Ranking, runs: Sequence[Ranked]) -> list[Column]:
    """The one that ranks, another with an interval where that has none, and that of the test rows."""
    found = [Column(ranking.name, [_figure(each, ranking.name, "best", each.value) for each in runs])]
    if not any("[" in cell for cell in found[0].cells):
        found.append(_of_part(runs, "accuracy", "best"))
    found.append(_of_part(runs, ranking.name, "test"))
    return [column for column in found if any(column.cells)]


def _of_part(runs: Sequence[Ranked], name: str, part: str) -> Column:
    cells = [_figure(each, name, part, each.run.figures.get(f"{part}/{name}", math.nan)) for each in runs]
    return Column(name if part == "best" else f"{part}\n{name}", cells)


def _figure(each: Ranked, name: str, part: str, value: float) -> str:
    if math.isnan(value):
        return ""
    interval = intervals.of_figure(name, each.run.figures, part)
    return figure(value) + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")
