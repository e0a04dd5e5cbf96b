"""A comparison as one self-contained HTML file: it needs no server, no network and no font.

Names of runs, classes and values come from the store, where anybody may have written them. All of them are escaped, and
the page's content security policy runs no script but the page's own and loads nothing from any address.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from logodds.review.comparison import charts, configurations, confusions, parameters, rows, strokes
from logodds.review.comparison.shown import FIGURES, Page, safe
from logodds.runs import differences
from logodds.system.errors import counted

FOLDER = Path(__file__).parent
COMPARED = 10  # runs on MLflow's page for comparisons, and runs whose difference from the best is put into words
SIDE_BY_SIDE = 8  # parameters in the chart of parallel coordinates
DRAWN = 12  # parameters with a chart of their own


def html(page: Page) -> str:
    """Return the text of the HTML file."""
    style, script = _style(), (FOLDER / "page.js").read_text()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    repeats = page.ranking.configurations
    sections = [
        ("configurations", "Configurations", configurations.table(page)),
        ("ranking-of-runs", "Ranking", rows.table(page)),
        ("differences", f"What sets the {'configurations' if repeats else 'runs'} apart", _differences(page)),
        ("intervals", "Intervals", _intervals(page)),
        ("curves", "Learning curves", _curves(page)),
        ("parameters", "Parameters", _parameters(page)),
        ("confusions", "Confusion matrices", _confusions(page)),
    ]
    sections = [section for section in sections if section[2]]
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title, _ in sections)
    body = "\n".join(
        f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{title}</h2>\n{text}\n</section>'
        for name, title, text in sections
    )
    title, ranking = safe(page.gathered.title), page.ranking
    better = "higher" if ranking.higher else "lower"
    best = [ranking.runs[index].run.id for index in ranking.leading(COMPARED)]
    compare = page.pages.compare(page.gathered.experiment, best)
    words = f"{page.leading(COMPARED, f'the best {len(best)}').capitalize()} in {page.pages.name}"
    beside = "" if compare is None else f'\n<a href="{safe(compare)}">{safe(words)}</a>'
    notes = "".join(f'<p class="note" role="note">{safe(note)}</p>' for note in [*page.gathered.notes, *ranking.notes])
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
<noscript><style>#rest {{ display: table-row-group; }} #all, #pair {{ display: none; }}</style></noscript>
</head>
<body>
<a class="jump" href="#ranking-of-runs">To the ranking</a>
<header>
<h1>{title}</h1>
<p>{counted(len(ranking.runs), "run")} by {safe(ranking.figure)}, {better} is better.{beside}</p>
{notes}
<nav aria-label="Sections"><ul>{links}</ul></nav>
</header>
<main>
{body}
</main>
<output id="shown" aria-live="off"></output>
<script type="application/json" id="data">{_data(page)}</script>
<script>{script}</script>
</body>
</html>
"""


def _style() -> str:
    style = (FOLDER / "page.css").read_text()
    return style.replace("RUNS_LIGHT", strokes.variables(0.0)).replace("RUNS_DARK", strokes.variables(0.35))


def _data(page: Page) -> str:
    ranking = page.ranking
    labels = [page.label(index) for index in range(len(ranking.runs))]
    data = {"names": list(page.keys.values()), "runs": _worded(labels, page.words)}
    if ranking.configurations:
        words = configurations.in_words(ranking)
        data |= {"names": list(words[0]), "configurations": _worded(configurations.labels(words), words)}
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c")  # so that no text in it can end the script element


def _worded(labels: Sequence[str], words: Sequence[Mapping[str, str | None]]) -> list[dict[str, Any]]:
    return [{"label": label, "words": list(values.values())} for label, values in zip(labels, words, strict=True)]


