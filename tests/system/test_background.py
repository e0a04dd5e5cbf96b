"""Tests in the background, where the shell has Ctrl-C and the end of the terminal ignored: ``nohup make test &``."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, environment
from processes import Started

pytestmark = pytest.mark.long

WAITS = "import pathlib, signal; pathlib.Path('waits').touch(); signal.pause()"
NUMBERS = [signal.SIGINT, signal.SIGHUP, signal.SIGTERM]


def ignoring() -> None:
    for number in NUMBERS:
        signal.signal(number, signal.SIG_IGN)


@pytest.mark.slow
def test_those_that_interrupt_a_process_end_in_the_background_too() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"{__file__}", "-k", "takes_signals"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, preexec_fn=ignoring)
    assert "6 passed" in done.stdout, done.stdout + done.stderr


def waited(folder: Path) -> None:
    """Until the process that runs there says that it waits."""
    while not (folder / "waits").exists():
        time.sleep(0.01)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)
def test_a_new_interpreter_takes_signals(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITS], cwd=tmp_path, stderr=subprocess.DEVNULL) as started:
        waited(tmp_path)
        started.send_signal(number)
        assert started.wait() == -number


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)
def test_a_process_of_the_fork_server_takes_signals(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "waits.py").write_text(WAITS)
    started = Started(tmp_path, ["waits.py"], environment(tmp_path))
    waited(tmp_path)
    started.send_signal(number)
    assert started.wait() == -number
