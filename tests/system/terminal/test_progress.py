"""Progress: silence, lines where there is no terminal, a bar where there is one."""

from __future__ import annotations

import io
import re
import sys

import pytest

from logodds.system.terminal import progress
from logodds.system.terminal.progress import Progress


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def counted(total: int | None, unit: str, step: int = 1, label: str = "reading [x]") -> None:
    with Progress(label, total, unit) as shown:
        for done in range(1, 4):
            shown.show(done * step, "train/loss 0.1429" if unit == "epoch" else "")


def test_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    counted(3, "text")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("total", "unit", "last"),
    [
        (3, "text", "3/3 texts"),
        (None, "picture", "3 pictures"),
        (3_000_000, "byte", "3.0/3.0 MB"),
        (None, "byte", "3.0 MB"),
        (3, "epoch", "3/3 epochs  train/loss 0.1429"),
    ],
)
def test_lines_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], total: int | None, unit: str, last: str
) -> None:
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.0)
    counted(total, unit, 1_000_000 if unit == "byte" else 1)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 3
    assert captured.err.splitlines()[-1] == f"reading [x]: {last}"


def test_lines_on_a_terminal_that_others_write_to(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.0)
    with Progress("sweep", 2, "group", lines=True) as shown:
        shown.show(1)
        shown.show(2)
    assert stream.getvalue() == "sweep: 1/2 groups\nsweep: 2/2 groups\n"


@pytest.mark.parametrize(("total", "told"), [(1, "1/1 epoch"), (None, "1 epoch")])
def test_one_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], total: int | None, told: str
) -> None:
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    with Progress("lr=0.1", total, "epoch") as shown:
        shown.show(1)
    assert capsys.readouterr().err == f"lr=0.1: {told}\n"


@pytest.mark.parametrize("label", ["lr=0.1", "drop=[x1]", "classes=[no,/yes]"])
def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    counted(3, "epoch", label=label)
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()).splitlines()
    (last,) = [line for line in drawn if "3/3" in line][-1:]
    assert last.split() == [label, "━" * 20, "0:00:00", "3/3", "epochs", "train/loss", "0.1429"]
