"""The page as a file: what it says, that it needs nothing else, and that no name in it is taken for more than text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from recorded_runs import COUNTS, gathered, run

from logodds.review.comparison import confusions
from logodds.review.comparison.confusions import ConfusionMatrix
from logodds.review.comparison.page import html
from logodds.review.comparison.shown import Page
from logodds.runs.ranking import rank
from logodds.tracking.mlflow.ui import Ui
from logodds.tracking.recorded import Recorded

BASE = "http://127.0.0.1:5000"
VOID = {"meta", "img"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "</title></textarea>--><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "&lt;b&gt; &amp;",
    "a\x00b\x1b[2Jc",
)


class Element:
    """An element with its attributes, its children, and all of its text."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Element] = []
        self.own: list[str | Element] = []

    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text() for each in self.own)

    def every(self, tag: str) -> list[Element]:
        found = [each for child in self.children for each in child.every(tag)]
        return [self, *found] if self.tag == tag else found

    def one(self, name: str) -> Element:
        (found,) = self._named(name)
        return found

    def _named(self, name: str) -> list[Element]:
        found = [each for child in self.children for each in child._named(name)]
        return [self, *found] if self.attributes.get("id") == name else found


class Tree(HTMLParser):
    """Every element is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        made = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(made)
        self.open[-1].own.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].own.append(data)


def page(runs: list[Recorded], matrices: dict[int, ConfusionMatrix] | None = None) -> str:
    given = gathered(runs)
    return html(Page(given, rank(given.runs), matrices or {}, Ui(BASE)))


def two() -> list[Recorded]:
    return [
        run("a", {"best/log_loss": 0.25, "best/epoch": 20.0, **COUNTS}, {"optim.lr": "0.01", "model.hidden": "[32]"}),
        run("b", {"best/log_loss": 0.125, "best/epoch": 3.0, "test/log_loss": 0.5, "test/accuracy": 0.75, **COUNTS}),
    ]


def test_ranking() -> None:
    root = Tree(page(two())).root
    table = root.one("ranking")
    heads = [each.text() for each in table.every("thead")[0].every("th")]
    shown = ["log_loss", "accuracy", "roc_auc", "epoch", "test log_loss", "test accuracy"]
    assert heads == ["#", "run", "lr", "hidden", *shown, "run id"]
    assert {each.attributes["scope"] for each in table.every("thead")[0].every("th")} == {"col"}
    body = [[each.text() for each in row.children] for row in table.every("tbody")[0].every("tr")]
    accuracy, area = "0.9000 [0.826, 0.945]", "0.9500 [0.904, 0.996]"
    assert body == [
        ["1", "b", "0.1", "64-64", "0.1250", accuracy, area, "3", "0.5000", "0.7500", "62" + "0" * 30],
        ["2", "a", "0.01", "32", "0.2500", accuracy, area, "20", "", "", "61" + "0" * 30],
    ]
    (link, _) = (each for each in table.every("a"))
    assert link.attributes["href"] == Ui(BASE).run("7", "62" + "0" * 30)
    sorted_by = [row.children[4].attributes["data-value"] for row in table.every("tbody")[0].every("tr")]
    assert sorted_by == ["0.125", "0.25"]


def test_sections_and_what_they_say() -> None:
    matrix = ConfusionMatrix(("no", "yes"), ((50, 4), (6, 40)))
    root = Tree(page(two(), {0: matrix})).root
    assert [each.text() for each in root.every("h1")] == ["toy: chosen runs"]
    assert [each.text() for each in root.every("h2")] == [
        "Ranking",
        "What sets the runs apart",
        "Intervals",
        "Learning curves",
        "Parameters",
        "Confusion matrices",
    ]
    anchors = [each.attributes["href"] for each in root.every("nav")[0].every("a")]
    for anchor in anchors:
        assert root.one(anchor.removeprefix("#")).tag == "section"
    captions = [each.text() for each in root.every("figcaption")]
    assert captions == [
        "accuracy, 95 %, the best runs",
        "roc_auc, 95 %, the best runs",
        "val/loss by epoch",
        "train/loss by epoch",
        "log_loss by lr",
        "log_loss by hidden",
        "All side by side: a line for each run, the best ones in colour",
        "1: b",
    ]
    pictures = [each for each in root.every("svg") if each.attributes.get("role") == "img"]
    assert len(pictures) == len(captions) - 1
    assert all(each.attributes["aria-label"] for each in pictures)
    (image,) = root.every("img")
    assert image.attributes["alt"] == (
        "Confusion matrix of 1: b: no called no 50; no called yes 4; yes called no 6; yes called yes 40"
    )
    assert image.attributes["src"] == confusions.address(matrix)
    (told,) = root.one("differences").every("li")
    assert told.text() == "2: a has lr 0.01 instead of 0.1; hidden 32 instead of 64-64"
    assert root.every("header")[0].every("p")[0].text() == (
        "2 runs by best/log_loss, lower is better.\nThe best 2 in MLflow"
    )


def test_data_of_the_script() -> None:
    root = Tree(page(two())).root
    assert json.loads(root.one("data").text()) == {
        "names": ["lr", "hidden"],
        "runs": [{"label": "1: b", "words": ["0.1", "64-64"]}, {"label": "2: a", "words": ["0.01", "32"]}],
    }


def test_a_page_needs_nothing_else() -> None:
    text = page(two(), {0: ConfusionMatrix(("no", "yes"), ((50, 4), (6, 40)))})
    root = Tree(text).root
    loaded = [
        each.attributes["src"] for each in [*root.every("img"), *root.every("script")] if "src" in each.attributes
    ]
    assert [each.partition(",")[0] for each in loaded] == ["data:image/svg+xml;base64"]
    assert not {each.tag for tag in ("link", "iframe", "object", "embed", "base") for each in root.every(tag)}
    assert not re.search(r"@import|url\((?!#)", text)
    (policy,) = (each for each in root.every("meta") if "http-equiv" in each.attributes)
    scripts = root.every("script")
    assert [each.attributes for each in scripts] == [{"type": "application/json", "id": "data"}, {}]
    digest = base64.b64encode(hashlib.sha256(scripts[1].text().encode()).digest()).decode()
    assert policy.attributes["content"] == (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_nothing_but_text(name: str) -> None:
    runs = [
        run(name, {"best/log_loss": 0.1, **COUNTS}, {"optim.lr": name, f"a.{name}": "1"}, {"train.monitor": name}),
        run("b", {"best/log_loss": 0.2, **COUNTS}),
    ]
    given = gathered(runs)
    given = type(given)(**{**vars(given), "title": name, "notes": [name]})
    root = Tree(html(Page(given, rank(given.runs), {0: ConfusionMatrix((name, "x"), ((1, 2), (3, 4)))}, Ui(BASE)))).root
    plain = Tree(page([run("a", {"best/log_loss": 0.1, **COUNTS}, {"optim.lr": "3", "a.b": "1"}), two()[1]])).root
    seen = name.replace("\x00", "�").replace("\x1b", "�")
    assert len(root.every("script")) == 2
    assert {each.tag for each in _all(root)} <= {each.tag for each in _all(plain)} | {"img", "p"}
    names = {attribute for each in _all(root) for attribute in each.attributes}
    assert not {each for each in names if each.startswith("on")}
    assert root.every("title")[0].text() == root.every("h1")[0].text() == seen
    assert root.one("ranking").every("tbody")[0].every("a")[0].text() == seen
    assert [each.text() for each in root.every("p") if each.attributes.get("class") == "note"] == [seen]
    assert json.loads(root.one("data").text())["runs"][0]["label"] == f"1: {name}"


def test_many_rows_are_shown_when_asked_for() -> None:
    root = Tree(page([run(f"r{k}", {"best/log_loss": k / 1000}) for k in range(150)])).root
    first, rest = root.one("ranking").every("tbody")
    assert (len(first.every("tr")), len(rest.every("tr"))) == (100, 50)
    assert "hidden" in rest.attributes
    assert root.one("all").text() == "Show all 150 runs"
    assert [int(row.attributes["data-run"]) for row in root.one("ranking").every("tr")[1:]] == list(range(150))


def test_a_run_alone_and_runs_without_any_figure() -> None:
    alone = Tree(page([run("a")])).root
    assert [each.text() for each in alone.every("h2")] == ["Ranking", "Intervals", "Learning curves"]
    bare = [type(each)(**{**vars(each), "figures": {}}) for each in two()]
    given = gathered(bare, {each.id: {} for each in bare})
    root = Tree(html(Page(given, rank(given.runs), {}, Ui(BASE)))).root
    assert [each.text() for each in root.every("h2")] == ["Ranking", "Parameters"]
    rows = root.one("ranking").every("tbody")[0].every("tr")
    assert [row.children[0].text() for row in rows] == ["", ""]


def test_equal_runs_are_equal_pages() -> None:
    assert page(two()) == page(two())


def _all(element: Element) -> list[Element]:
    return [each for child in element.children for each in [child, *_all(child)]]


@pytest.mark.parametrize("name", ["a", *HOSTILE])
def test_configurations(name: str) -> None:
    runs = [
        run(f"{name} {seed}", {"best/log_loss": loss}, {"optim.lr": lr, "train.seed": seed, "model.hidden": name})
        for lr, seed, loss in (("0.1", "0", 0.3), ("0.1", "1", 0.1), ("0.2", "0", 0.25))
    ]
    section = Tree(page(runs)).root.one("configurations")
    heads = [each.text() for each in section.every("thead")[0].every("th")]
    assert heads == ["#", "lr", "log_loss", "seeds", "best run"]
    body = [[each.text() for each in row.children] for row in section.every("tbody")[0].every("tr")]
    assert [row[:-1] for row in body] == [["1", "0.1", "0.2000 ± 0.1414", "2"], ["2", "0.2", "0.2500", "1"]]
    assert [each.attributes["href"] for each in section.every("a")] == [Ui(BASE).run("7", each.id) for each in runs[1:]]


def test_sections_go_by_configuration_where_seeds_are_repeats() -> None:
    """The configuration with the best run is not the best by its mean."""
    runs = [
        run(f"{lr} {seed}", {"best/log_loss": loss, **COUNTS}, {"optim.lr": lr, "train.seed": seed})
        for lr, seed, loss in (("0.1", "0", 0.5), ("0.1", "1", 0.1), ("0.2", "0", 0.25), ("0.2", "1", 0.15))
    ]
    ranking = rank(runs)
    matrix = ConfusionMatrix(("no", "yes"), ((50, 4), (6, 40)))
    root = Tree(page(runs, dict.fromkeys(ranking.leading(6), matrix))).root
    assert "What sets the configurations apart" in [each.text() for each in root.every("h2")]
    section = root.one("differences")
    assert section.every("p")[0].text() == "Beside the best, configuration 1:"
    (told,) = section.every("li")
    assert (told.text(), told.attributes["data-run"]) == ("configuration 2 has lr 0.1 instead of 0.2", "0")
    assert [each.text() for each in section.every("label")] == ["Configuration ", "beside "]
    assert root.every("header")[0].every("a")[0].text() == "The best run of each configuration in MLflow"
    best = "the best run of each configuration"
    assert [each.text() for each in root.every("figcaption")] == [
        f"accuracy, 95 %, {best}",
        f"roc_auc, 95 %, {best}",
        f"val/loss by epoch; {best} in colour",
        f"train/loss by epoch; {best} in colour",
        "log_loss by lr",
        f"All side by side: a line for each run, {best} in colour",
        "2: 0.2 1",
        "1: 0.1 1",
    ]
    assert root.one("confusions").every("p")[0].text() == (
        "Each of a configuration's best run, the best configuration first, by the run's place in the ranking."
    )
    spots = {"0.2 1": "background:var(--run-0)", "0.1 1": "background:var(--run-1)"}
    for name in ("configurations", "ranking"):
        rows = root.one(name).every("tr")[1:]
        styles = {
            row.every("a")[0].text(): [each.attributes.get("style") for each in row.every("span")] for row in rows
        }
        assert {run: style for run, (style, *_) in styles.items() if style} == spots
    data = json.loads(root.one("data").text())
    assert data["names"] == ["lr"]
    assert data["configurations"] == [
        {"label": "1: lr 0.2", "words": ["0.2"]},
        {"label": "2: lr 0.1", "words": ["0.1"]},
    ]
    assert [each["label"] for each in data["runs"]] == ["1: 0.1 1", "2: 0.2 1", "3: 0.2 0", "4: 0.1 0"]


def test_the_best_ten_of_many_configurations() -> None:
    runs = [
        run(f"{lr} {seed}", {"best/log_loss": lr + seed / 1000}, {"optim.lr": str(lr), "train.seed": str(seed)})
        for lr in range(12)
        for seed in range(2)
    ]
    root = Tree(page(runs)).root
    told = [each.text() for each in root.one("differences").every("li")]
    assert told == [f"configuration {lr + 1} has lr {lr} instead of 0" for lr in range(1, 10)]
    captions = [each.text() for each in root.one("curves").every("figcaption")]
    assert captions[0] == "val/loss by epoch; the best run of each of the best 10 configurations in colour"


def test_one_configuration_with_several_seeds_differs_from_none() -> None:
    runs = [run(seed, {"best/log_loss": 0.1}, {"train.seed": seed}) for seed in "012"]
    root = Tree(page(runs)).root
    heads = [each.text() for each in root.every("h2")]
    assert heads == ["Configurations", "Ranking", "Intervals", "Learning curves"]


def test_of_runs_that_are_ranked_apart_none_is_called_the_best() -> None:
    one, other = two()
    apart = page([one, replace(other, tags=other.tags | {"split.sha256": "f" * 64})])
    assert "Beside <bdi>A1: a</bdi>:" in apart
    assert "the best, " not in apart
    assert "The best of each group in MLflow" in apart
    assert "Beside the best, <bdi>1: b</bdi>:" in page([one, other])
