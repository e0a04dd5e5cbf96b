"""Which columns are left where there is no room for all."""

from __future__ import annotations

from logodds import listing
from logodds.listing import Column


def test_what_tells_the_most_rows_apart_comes_first() -> None:
    same = Column("same", ["x", "x", "x", "x"])
    pair = Column("pair", ["a", "a", "b", "b"])
    other = Column("other", ["c", "d", "c", "d"])
    three = Column("three", ["1", "2", "3", "3"])
    # With `three`, `other` tells the last two apart and `pair` does not.
    assert listing.telling([same, pair, other, three]) == [three, other, same, pair]
    assert listing.telling([pair, other]) == [pair, other]
    assert listing.telling([]) == []


def test_columns_stay_in_their_order_and_those_without_room_are_named() -> None:
    columns = [Column("#", ["1", "2"]), Column("pair", ["a", "a"]), Column("other", ["c", "d"])]
    important = [columns[0], *listing.telling(columns[1:])]
    room = sum(each.width() for each in (columns[0], columns[2])) + listing.SHORT
    shown, left_out = listing.fitting(columns, important, "run id", ["0" * 32, "1" * 32], room)
    assert [each.head for each in shown] == ["#", "other", "run id"]
    assert shown[-1].cells == ["00000000", "11111111"]
    assert left_out == ["pair"]


def test_what_is_not_shown_is_told() -> None:
    assert listing.missing(0, "run", []) == listing.missing(-3, "run", []) == ""
    assert listing.missing(1, "run", ["a"]) == "1 run more; column a"
    assert listing.missing(2, "run", ["a", "b"]) == "2 runs more; columns a, b"
