"""What rows are sorted by: numbers and dates as such, texts only with a note."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from split_tables import options as split_options
from table_files import options, written

from logodds.data.cells import USUAL, Cells
from logodds.data.order import by_column
from logodds.data.splitter import notes, split
from logodds.system.errors import UserError

CELLS = Cells((), comma=False, stated=False)
BEGIN = "split.method=ordered sorts the rows by column 't' as"


def found(words: list[str], cells: Cells = CELLS) -> tuple[list[str], str | None]:
    """Return the words sorted, and the note."""
    order = by_column("t", pa.chunked_array([words]), cells)
    ranks = pc.rank(order.keys.combine_chunks(), tiebreaker="first").to_numpy()
    return [words[index] for index in np.argsort(ranks)], order.note


def refusal(words: list[str]) -> str:
    with pytest.raises(UserError) as caught:
        found(words)
    return str(caught.value)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["7", "10", "100"], "numbers"),
        (["007", "10"], "numbers"),
        (["2024-01-31", "2024-12-01 04:05"], "dates"),
        (["8.8.23", "5.1.24", "31.12.24", "01.02.25"], "dates with the day first, as '8.8.23'"),
        (["30-12-99", "31-01-02"], "dates with the day first, as '30-12-99'"),
        (["12-30-99", "01-31-02"], "dates with the month first, as '12-30-99'"),
        (["99-12-30", "02-01-31"], "dates with the year first, as '99-12-30'"),
        (["13/02/2024", "02/03/2024"], "dates with the day first, as '13/02/2024'"),
        (["01-Feb-24", "01-Jan-25"], "dates with the day first, as '01-Feb-24'"),
        (["9/2023", "10/2023"], "dates with the month first, as '9/2023'"),
        (["2023-9", "2023-10"], "dates with the year first, as '2023-9'"),
        (["Feb 2023", "April 2023"], None),
        (["Feb 2023", "Apr 2023"], "dates with the month first, as 'Feb 2023'"),
        (["May 23", "Apr 24"], "dates with the month first, as 'May 23'"),
    ],
)
def test_words_are_sorted_as_numbers_or_dates(words: list[str], told: str | None) -> None:
    if told is None:
        assert refusal(words) == (
            "split.column=t: 'Feb 2023' (row 1) is in no calendar, or of another form than the others; "
            "write dates as 2024-12-31"
        )
    else:
        assert found(words)[0] == found(words[::-1])[0] == words
        assert found(words)[1] == f"{BEGIN} {told}"


def test_numbers_are_read_as_the_file_writes_them() -> None:
    assert found(["10,5", "9,25"], Cells((), comma=True, stated=False))[0] == ["9,25", "10,5"]
    assert Cells((), comma=False, stated=False).notation == USUAL


@pytest.mark.parametrize("words", [["high", "low", "middle"], ["2024-Q1", "2024-Q2"], ["a1f", "b22"], ["v1", "v10"]])
def test_other_words_are_sorted_as_texts(words: list[str]) -> None:
    assert found(words[::-1]) == (
        words,
        f"{BEGIN} texts, from {words[0]!r} to {words[-1]!r}; if this is not their order, "
        "write numbers, or dates as 2024-12-31",
    )


def test_columns_of_numbers_and_dates_are_sorted_as_they_are() -> None:
    numbers = pa.chunked_array([[10.0, 9.0]])
    order = by_column("t", numbers, CELLS)
    assert order.keys is numbers
    assert order.note is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["01/02/2024", "03/04/2024"], "'01/02/2024' is 2024-02-01 or 2024-01-02, which no row shows"),
        (["02/02/2024", "01/02/2024"], "'01/02/2024' is 2024-02-01 or 2024-01-02, which no row shows"),
        (["01-02-03", "04-05-06"], "'01-02-03' is 2003-02-01 or 2003-01-02 or 2001-02-03, which no row shows"),
        (["01/02/2024", "2024-01-05"], "'01/02/2024' (row 1) and '2024-01-05' (row 2) are not dates of one form"),
        (["soon", "01/02/2024"], "'01/02/2024' (row 2) and 'soon' (row 1) are not dates of one form"),
        (["1.4.24", "31.04.24"], "'31.04.24' (row 2) is in no calendar, or of another form than the others"),
    ],
)
def test_dates_of_several_readings_or_forms_are_refused(words: list[str], told: str) -> None:
    assert refusal(words) == f"split.column=t: {told}; write dates as 2024-12-31"


@pytest.mark.parametrize(
    ("words", "one", "other"),
    [
        (["week 9", "week 10"], "week 10", "week 9"),
        (["9 km", "10 km"], "10 km", "9 km"),
        (["9:05", "10:05"], "10:05", "9:05"),
        (["1", "2", "10", "A"], "10", "2"),
    ],
)
def test_texts_that_their_numbers_would_sort_otherwise_are_refused(words: list[str], one: str, other: str) -> None:
    assert refusal(words) == (
        f"split.column=t: as texts {one!r} is before {other!r}, by the numbers in them behind it; "
        "write numbers, or dates as 2024-12-31"
    )


def test_a_split_is_in_the_order_of_dates_and_tells_it(tmp_path: Path) -> None:
    days = ["31.12.24", "9.1.24", "1.3.24", "10.2.24", "10.12.24", "10.1.24", "31.1.24", "9.12.24"]
    path = written(
        tmp_path, "t;x;y\n" + "".join(f"{day};{row}.5;{int(row in (0, 1, 2, 5))}\n" for row, day in enumerate(days))
    )
    table, chosen = options(path).read("t"), split_options("ordered", 0.25, 0.25, column="t")
    parts = split(table, chosen)
    assert [days[row] for row in (*parts.train, *parts.val, *parts.test)] == [
        *("9.1.24", "10.1.24", "31.1.24", "10.2.24"),
        *("1.3.24", "9.12.24", "10.12.24", "31.12.24"),
    ]
    assert notes(table, chosen) == [f"{BEGIN} dates with the day first, as '31.12.24'"]
    assert notes(table, split_options("random", 0.25, 0.25)) == []
