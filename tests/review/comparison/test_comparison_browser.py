"""The page in a real browser: nothing goes wrong, keys reach what a mouse does, and it is fit for dark and light."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import CHROMIUM, DRIVER, FLAGS
from recorded_runs import COUNTS, gathered, run

from logodds.review.comparison.confusions import ConfusionMatrix
from logodds.review.comparison.page import html
from logodds.review.comparison.shown import Page
from logodds.runs import differences
from logodds.runs.ranking import rank
from logodds.tracking.mlflow.ui import Ui

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs Chromium and chromedriver (Debian: apt-get install chromium-driver)"
)

HOSTILE = "<script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>"
RUNS = [
    run(
        HOSTILE if k == 3 else f"run {k}",
        {"best/log_loss": abs(k - 60) / 100, **COUNTS},
        {"optim.lr": f"0.{k + 100}", "model.name": "mlp" if k % 2 else "logistic"},
    )
    for k in range(120)
]
RUNS[5] = run("run 5", {"best/log_loss": 0.551, **COUNTS}, {"optim.momentum": "0.9"})


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    given = gathered(RUNS)
    path = tmp_path_factory.mktemp("page") / "page.html"
    matrix = ConfusionMatrix(("no", "yes"), ((50, 4), (6, 40)))
    path.write_text(html(Page(given, rank(given.runs), {0: matrix, 1: matrix}, Ui("http://127.0.0.1:5000"))))
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        driver.get(path.as_uri())
        yield driver
    finally:
        driver.quit()


def test_nothing_is_run_or_loaded_but_the_page(browser: Any) -> None:
    assert browser.get_log("browser") == []
    assert browser.execute_script("return window.hurt") is None
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map(each => each.name)")
    assert [each for each in loaded if not each.startswith("data:")] == []


def places(browser: Any) -> list[str]:
    found: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('#ranking tbody tr')].map(row => row.cells[0].textContent)"
    )
    return found


def test_a_key_sorts_the_ranking_by_a_column(browser: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    assert places(browser) == [str(place) for place in range(1, 121)]
    find = (
        "return [...document.querySelectorAll('#ranking thead button')].find(each => each.textContent == arguments[0])"
    )
    button = browser.execute_script(find, "lr")
    head = button.find_element("xpath", "..")
    button.send_keys(Keys.ENTER)
    assert head.get_attribute("aria-sort") == "ascending"
    ranking = rank(RUNS).runs
    rates = {each.rank: float(each.run.params["optim.lr"]) for each in ranking}
    assert [rates[place] for place in places(browser)] == sorted(rates.values())
    button.send_keys(Keys.ENTER)
    assert head.get_attribute("aria-sort") == "descending"
    assert [rates[place] for place in places(browser)] == sorted(rates.values(), reverse=True)
    assert browser.execute_script("return [...document.querySelectorAll('tbody')].map(each => each.rows.length)") == [
        100,
        20,
    ]
    browser.execute_script(find, "#").send_keys(Keys.ENTER)
    assert head.get_attribute("aria-sort") is None
    assert places(browser) == [str(place) for place in range(1, 121)]


def test_the_rest_of_the_rows_is_shown_when_asked_for(browser: Any) -> None:
    visible = "return [...document.querySelectorAll('#ranking tbody tr')].filter(row => row.offsetParent).length"
    assert browser.execute_script(visible) == 100
    browser.find_element("id", "all").click()
    assert browser.execute_script(visible) == 120


def test_the_focused_run_is_marked_in_every_chart(browser: Any) -> None:
    browser.execute_script("document.querySelector('#ranking tr[data-run=\"7\"] a').focus()")
    marked = browser.execute_script("return [...document.querySelectorAll('.on')].map(each => each.dataset.run)")
    assert set(marked) == {"7"}
    assert len(marked) == len(browser.find_elements("css selector", '[data-run="7"]')) > 5
    assert browser.find_element("id", "shown").text == f"8: {rank(RUNS).runs[7].run.name}"
    last = """return [...document.querySelectorAll('figure g[data-run="7"]')].every(
      (each) => each === each.parentNode.lastElementChild)"""
    assert browser.execute_script(last)


@pytest.mark.parametrize("pair", [(0, 1), (3, 118), (5, 6), (119, 5), (40, 40)])
def test_two_runs_differ_in_the_words_of_python(browser: Any, pair: tuple[int, int]) -> None:
    choose = """
    for (const [id, value] of [["one", arguments[0]], ["other", arguments[1]]]) {
      document.getElementById(id).value = value;
      document.getElementById(id).dispatchEvent(new Event("change"));
    }
    return document.getElementById("difference").textContent"""
    words = differences.in_words([each.run.params for each in rank(RUNS).runs])
    assert browser.execute_script(choose, *pair) == differences.between(words[pair[0]], words[pair[1]])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_stand_out_from_the_ground(browser: Any, scheme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    ask = """
    const of = (element, name) => getComputedStyle(element)[name].match(/[0-9.]+/g).slice(0, 3).map(Number);
    const find = (selector) => document.querySelector(selector);
    return [of(document.body, "backgroundColor"), ["p.quiet", "h1", "#ranking td", "a", "svg text", "figcaption"].map(
      (each) => of(find(each), each.startsWith("svg") ? "fill" : "color"))]"""
    ground, letters = browser.execute_script(ask)
    assert (ground == [255, 255, 255]) == (scheme == "light")
    for colour in letters:
        assert contrast(colour, ground) >= 4.5  # WCAG 2, level AA
    folder = os.environ.get("LOGODDS_SCREENSHOTS")
    if folder:
        browser.save_screenshot(str(Path(folder) / f"compare-{scheme}.png"))


def contrast(one: list[float], other: list[float]) -> float:
    """The ratio of WCAG 2 from 1 to 21."""

    def luminance(colour: list[float]) -> float:
        parts = [part / 255 for part in colour]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("rates", [("0.1", "0.2", "0.3"), ("0.1",)])
def test_configurations_are_held_beside_each_other_where_seeds_are_repeats(
    browser: Any, tmp_path: Path, rates: tuple[str, ...]
) -> None:
    runs = [
        run(f"{lr} {seed}", {"best/log_loss": float(lr)}, {"optim.lr": lr, "train.seed": seed})
        for lr in rates
        for seed in "012"
    ]
    given = gathered(runs)
    (tmp_path / "page.html").write_text(html(Page(given, rank(given.runs), {}, Ui("http://127.0.0.1:5000"))))
    browser.get((tmp_path / "page.html").as_uri())
    assert browser.get_log("browser") == []
    options = browser.execute_script("return [...document.querySelectorAll('#one option')].map((each) => each.text)")
    told = browser.execute_script("return document.getElementById('difference')?.textContent")
    several = len(rates) > 1
    assert options == ([f"{place}: lr {lr}" for place, lr in enumerate(rates, start=1)] if several else [])
    assert told == ("lr 0.1 instead of 0.2" if several else None)
