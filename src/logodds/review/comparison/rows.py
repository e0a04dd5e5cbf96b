"""A table of the page: the ranking, with a row for each run."""

from __future__ import annotations

import math
from collections.abc import Sequence

from logodds.evaluation import intervals
from logodds.review.comparison import strokes
from logodds.review.comparison.shown import FIGURES, Page, safe
from logodds.runs.ranking import Ranked, Ranking
from logodds.system.terminal import text
from logodds.tracking.recorded import Recorded

TEXT = ' class="text"'
AT_FIRST = 100  # rows shown at first: laying out a long table takes most of a browser's time


def table(page: Page) -> str:
    """Return an HTML table with a row per run: parameters that vary, figures and their intervals.

    Rows after the first :data:`AT_FIRST` are hidden until a button is pressed.
    """
    ranking = page.ranking
    shown = [ranking.name, *(name for name in FIGURES if name != ranking.name and _held(ranking, f"best/{name}"))]
    tested = [name for name in shown if _held(ranking, f"test/{name}")]
    heads = [("#", False), ("run", True), *((name, True) for name in page.keys.values())]
    heads += [(name, False) for name in [*shown, "epoch", *(f"test {name}" for name in tested)]]
    head = "".join(
        f'<th scope="col"{TEXT if text else ""}><button type="button">{safe(name)}</button></th>'
        for name, text in [*heads, ("run id", True)]
    )
    colours = {index: rank for rank, index in enumerate(ranking.leading(strokes.COLOURED))}
    rows = []
    for index, (ranked, words) in enumerate(zip(ranking.runs, page.words, strict=True)):
        dot = strokes.swatch(colours.get(index))
        cells = [
            f'<td data-value="{index + 1 if ranked.rank else ""}">{ranked.rank}</td>',
            f'<th scope="row"{TEXT}>{dot}{page.run_link(ranked.run)}</th>',
            *(f"<td{TEXT}><bdi>{safe(word or '')}</bdi></td>" for word in words.values()),
            *(_figure(ranked, name, "best", ranking) for name in shown),
            f"<td>{ranked.run.figures.get('best/epoch', math.nan):.0f}</td>".replace("nan", ""),
            *(_figure(ranked, name, "test", ranking) for name in tested),
            f"<td{TEXT}><code>{safe(ranked.run.id)}</code></td>",
        ]
        rows.append(f'<tr data-run="{index}">{"".join(cells)}</tr>')
    more = f'<p><button type="button" id="all">Show all {len(rows)} runs</button></p>\n' if len(rows) > AT_FIRST else ""
    return (
        f'<p class="quiet">95 % intervals in brackets: {intervals.METHODS}; of two classes, but accuracy. '
        f"Other figures have none: the record does not hold what they need.</p>\n{more}"
        '<div class="table" role="region" aria-label="Ranking" tabindex="0">'
        f'<table id="ranking"><thead><tr>{head}</tr></thead>\n{_bodies(rows)}</table></div>'
    )


def _bodies(rows: Sequence[str]) -> str:
    first, rest = "\n".join(rows[:AT_FIRST]), "\n".join(rows[AT_FIRST:])
    more = f'<tbody id="rest" hidden>\n{rest}\n</tbody>' if rest else ""
    return f"<tbody>\n{first}\n</tbody>{more}"


def _held(ranking: Ranking[Recorded], figure: str) -> bool:
    return any(figure in ranked.run.figures for ranked in ranking.runs)


def _figure(ranked: Ranked[Recorded], name: str, part: str, ranking: Ranking[Recorded]) -> str:
    """Return a table cell with a figure and its interval; an empty cell where the run has no such figure.

    Args:
        part: ``best`` or ``test``.
    """
    ranks = part == "best" and name == ranking.name
    value = ranked.value if ranks else ranked.run.figures.get(f"{part}/{name}", math.nan)
    if math.isnan(value):
        return '<td data-value=""></td>'
    interval = intervals.of_figure(name, ranked.run.figures, part)
    beside = f' <span class="interval">[{interval[0]:.3f}, {interval[1]:.3f}]</span>' if interval else ""
    return f'<td data-value="{value!r}">{text.figure(value)}{beside}</td>'
