"""Configurations that were trained with several seeds, as a table of the page: mean and standard deviation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from logodds.review.comparison import strokes
from logodds.review.comparison.shown import Page, safe
from logodds.runs import differences
from logodds.runs.ranking import Ranking
from logodds.runs.repeats import SEED
from logodds.system.errors import counted
from logodds.tracking.recorded import Recorded

TEXT = ' class="text"'


def in_words(ranking: Ranking[Recorded]) -> list[dict[str, str | None]]:
    """What sets them apart beside the seed, by short name."""
    bests = [each.best.run.params for each in ranking.configurations]
    return differences.in_words([{key: value for key, value in each.items() if key != SEED} for each in bests])


def labels(words: Sequence[Mapping[str, str | None]]) -> list[str]:
    """Each by its place and what sets it apart, from :func:`in_words`: ``2: lr 0.1, hidden 64-64``."""
    told = [", ".join(f"{name} {word}" for name, word in each.items() if word is not None) for each in words]
    return [f"{place}: {words}" if words else str(place) for place, words in enumerate(told, start=1)]


def table(page: Page) -> str:
    """A row for each, best mean first; empty where no two runs differ in the seed alone."""
    found, words = page.ranking.configurations, in_words(page.ranking)
    if not found:
        return ""
    heads = [("#", False), *((name, True) for name in words[0]), (page.ranking.name, False), ("seeds", False)]
    head = "".join(
        f'<th scope="col"{TEXT if text else ""}>{safe(name)}</th>' for name, text in [*heads, ("best run", True)]
    )
    rows, best = [], page.ranking.leading(len(found))
    for place, (each, own) in enumerate(zip(found, words, strict=True), start=1):
        run = each.best.run
        cells = [
            f"<td>{place}</td>",
            *(f"<td{TEXT}><bdi>{safe(word or '')}</bdi></td>" for word in own.values()),
            f"<td>{each.text()}</td><td>{each.seeds}</td>",
            f"<td{TEXT}>{strokes.swatch(place - 1)}{page.run_link(run)}</td>",
        ]
        rows.append(f'<tr data-run="{best[place - 1]}">{"".join(cells)}</tr>')
    return (
        f'<p class="quiet">{counted(len(found), "configuration")}, each with the mean and the standard deviation over '
        "its seeds.</p>\n"
        '<div class="table" role="region" aria-label="Configurations" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>{''.join(rows)}</tbody></table></div>"
    )
