"""The printed addresses in a real browser; LOGODDS_SCREENSHOTS=docs/images also renews README's pictures."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import CHROMIUM, DRIVER, FLAGS
from conftest import Reproduced, client, environment, run

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="needs Chromium and chromedriver (Debian: apt-get install chromium-driver)"
    ),
]

EPOCHS = 200
# One entry per chart card that is shown; plotly keeps what it drew in `data` of the plot's element.
CARDS = """
return [...document.querySelectorAll('[data-testid="experiment-view-compare-runs-card"]')].map(card => ({
  title: card.querySelector('h4') && card.querySelector('h4').innerText,
  bars: card.querySelectorAll('.barlayer .point').length,
  curves: [...card.querySelectorAll('.js-plotly-plot')].flatMap(plot => (plot.data || [])
    .filter(trace => trace.type == 'scatter').map(trace => [trace.name, trace.metricKey, (trace.x || []).length])),
}))"""
PICTURE = "return [...document.images].some(i => i.alt.includes('confusion_matrix.svg') && i.naturalWidth > 100)"


@pytest.fixture(scope="module")
def addresses(reproduced: Reproduced) -> dict[str, str]:
    """What the README's sweep prints: addresses by their label."""
    done = run(reproduced.clone, "src/train.py", "-m", "optim.lr=0.01,0.1")
    return dict(re.findall(r"^(charts|compare|best run): +(\S+)", done.stdout, re.MULTILINE))


@pytest.fixture(scope="module")
def server(reproduced: Reproduced, addresses: dict[str, str]) -> Iterator[str]:
    """MLflow's UI as `make ui` starts it, on a free port."""
    clone = reproduced.clone
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    store = f"sqlite:///{clone / 'mlruns' / 'mlflow.db'}"
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", store, "--workers", "1"]
    variables = environment(clone, MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false")
    with subprocess.Popen([*command, "--port", str(port)], cwd=clone, env=variables, start_new_session=True) as ui:
        try:
            _until(lambda: _healthy(base), "the UI to answer")
            yield base
        finally:
            os.killpg(ui.pid, 15)


@pytest.fixture(scope="module")
def browser(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        # MLflow's assistant opens itself over the page once per browser profile.
        driver.get(f"{server}/health")
        driver.execute_script("localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true')")
        yield driver
    finally:
        driver.quit()


def _healthy(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _until(ready: Callable[[], Any], what: str) -> Any:
    """Poll, as the page draws when it likes."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = ready()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited 60 s for {what}")


def _open(browser: Any, address: str, ready: Callable[[], Any], picture: str | None = None) -> Any:
    browser.get("about:blank")  # addresses differ only behind '#', which alone loads nothing
    browser.get(address)
    found = _until(ready, address)
    folder = os.environ.get("LOGODDS_SCREENSHOTS")
    if folder and picture:
        time.sleep(1.5)  # plotly fades in
        browser.save_screenshot(str(Path(folder) / f"{picture}.png"))
    return found


def test_charts_address_overlays_the_losses_of_both_runs(browser: Any, server: str, addresses: dict[str, str]) -> None:
    expected = {(run, loss, EPOCHS) for run in ("lr=0.01", "lr=0.1") for loss in ("train/loss", "val/loss")}

    def drawn() -> Any:
        cards = browser.execute_script(CARDS)
        curves = [card for card in cards if {tuple(curve) for curve in card["curves"]} == expected]
        return cards if curves and sum(card["bars"] for card in cards) >= 4 else None

    cards = _open(browser, _at(server, addresses["charts"]), drawn, "sweep-charts")
    drawn_first = ["train/loss vs val/loss", "Parallel Coordinates", "best/f1", "best/log_loss"]  # above the page's end
    assert [card["title"] for card in cards][:4] == drawn_first
    assert [card["bars"] for card in cards][:4] == [0, 0, 2, 2]


def test_compare_address_shows_both_runs(browser: Any, server: str, addresses: dict[str, str]) -> None:
    def text() -> str:
        return str(browser.execute_script("return document.body.innerText"))

    _open(
        browser,
        _at(server, addresses["compare"]),
        lambda: "Comparing 2 Runs from 1 Experiment" in text() and "lr=0.01" in text() and "lr=0.1" in text(),
    )


def test_best_run_shows_its_confusion_matrix(
    browser: Any, server: str, addresses: dict[str, str], reproduced: Reproduced
) -> None:
    (best,) = re.findall(r"/runs/([0-9a-f]{32})", addresses["best run"])
    figures = client(reproduced.clone).get_run(best).data.metrics

    def shown() -> bool:
        text = str(browser.execute_script("return document.body.innerText"))
        return "best/f1" in text and str(figures["best/f1"]) in text

    _open(browser, _at(server, addresses["best run"]), shown, "run")
    picture = _at(server, addresses["best run"]).replace(best, f"{best}/artifacts/val/confusion_matrix.svg")
    _open(browser, picture, lambda: browser.execute_script(PICTURE))


def _at(server: str, address: str) -> str:
    assert address.startswith("http://127.0.0.1:5000/")  # where `make ui` listens
    return server + address.removeprefix("http://127.0.0.1:5000")
