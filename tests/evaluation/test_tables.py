"""Names from a file in the tables of a record: shown as they are, and never obeyed."""

from __future__ import annotations

import csv
import io

import pytest

from logodds.evaluation import tables
from logodds.evaluation.metrics.report import as_text, report

NAMES = (
    "<img src=x onerror=alert(1)>",
    "[pay](http://bad.example)",
    "**bold** `code` a|b \\ ~~gone~~",
    "https://bad.example www.bad.example me@bad.example",
    "&lt;b&gt; _em_ log_loss lr=0.1",
    "two\nlines",
)


def test_markdown_shows_names_as_they_are() -> None:
    """As a reader of Markdown does it."""
    markdown = pytest.importorskip("markdown_it").MarkdownIt("gfm-like", {"linkify": False, "html": True})
    found = markdown.render(tables.markdown({"name": list(NAMES), "rows": [1] * len(NAMES)}))
    for tag in ("<img", "<a ", "<b>", "<em>", "<strong>", "<code>", "<s>"):
        assert tag not in found
    cells = [line.removeprefix("<td>").removesuffix("</td>") for line in found.splitlines() if line.startswith("<td>")]
    import html

    assert [html.unescape(cell) for cell in cells] == [name.replace("\n", "\\n") for name in NAMES]


def test_addresses_in_names_are_no_links() -> None:
    assert tables.escaped(NAMES[3]) == r"https\://bad.example www\.bad.example me&#64;bad.example"
    assert tables.escaped("log_loss of lr=0.1 at 10:30") == "log_loss of lr=0.1 at 10:30"


def test_no_cell_of_csv_is_calculated() -> None:
    texts = ["=1+2", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\x1b[31mred"]
    plain = ["-1", "+1.5e3", "-inf", "+", "-", "<=50K", "a=b", "é"]
    given = {"=name": [*texts, *plain], "value": list(range(len(texts) + len(plain)))}
    rows = list(csv.reader(io.StringIO(tables.csv_text(given))))
    assert rows[0] == ["'=name", "value"]
    assert [row[0] for row in rows[1:]] == [
        "'=1+2",
        "'@SUM(A1)",
        "'+cmd|' /C calc'!A0",
        "'-2+3",
        "'\\t=1",
        "\\x1b[31mred",
        *plain,
    ]
    assert tables.csv_text({"x": [-0.1, 1e-7, -3]}) == "x\n-0.1\n1e-07\n-3\n"


def test_a_report_obeys_no_name() -> None:
    import numpy as np

    target = np.array([0, 1, 1])
    found = as_text(report(np.array([-1.0, 1.0, -1.0]), target, 0.5), ("a", "\x1b]0;b\x07"))
    assert found == as_text(report(np.array([-1.0, 1.0, -1.0]), target, 0.5), ("a", "\\x1b]0;b\\x07"))
