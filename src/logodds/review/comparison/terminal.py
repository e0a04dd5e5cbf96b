"""A ranking on the terminal, as much as its width has room for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console

from logodds.evaluation import intervals
from logodds.review.comparison import configurations
from logodds.runs import differences
from logodds.runs.ranking import Ranked, Ranking
from logodds.system.terminal import run_list
from logodds.system.terminal.run_list import MOST, TableColumn
from logodds.system.terminal.text import figure
from logodds.tracking.recorded import Recorded


def show(ranking: Ranking[Recorded], title: str) -> None:
    """The best runs, each on a line: place, parameters that vary, the figure that ranks and the next with an interval,
    test figures where some run has them, and the id; of runs with several seeds the best configurations, with mean
    and standard deviation. What there is no room for is named below."""
    console = Console()
    repeats = ranking.configurations
    columns, left_out = _configurations(ranking, console.width) if repeats else chosen(ranking, console.width)
    better = "highest" if ranking.higher else "lowest"
    run_list.show(console, f"{title}, {better} {ranking.figure} first", columns)
    more = len(repeats or ranking.runs) - MOST
    if told := run_list.missing(more, "configuration" if repeats else "run", left_out):
        console.print(f"only on the page: {told}", markup=False, highlight=False)


def _configurations(ranking: Ranking[Recorded], room: int) -> tuple[list[TableColumn], list[str]]:
    """The columns of configurations that fit into ``room`` characters, and the heads of those that do not."""
    found = ranking.configurations[:MOST]
    place = run_list.places(len(found))
    figures = [
        TableColumn(ranking.name, [each.text() for each in found]),
        TableColumn("seeds", [each.seeds for each in found]),
    ]
    words = run_list.words(configurations.in_words(ranking)[: len(found)])
    ids = [each.best.run.id for each in found]
    important = [place, *figures[:1], *run_list.telling(words), *figures[1:]]
    return run_list.fitting([place, *words, *figures], important, "best run id", ids, room)


def chosen(ranking: Ranking[Recorded], room: int) -> tuple[list[TableColumn], list[str]]:
    """The columns that fit into ``room`` characters, and the heads of those that do not; figures before parameters,
    and whole ids last."""
    runs = ranking.runs[:MOST]
    place = TableColumn("#", [each.place for each in runs])
    figures = _figures(ranking, runs)
    words = run_list.words(differences.in_words([each.run.params for each in ranking.runs])[: len(runs)])
    words = words or [run_list.names([each.run.name for each in runs])]
    important = [place, *figures[:1], *run_list.telling(words), *figures[1:]]
    return run_list.fitting([place, *words, *figures], important, "run id", [each.run.id for each in runs], room)


def _figures(ranking: Ranking[Recorded], runs: Sequence[Ranked[Recorded]]) -> list[TableColumn]:
    """The one that ranks, another with an interval where that has none, and that of the test rows."""
    found = [TableColumn(ranking.name, [_figure(each, ranking.name, "best", each.value) for each in runs])]
    if not any("[" in cell for cell in found[0].cells):
        found.append(_of_part(runs, "accuracy", "best"))
    found.append(_of_part(runs, ranking.name, "test"))
    return [column for column in found if any(column.cells)]


def _of_part(runs: Sequence[Ranked[Recorded]], name: str, part: str) -> TableColumn:
    cells = [_figure(each, name, part, each.run.figures.get(f"{part}/{name}", math.nan)) for each in runs]
    return TableColumn(name if part == "best" else f"{part}\n{name}", cells)


def _figure(each: Ranked[Recorded], name: str, part: str, value: float) -> str:
    if math.isnan(value):
        return ""
    interval = intervals.of_figure(name, each.run.figures, part)
    return figure(value) + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")
