"""A comparison as one HTML file that needs nothing else: no server, no network, no font.

Names of runs, classes and values are whatever somebody wrote into the store: all of them are escaped, and the page's
policy lets no script but its own run and no address be loaded.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from logodds import views
from logodds.comparison import charts, configurations, confusions, differences, parameters, rows, strokes
from logodds.comparison.shown import FIGURES, Page, safe
from logodds.errors import counted

FOLDER = Path(__file__).parent
COMPARED = 10  # runs on MLflow's page, and those told apart from the best in words
SIDE_BY_SIDE = 8  # parameters
DRAWN = 12  # parameters with a chart of their own


def html(page: Page) -> str:
    """The file's text."""
    style, script = _style(), (FOLDER / "page.js").read_text()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    sections = [
        ("configurations", "Configurations", configurations.table(page)),
        ("ranking-of-runs", "Ranking", rows.table(page)),
        ("differences", "What sets the runs apart", _differences(page)),
        ("intervals", "Intervals", _intervals(page)),
        ("curves", "Learning curves", _curves(page)),
        ("parameters", "Parameters", _parameters(page)),
        ("confusions", "Confusion matrices", _confusions(page)),
    ]
    sections = [each for each in sections if each[2]]
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title, _ in sections)
    body = "\n".join(
        f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{title}</h2>\n{text}\n</section>'
        for name, title, text in sections
    )
    title, ranking = safe(page.gathered.title), page.ranking
    better = "higher" if ranking.higher else "lower"
    best = [ranking.runs[index].run.id for index in ranking.best(COMPARED)]
    compare = views.compare_url(page.base, page.gathered.experiment, best)
    notes = "".join(f'<p class="note" role="note">{safe(note)}</p>' for note in ranking.notes)
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
<p>{counted(len(ranking.runs), "run")} by {safe(ranking.figure)}, {better} is better.
<a href="{safe(compare)}">The best {len(best)} in MLflow</a></p>
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
    runs = [{"label": page.label(index), "words": list(words.values())} for index, words in enumerate(page.words)]
    text = json.dumps({"names": list(page.keys.values()), "runs": runs}, separators=(",", ":"))
    return text.replace("<", "\\u003c")  # nothing in it ends the element


def _differences(page: Page) -> str:
    best = page.ranking.best(COMPARED)
    if len(page.ranking.runs) < 2 or len(best) < 2:
        return ""
    words = page.words
    first, *others = best
    items = []
    for index in others:
        told = differences.between(words[index], words[first])
        name = f"<bdi>{safe(page.label(index))}</bdi>"
        items.append(f'<li data-run="{index}">{name} has {safe(told)}</li>')
    runs = "".join(
        f'<label>{told} <select id="{name}"></select></label>' for name, told in (("one", "Run"), ("other", "beside"))
    )
    return (
        f"<p>Beside the best, <bdi>{safe(page.label(first))}</bdi>:</p><ul>{''.join(items)}</ul>\n"
        f'<p id="pair">{runs}<output id="difference" for="one other" aria-live="polite"></output></p>'
    )


def _intervals(page: Page) -> str:
    shown = dict.fromkeys([page.ranking.name, *FIGURES])
    drawn = [(name, charts.with_intervals(page.ranking, name, f"interval-{name}")) for name in shown]
    return _figures((f"{name}, 95 %, the best runs", chart) for name, chart in drawn if chart)


def _curves(page: Page) -> str:
    monitors = [each.run.params.get("train.monitor", "") for each in page.ranking.runs[:1]]
    names = charts.metrics_by_epoch(page.gathered.histories, [*monitors, "val/loss", "train/loss"])
    coloured = min(strokes.COLOURED, len(page.ranking.runs))
    told = f"; the best {coloured} in colour" if len(page.ranking.runs) > coloured else ""
    return _figures(
        (
            f"{name} by epoch{told}",
            charts.learning_curves(page.ranking, page.gathered.histories, name, f"curve-{place}"),
        )
        for place, name in enumerate(names)
    )


def _parameters(page: Page) -> str:
    found = []
    for key, name in page.keys.items():
        placed = parameters.placed(name, [each.run.params.get(key) for each in page.ranking.runs])
        if placed is not None:
            found.append(placed)
    if not found:
        return ""
    figure = page.ranking.name
    each = _figures(
        (f"{figure} by {one.scale.label}", parameters.against_figure(page.ranking, one, f"parameter-{place}"))
        for place, one in enumerate(found[:DRAWN])
    )
    picture = parameters.side_by_side(page.ranking, found[:SIDE_BY_SIDE])
    left = [one.scale.label for one in found[DRAWN:]]
    told = f"<p>Not drawn: {safe(', '.join(left))}</p>" if left else ""
    label = "All side by side: a line for each run, the best ones in colour"
    return f'{each}{told}\n<figure class="wide"><figcaption>{label}</figcaption>{picture}</figure>'


def _confusions(page: Page) -> str:
    drawn = []
    for index, matrix in page.matrices.items():
        label = page.label(index)
        alt = f"Confusion matrix of {label}: {confusions.in_words(matrix)}"
        image = f'<img loading="lazy" width="420" src="{confusions.address(matrix)}" alt="{safe(alt)}">'
        drawn.append((label, image))
    return _figures(drawn)


def _figures(charts: Iterable[tuple[str, str]]) -> str:
    found: Sequence[str] = [
        f"<figure><figcaption><bdi>{safe(caption)}</bdi></figcaption>{chart}</figure>" for caption, chart in charts
    ]
    return f'<div class="charts">{"".join(found)}</div>' if found else ""
