"""A table of the page: configurations that were trained with several seeds, with mean and standard deviation."""

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
    """Return, for each configuration, its values of the parameters that vary beside the seed, by short name."""
    bests = [configuration.best.run.params for configuration in ranking.configurations]
    return differences.in_words([{key: value for key, value in params.items() if key != SEED} for params in bests])


def labels(words: Sequence[Mapping[str, str | None]]) -> list[str]:
    """Return a label per configuration: its rank and what sets it apart, such as ``2: lr 0.1, hidden 64-64``.

    Args:
        words: what :func:`in_words` returned.
    """
    descriptions = [
        ", ".join(f"{name} {word}" for name, word in values.items() if word is not None) for values in words
    ]
    return [
        f"{rank}: {description}" if description else str(rank) for rank, description in enumerate(descriptions, start=1)
    ]


def table(page: Page) -> str:
    """Return an HTML table with a row per configuration, the best mean first.

    The text is empty where no two runs differ only in the seed.
    """
    shown, words = page.ranking.configurations, in_words(page.ranking)
    if not shown:
        return ""
    heads = [("#", False), *((name, True) for name in words[0]), (page.ranking.name, False), ("seeds", False)]
    head = "".join(
        f'<th scope="col"{TEXT if text else ""}>{safe(name)}</th>' for name, text in [*heads, ("best run", True)]
    )
    rows, best = [], page.ranking.leading(len(shown))
    for rank, (configuration, values) in enumerate(zip(shown, words, strict=True), start=1):
        run = configuration.best.run
        cells = [
            f"<td>{rank}</td>",
            *(f"<td{TEXT}><bdi>{safe(word or '')}</bdi></td>" for word in values.values()),
            f"<td>{configuration.text()}</td><td>{configuration.seeds}</td>",
            f"<td{TEXT}>{strokes.swatch(rank - 1)}{page.run_link(run)}</td>",
        ]
        rows.append(f'<tr data-run="{best[rank - 1]}">{"".join(cells)}</tr>')
    return (
        f'<p class="quiet">{counted(len(shown), "configuration")}, each with the mean and the standard deviation over '
        "its seeds.</p>\n"
        '<div class="table" role="region" aria-label="Configurations" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>{''.join(rows)}</tbody></table></div>"
    )