def _differences(page: Page) -> str:
    best = page.ranking.leading(COMPARED)
    if len(best) < 2:
        return ""
    if page.ranking.configurations:
        kind, words = "Configuration", configurations.in_words(page.ranking)
        names = [f"configuration {rank}" for rank in range(1, len(best) + 1)]
    else:
        kind, words = "Run", [page.words[index] for index in best]
        names = [page.label(index) for index in best]
    items = []
    for index, name, values in list(zip(best, names, words, strict=False))[1:]:
        text = differences.between(values, words[0])
        items.append(f'<li data-run="{index}"><bdi>{safe(name)}</bdi> has {safe(text)}</li>')
    pair = "".join(
        f'<label>{text} <select id="{name}"></select></label>' for name, text in (("one", kind), ("other", "beside"))
    )
    first = f"{'' if page.ranking.apart else 'the best, '}<bdi>{safe(names[0])}</bdi>"
    return (
        f"<p>Beside {first}:</p><ul>{''.join(items)}</ul>\n"
        f'<p id="pair">{pair}<output id="difference" for="one other" aria-live="polite"></output></p>'
    )


def _intervals(page: Page) -> str:
    shown = dict.fromkeys([page.ranking.name, *FIGURES])
    drawn = [(name, charts.with_intervals(page.ranking, name, f"interval-{name}")) for name in shown]
    return _figures(
        (f"{name}, 95 %, {page.leading(charts.MOST, 'the best runs')}", chart) for name, chart in drawn if chart
    )


def _curves(page: Page) -> str:
    monitors = [ranked.run.params.get("train.monitor", "") for ranked in page.ranking.runs[:1]]
    names = charts.metrics_by_epoch(page.gathered.histories, [*monitors, "val/loss", "train/loss"])
    coloured = len(page.ranking.leading(strokes.COLOURED))
    best = page.leading(strokes.COLOURED, f"the best {coloured}")
    coloured_note = f"; {best} in colour" if 0 < coloured < len(page.ranking.runs) else ""
    return _figures(
        (
            f"{name} by epoch{coloured_note}",
            charts.learning_curves(page.ranking, page.gathered.histories, name, f"curve-{position}"),
        )
        for position, name in enumerate(names)
    )


def _parameters(page: Page) -> str:
    drawable = []
    for key, name in page.apart.items():
        placed = parameters.placed(name, [ranked.run.params.get(key) for ranked in page.ranking.runs])
        if placed is not None:
            drawable.append(placed)
    if not drawable:
        return ""
    figure = page.ranking.name
    charts_html = _figures(
        (
            f"{figure} by {parameter.scale.label}",
            parameters.against_figure(page.ranking, parameter, f"parameter-{position}"),
        )
        for position, parameter in enumerate(drawable[:DRAWN])
    )
    picture = parameters.side_by_side(page.ranking, drawable[:SIDE_BY_SIDE])
    left = [parameter.scale.label for parameter in drawable[DRAWN:]]
    omitted = f"<p>Not drawn: {safe(', '.join(left))}</p>" if left else ""
    label = f"All side by side: a line for each run, {page.leading(strokes.COLOURED, 'the best ones')} in colour"
    return f'{charts_html}{omitted}\n<figure class="wide"><figcaption>{label}</figcaption>{picture}</figure>'


def _confusions(page: Page) -> str:
    drawn = []
    for index, matrix in page.matrices.items():
        label = page.label(index)
        alt = f"Confusion matrix of {label}: {confusions.in_words(matrix)}"
        image = f'<img loading="lazy" width="420" src="{confusions.address(matrix)}" alt="{safe(alt)}">'
        drawn.append((label, image))
    note = "Each of a configuration's best run, the best configuration first, by the run's place in the ranking."
    return (f'<p class="quiet">{note}</p>\n' if drawn and page.ranking.configurations else "") + _figures(drawn)


def _figures(charts: Iterable[tuple[str, str]]) -> str:
    figures: Sequence[str] = [
        f"<figure><figcaption><bdi>{safe(caption)}</bdi></figcaption>{chart}</figure>" for caption, chart in charts
    ]
    return f'<div class="charts">{"".join(figures)}</div>' if figures else ""
