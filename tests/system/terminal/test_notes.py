"""Notes on the terminal."""

from __future__ import annotations

import pytest

from logodds.system.terminal.notes import show_notes


def test_each_is_a_line_and_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    show_notes(["b", "column '\x1b[31ma\n'", "b"])
    assert capsys.readouterr() == ("", "note: b\nnote: column '\\x1b[31ma\\n'\n")
