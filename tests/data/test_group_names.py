"""Groups whose names look alike are told."""

from __future__ import annotations

import pytest
from split_tables import options, table

from logodds.data.splitter import notes


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        (["Bob", "bob", "Ann", "Eve"], "'Bob' and 'bob' of column 'g' are two groups"),
        (["Bob", "Bob ", "Ann", "Eve"], "'Bob' and 'Bob ' of column 'g' are two groups"),
        (["a b", "a\u00a0b", "Ann", "Eve"], "'a b' and 'a\\xa0b' of column 'g' are two groups"),
        (["Bob", "ann", "BOB", "Ann"], "'BOB' and 'Bob' of column 'g' are two groups"),
    ],
)
def test_groups_that_differ_in_case_or_spaces_are_told(groups: list[str], told: str) -> None:
    (note,) = notes(table([0, 1] * 2, g=groups), options("grouped", 0.25, 0.25, column="g"))
    assert note.startswith(f"split.method=grouped: {told}, whose rows may be in two parts")
    assert ("(and 1 more)" in note) == ("ann" in groups)
    assert note.endswith("; where they are one, write them alike")


@pytest.mark.parametrize("groups", [["a", "b", "c", "a"], [1.0, 2.0, 3.0, 1.0]])
def test_other_groups_are_not(groups: list[object]) -> None:
    assert notes(table([0, 1] * 2, g=groups), options("grouped", 0.25, 0.25, column="g")) == []
