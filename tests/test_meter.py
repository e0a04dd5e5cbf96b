"""The meter: silence, lines, a bar."""

from __future__ import annotations

import io
import re
import sys

import pytest

from logodds.sources import meter
from logodds.sources.meter import Meter


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def counted(total: int | None, unit: str, step: int = 1) -> None:
    with Meter("reading [x]", total, unit) as shown:
        for done in range(1, 4):
            shown.show(done * step)


def test_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    counted(3, "texts")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("total", "unit", "last"),
    [
        (3, "texts", "3/3 texts"),
        (None, "texts", "3 texts"),
        (3_000_000, "bytes", "3.0/3.0 MB"),
        (None, "bytes", "3.0 MB"),
    ],
)
def test_lines_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], total: int | None, unit: str, last: str
) -> None:
    monkeypatch.setattr(meter, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(meter, "PLAIN_SECONDS", 0.0)
    counted(total, unit, 1_000_000 if unit == "bytes" else 1)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 3
    assert captured.err.splitlines()[-1] == f"reading [x]: {last}"


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(meter, "QUIET_SECONDS", 0.0)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    counted(3, "pictures")
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()).splitlines()
    (last,) = [line for line in drawn if "3/3" in line][-1:]
    assert last.split()[:5] == ["reading", "[x]", "━" * 20, "3/3", "pictures"]
