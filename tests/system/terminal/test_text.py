"""Names where there is little room."""

from __future__ import annotations

import io

import pytest

from logodds.system.terminal.text import figure, in_lines, masked, printable, shortened


@pytest.mark.parametrize(
    ("name", "width", "expected"),
    [
        ("versicolor", 10, "versicolor"),
        ("versicolor", 9, "versic…or"),
        ("species number 12", 16, "species nu…er 12"),
        ("two\n lines\t", 20, "two lines"),
        ("", 5, ""),
        ("abc", 1, "…"),
        ("\x1b[31mred", 20, "\\x1b[31mred"),
    ],
)
def test_shortened(name: str, width: int, expected: str) -> None:
    assert shortened(name, width) == expected
    assert len(shortened(name, width)) <= width


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain é 标 🎉", "plain é 标 🎉"),
        ("a\xa0b\u200d", "a\xa0b\u200d"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("two\nlines\r\t", "two\\nlines\\r\\t"),
        ("\x9b1m\u2028\ud800", "\\x9b1m\\u2028\\ud800"),
        ("a\u202eb\u2066", "a\\u202eb\\u2066"),
    ],
)
def test_printable(text: str, expected: str) -> None:
    assert printable(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.43954, "0.4395"), (-12.0, "-12.0000"), (999999.0, "999999.0000"), (1.8e29, "1.8e+29"), (float("nan"), "nan")],
)
def test_figure(value: float, expected: str) -> None:
    assert figure(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://me:secret@host:5000/x", "http://***@host:5000/x"),
        (
            "no answer from https://token@host, postgresql://a:b@c/d",
            "no answer from https://***@host, postgresql://***@c/d",
        ),
        ("http://me:p@ss@host", "http://***@host"),
        ("http://host/a@b", "http://host/a@b"),
        ("sqlite:////home/me@work/x.db", "sqlite:////home/me@work/x.db"),
        ("mail a@b.org", "mail a@b.org"),
    ],
)
def test_no_password_is_shown(text: str, expected: str) -> None:
    assert masked(text) == expected


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_is_broken_between_words_and_not_within_what_is_to_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    text = "note: column 'an id' is left out; keep it with 'problem.kinds={an id: number}' or not, self-evidently"
    assert in_lines(text, Terminal()).splitlines() == [
        "note: column 'an id' is left out; keep",
        "  it with",
        "  'problem.kinds={an id: number}' or",
        "  not, self-evidently",
    ]
    long = f"error: /{'x' * 60}: no such file"
    assert in_lines(long, Terminal()).splitlines() == ["error:", f"  /{'x' * 60}:", "  no such file"]
    assert in_lines(text, io.StringIO()) == text
