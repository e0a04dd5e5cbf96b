"""Which columns are left where there is no room for all."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from logodds.system.terminal import run_list
from logodds.system.terminal.run_list import TableColumn


def test_what_tells_the_most_rows_apart_comes_first() -> None:
    same = TableColumn("same", ["x", "x", "x", "x"])
    pair = TableColumn("pair", ["a", "a", "b", "b"])
    other = TableColumn("other", ["c", "d", "c", "d"])
    three = TableColumn("three", ["1", "2", "3", "3"])
    # With `three`, `other` tells the last two apart and `pair` does not.
    assert run_list.telling([same, pair, other, three]) == [three, other, same, pair]
    assert run_list.telling([pair, other]) == [pair, other]
    assert run_list.telling([]) == []


def test_columns_stay_in_their_order_and_those_without_room_are_named() -> None:
    columns = [TableColumn("#", ["1", "2"]), TableColumn("pair", ["a", "a"]), TableColumn("other", ["c", "d"])]
    important = [columns[0], *run_list.telling(columns[1:])]
    room = sum(each.width() for each in (columns[0], columns[2])) + run_list.SHORT
    shown, left_out = run_list.fitting(columns, important, "run id", ["0" * 32, "1" * 32], room)
    assert [each.head for each in shown] == ["#", "other", "run id"]
    assert shown[-1].cells == ["00000000", "11111111"]
    assert left_out == ["pair"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("file", "title"),
    [(Terminal(), ["a_problem_of_" + "x" * 20 + ": sweep", "  1234, best first"]), (io.StringIO(), None)],
    ids=["terminal", "pipe"],
)
def test_a_title_is_broken_between_words(
    file: io.StringIO, title: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "dumb")
    given = f"a_problem_of_{'x' * 20}: sweep 1234, best first"
    run_list.show(Console(file=file), given, [TableColumn("#", ["1"])])
    lines = file.getvalue().splitlines()
    assert lines[: len(title or [given])] == (title or [given])


def test_what_is_not_shown_is_told() -> None:
    assert run_list.missing(0, "run", []) == run_list.missing(-3, "run", []) == ""
    assert run_list.missing(1, "run", ["a"]) == "1 run more; column a"
    assert run_list.missing(2, "run", ["a", "b"]) == "2 runs more; columns a, b"
