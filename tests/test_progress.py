"""Progress: lines where there is no terminal, a bar where there is one."""

from __future__ import annotations

import io
import re
import sys

import pytest

from logodds import progress
from logodds.progress import Progress


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def followed(epochs: int, label: str = "lr=0.1") -> None:
    with Progress(epochs, label) as shown:
        for epoch in range(1, epochs + 1):
            shown.show(epoch, {"train/loss": 1 / epoch, "val/f1": 0.5})


def test_lines_without_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.0)
    followed(3)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "lr=0.1: epoch 1/3  train/loss 1.0000  val/f1 0.5000",
        "lr=0.1: epoch 2/3  train/loss 0.5000  val/f1 0.5000",
        "lr=0.1: epoch 3/3  train/loss 0.3333  val/f1 0.5000",
    ]


def test_a_short_training_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    followed(3)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("label", ["lr=0.1", "drop=[x1]", "classes=[no,/yes]"])
def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    followed(7, label)
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()).splitlines()
    (last,) = [line for line in drawn if "7/7" in line and "0.1429" in line][-1:]
    assert last.split() == [label, "━" * 20, "7/7", "0:00:00", "train/loss", "0.1429", "val/f1", "0.5000"]
