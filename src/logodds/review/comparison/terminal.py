"""Print a ranking on the terminal, with as many columns as its width has room for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console

from logodds.evaluation import intervals
from logodds.review.comparison import configurations
from logodds.runs import differences
from logodds.runs.ranking import Ranked, Ranking
from logodds.system.terminal import run_list
from logodds.system.terminal.lines import show_line
from logodds.system.terminal.run_list import MOST, TableColumn
from logodds.system.terminal.text import figure
from logodds.tracking.recorded import Recorded


def show(ranking: Ranking[Recorded], title: str) -> None:
    """Print a table of the best runs, or of the best configurations if some were trained with several seeds.

    A run's line has its rank, the parameters that vary, the ranking figure, accuracy where the first has no
    interval, the test figure if some run has one, and the run's id. A configuration's line has the mean and the
    standard deviation over its seeds. Rows and columns without room are listed below the table.
    """
    console = Console()
    repeats = ranking.configurations
    columns, left_out = _configurations(ranking, console.width) if repeats else chosen(ranking, console.width)
    better = "highest" if ranking.higher else "lowest"
    run_list.show(console, f"{title}, {better} {ranking.figure} first", columns)
    more = len(repeats or ranking.runs) - MOST
    if hidden := run_list.missing(more, "configuration" if repeats else "run", left_out):
        show_line(f"only on the page: {hidden}")


def _configurations(ranking: Ranking[Recorded], room: int) -> tuple[list[TableColumn], list[str]]:
    """Return the columns of configurations that fit into ``room`` characters, and the heads of the others."""
    shown = ranking.configurations[:MOST]
    ranks = run_list.ranks(len(shown))
    figures = [
        TableColumn(ranking.name, [configuration.text() for configuration in shown]),
        TableColumn("seeds", [configuration.seeds for configuration in shown]),
    ]
    words = run_list.words(configurations.in_words(ranking)[: len(shown)])
    ids = [configuration.best.run.id for configuration in shown]
    important = [ranks, *figures[:1], *run_list.telling(words), *figures[1:]]
    return run_list.fitting([ranks, *words, *figures], important, "best run id", ids, room)


def chosen(ranking: Ranking[Recorded], room: int) -> tuple[list[TableColumn], list[str]]:
    """Return the columns of runs that fit into ``room`` characters, and the heads of the others.

    The figure that ranks comes first, then parameters, then the other figures; ids are shown in full only if there is
    still room.
    """
    runs = ranking.runs[:MOST]
    ranks = TableColumn("#", [ranked.rank for ranked in runs])
    figures = _figures(ranking, runs)
    words = run_list.words(differences.in_words([ranked.run.params for ranked in ranking.runs])[: len(runs)])
    words = words or [run_list.names([ranked.run.name for ranked in runs])]
    important = [ranks, *figures[:1], *run_list.telling(words), *figures[1:]]
    return run_list.fitting([ranks, *words, *figures], important, "run id", [ranked.run.id for ranked in runs], room)


def _figures(ranking: Ranking[Recorded], runs: Sequence[Ranked[Recorded]]) -> list[TableColumn]:
    """Return columns of the ranking figure, of accuracy where the first has no interval, and of the test figure."""
    columns = [TableColumn(ranking.name, [_figure(ranked, ranking.name, "best", ranked.value) for ranked in runs])]
    if not any("[" in cell for cell in columns[0].cells):
        columns.append(_of_part(runs, "accuracy", "best"))
    columns.append(_of_part(runs, ranking.name, "test"))
    return [column for column in columns if any(column.cells)]


def _of_part(runs: Sequence[Ranked[Recorded]], name: str, part: str) -> TableColumn:
    cells = [_figure(ranked, name, part, ranked.run.figures.get(f"{part}/{name}", math.nan)) for ranked in runs]
    return TableColumn(name if part == "best" else f"{part}\n{name}", cells)


def _figure(ranked: Ranked[Recorded], name: str, part: str, value: float) -> str:
    if math.isnan(value):
        return ""
    interval = intervals.of_figure(name, ranked.run.figures, part)
    return figure(value) + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")
