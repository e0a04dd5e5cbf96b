"""A comparison as one HTML file that needs nothing else: no server, no network, no font.

Names of runs, classes and values are whatever somebody wrote into the store: all of them are escaped, and the page's
policy lets no script but its own run and no address be loaded.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from logodds import views
from logodds.comparison import charts, confusions, differences, intervals, parameters, strokes
from logodds.comparison.confusions import Matrix
from logodds.comparison.gather import Gathered
from logodds.comparison.ranking import Ranked, Ranking
from logodds.errors import counted
from logodds.plots.svg import UNWRITABLE

FOLDER = Path(__file__).parent
FIGURES = ("accuracy", "f1", "roc_auc")  # beside the one that ranks
AT_FIRST = 100  # rows of the ranking
COMPARED = 10  # runs on MLflow's page, and those told apart from the best in words
SIDE_BY_SIDE = 8  # parameters
DRAWN = 12  # parameters with a chart of their own


@dataclass(frozen=True)
class Page:
    """What is shown: the runs ranked, ``matrices`` of the best by index, and ``base``, the address of MLflow's UI."""

    gathered: Gathered
    ranking: Ranking
    matrices: dict[int, Matrix]
    base: str


def html(page: Page) -> str:
    """The file's text."""
    style, script = _style(), (FOLDER / "page.js").read_text()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    sections = [
        ("ranking-of-runs", "Ranking", _ranking(page)),
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
    title, ranking = _text(page.gathered.title), page.ranking
    better = "higher" if ranking.higher else "lower"
    best = [ranking.runs[index].run.id for index in ranking.best(COMPARED)]
    compare = views.compare_url(page.base, page.gathered.experiment, best)
    notes = "".join(f'<p class="note" role="note">{_text(note)}</p>' for note in ranking.notes)
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
<p>{counted(len(ranking.runs), "run")} by {_text(ranking.figure)} of the validation rows, {better} is better.
<a href="{_text(compare)}">The best {len(best)} in MLflow</a></p>
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


def _text(words: str) -> str:
    """Words as text of the page or within double quotes."""
    return escape(UNWRITABLE.sub("�", words))


def _style() -> str:
    style = (FOLDER / "page.css").read_text()
    return style.replace("RUNS_LIGHT", strokes.variables(0.0)).replace("RUNS_DARK", strokes.variables(0.35))


def _keys(page: Page) -> dict[str, str]:
    """Hydra keys that vary, with their short names."""
    return differences.short_names(differences.varying([each.run.params for each in page.ranking.runs]))


def _words(page: Page) -> list[dict[str, str | None]]:
    """Each run's values of the parameters that vary, by short name."""
    return differences.in_words([each.run.params for each in page.ranking.runs])


def _label(each: Ranked) -> str:
    return f"{each.place or 'no place'}: {each.run.name}"


def _data(page: Page) -> str:
    runs = [
        {"label": _label(each), "words": list(words.values())}
        for each, words in zip(page.ranking.runs, _words(page), strict=True)
    ]
    text = json.dumps({"names": list(_keys(page).values()), "runs": runs}, separators=(",", ":"))
    return text.replace("<", "\\u003c")  # nothing in it ends the element


def _ranking(page: Page) -> str:
    ranking, words = page.ranking, _words(page)
    shown = [ranking.name, *(name for name in FIGURES if name != ranking.name)]
    shown = [name for name in shown if name == ranking.name or _held(ranking, f"best/{name}")]
    tested = [name for name in shown if _held(ranking, f"test/{name}")]
    heads = [("#", False), ("run", True), *((name, True) for name in _keys(page).values())]
    heads += [(name, False) for name in shown] + [("epoch", False)]
    heads += [(f"test {name}", False) for name in tested] + [("run id", True)]
    head = "".join(
        f'<th scope="col"{_kind(text)}><button type="button">{_text(name)}</button></th>' for name, text in heads
    )
    colours = {index: place for place, index in enumerate(ranking.best(strokes.COLOURED))}
    rows = []
    for index, each in enumerate(ranking.runs):
        swatch = (
            f'<span class="swatch" style="background:var(--run-{colours[index]})"></span>' if index in colours else ""
        )
        address = views.run_url(page.base, each.run.experiment, each.run.id)
        name = f'<a href="{_text(address)}"><bdi>{_text(each.run.name)}</bdi></a>'
        cells = [
            f'<td data-value="{index + 1 if each.place else ""}">{each.place}</td>',
            f'<th scope="row" class="text">{swatch}{name}</th>',
            *(f'<td class="text"><bdi>{_text(word or "")}</bdi></td>' for word in words[index].values()),
            *(_figure(each, name, "best", ranking) for name in shown),
            f"<td>{each.run.figures.get('best/epoch', math.nan):.0f}</td>".replace("nan", ""),
            *(_figure(each, name, "test", ranking) for name in tested),
            f'<td class="text"><code>{_text(each.run.id)}</code></td>',
        ]
        rows.append(f'<tr data-run="{index}">{"".join(cells)}</tr>')
    more = f'<p><button type="button" id="all">Show all {len(rows)} runs</button></p>\n' if len(rows) > AT_FIRST else ""
    told = f"95 % intervals in brackets: {intervals.METHODS}; of two classes, but accuracy."
    return (
        f'<p class="quiet">{told} Other figures have none: the record does not hold what it takes.</p>\n'
        f"{more}"
        '<div class="table" role="region" aria-label="Ranking" tabindex="0">'
        f'<table id="ranking"><thead><tr>{head}</tr></thead>\n{_bodies(rows)}</table></div>'
    )


def _bodies(rows: Sequence[str]) -> str:
    """A browser takes most of its time to lay out long tables."""
    first, rest = "\n".join(rows[:AT_FIRST]), "\n".join(rows[AT_FIRST:])
    more = f'<tbody id="rest" hidden>\n{rest}\n</tbody>' if rest else ""
    return f"<tbody>\n{first}\n</tbody>{more}"


def _held(ranking: Ranking, figure: str) -> bool:
    return any(figure in each.run.figures for each in ranking.runs)


def _kind(text: bool) -> str:
    return ' class="text"' if text else ""


def _figure(each: Ranked, name: str, part: str, ranking: Ranking) -> str:
    """A cell with a figure and its interval."""
    ranks = part == "best" and name == ranking.name
    value = each.value if ranks else each.run.figures.get(f"{part}/{name}", math.nan)
    if math.isnan(value):
        return '<td data-value=""></td>'
    found = intervals.of_figure(name, each.run.figures, part)
    beside = f' <span class="interval">[{found[0]:.3f}, {found[1]:.3f}]</span>' if found else ""
    return f'<td data-value="{value!r}">{value:.4f}{beside}</td>'


def _differences(page: Page) -> str:
    best = page.ranking.best(COMPARED)
    if len(page.ranking.runs) < 2 or len(best) < 2:
        return ""
    words = _words(page)
    first, *others = best
    items = []
    for index in others:
        told = differences.between(words[index], words[first])
        name = f"<bdi>{_text(_label(page.ranking.runs[index]))}</bdi>"
        items.append(f'<li data-run="{index}">{name} has {_text(told)}</li>')
    runs = "".join(
        f'<label>{told} <select id="{name}"></select></label>' for name, told in (("one", "Run"), ("other", "beside"))
    )
    return (
        f"<p>Beside the best, <bdi>{_text(_label(page.ranking.runs[first]))}</bdi>:</p><ul>{''.join(items)}</ul>\n"
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
    for key, name in _keys(page).items():
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
    told = f"<p>Not drawn: {_text(', '.join(left))}</p>" if left else ""
    label = "All side by side: a line for each run, the best ones in colour"
    return f'{each}{told}\n<figure class="wide"><figcaption>{label}</figcaption>{picture}</figure>'


def _confusions(page: Page) -> str:
    drawn = []
    for index, matrix in page.matrices.items():
        label = _label(page.ranking.runs[index])
        alt = f"Confusion matrix of {label}: {confusions.in_words(matrix)}"
        image = f'<img loading="lazy" width="420" src="{confusions.address(matrix)}" alt="{_text(alt)}">'
        drawn.append((label, image))
    return _figures(drawn)


def _figures(charts: Iterable[tuple[str, str]]) -> str:
    found: Sequence[str] = [
        f"<figure><figcaption><bdi>{_text(caption)}</bdi></figcaption>{chart}</figure>" for caption, chart in charts
    ]
    return f'<div class="charts">{"".join(found)}</div>' if found else ""
