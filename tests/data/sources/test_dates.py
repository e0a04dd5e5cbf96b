"""Dates in other forms than ISO."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from table_files import options, read, refusal, written

from logodds.data.sources.readers.dates import compact


def column(words: list[str]) -> str:
    return "x;y\n" + "".join(f"{word};{row % 2}\n" for row, word in enumerate(words))


@pytest.mark.parametrize(
    ("words", "form", "order"),
    [
        (["01/03/2023", "13/03/2023"], "%d/%m/%Y", "day"),
        (["01/03/2023", "03/13/2023"], "%m/%d/%Y", "month"),
        (["1.3.2023", "", "13.3.2023"], "%d.%m.%Y", "day"),
        (["01.03.2023", "02.03.2023"], "%d.%m.%Y", "day"),
        (["01-03-2023 04:05", "13-03-2023 14:05"], "%d-%m-%Y %H:%M", "day"),
        (["1/3/23 4:05 PM", "3/13/23 12:05 AM"], "%m/%d/%y %I:%M %p", "month"),
        (["1/3/2023 4:05:06.5", "3/13/2023 4:05:06.25"], "%m/%d/%Y %H:%M:%S.%f", "month"),
        (["2023/03/01", "2023/03/13"], "%Y/%m/%d", "year"),
        (["15-Feb-20", "1-Mar-21"], "%d-%b-%y", "day"),
        (["01-Mar-2023", "13-Apr-2023"], "%d-%b-%Y", "day"),
        (["1 May 2023", "13 March 2023"], "%d %B %Y", "day"),
        (["May 1, 2023", "March 13, 2023"], "%B %d, %Y", "month"),
        (["03/03/2023", "04/04/2023"], "%d/%m/%Y", "day"),
    ],
)
@pytest.mark.parametrize("kinds", [None, {"x": "date"}])
def test_dates_in_an_order_that_the_rows_show_are_dates(
    tmp_path: Path, words: list[str], form: str, order: str, kinds: dict[str, str] | None
) -> None:
    table = read(written(tmp_path, column(words)), kinds=kinds)
    expected = pd.to_datetime(pd.Series(words), format=form)
    assert table.columns.column("x").to_pylist() == [None if pd.isna(each) else each for each in expected]
    assert f"column 'x' is read as dates with the {order} first, as {words[0]!r}" in table.notes


@pytest.mark.parametrize("time", ["", " 04:05"])
def test_dates_with_points_and_two_digits_each_are_dates_unless_they_are_codes(tmp_path: Path, time: str) -> None:
    words = [f"14.04.22{time}", "", f"01.12.21{time}"]
    path = written(tmp_path, column(words))
    table = read(path)
    expected = pd.to_datetime(pd.Series(words), format=f"%d.%m.%y{time and ' %H:%M'}")
    assert table.columns.column("x").to_pylist() == [None if pd.isna(each) else each for each in expected]
    note = f"column 'x' is read as dates with the day first, as {words[0]!r}; where it is a code, "
    assert f"{note}set 'problem.kinds={{x: category}}'" in table.notes
    assert read(path, kinds={"x": "category"}).columns.column("x").to_pylist() == [words[0], None, words[2]]


def test_dates_in_an_order_that_no_row_shows_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "x,z,y\n,1,0\n01/03/2023,1,0\n02/03/2023,2,1\n")
    table = read(path)
    assert table.columns.column_names == ["z"]
    assert (
        "column 'x' has the day or the month first, as '01/03/2023', which no row shows: left out; "
        "keep it with 'problem.kinds={x: category}'"
    ) in table.notes
    splitting = options(path).read("x").columns.column("x")
    assert splitting.to_pylist() == [None, "01/03/2023", "02/03/2023"]  # words make groups; an order needs more


def test_dates_in_an_order_that_no_row_shows_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, column(["01/03/2023", "02/03/2023"]))
    assert refusal(path, kinds={"x": "date"}) == (
        "FILE: column 'x' row 1 is '01/03/2023', with the day or the month first, which no row shows; "
        "write dates as 2024-12-31, or set 'problem.kinds={x: category}'"
    )
    assert read(path, kinds={"x": "category"}).columns.column("x").to_pylist() == ["01/03/2023", "02/03/2023"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["2023-01-02", "tbd", "2023-01-03", "tbd", "2023-01-05"], "row 2 is 'tbd' among dates (2 such rows)"),
        (["1/2/2023", "x", "1/3/2023"], "row 2 is 'x' among dates (1 such row)"),
        (["01/02/2023", "31/02/2023"], "row 2 is '31/02/2023', no date as '01/02/2023' and others are"),
        (["13/01/2023", "01/13/2023", "14/1/2023"], "row 2 is '01/13/2023', no date as '13/01/2023' and others are"),
        (["3.1.2023", "2023-01-02", "2023-01-03"], "row 1 is '3.1.2023', no date as '2023-01-02' and others are"),
        (["1/2/2023", "13/1/2023 10:00"], "row 2 is '13/1/2023 10:00', no date as '1/2/2023' and others are"),
        (["2021-02-30", "2021-02-31"], "row 1 is '2021-02-30', no date of the calendar"),
    ],
)
def test_mistakes_among_dates_are_told(tmp_path: Path, words: list[str], told: str) -> None:
    path = written(tmp_path, column(words))
    text = refusal(path)
    alike = "" if "among" in told else ", all of them alike"
    assert text.startswith(f"FILE: column 'x' {told}; write dates as 2024-12-31{alike}, or set 'problem.kinds=")
    assert read(path, kinds={"x": "category"}).columns.column("x").to_pylist() == words


@pytest.mark.parametrize(
    "words",
    [
        ["1.10.23", "1.11.23"],
        ["1/2", "3/4"],
        ["13-1", "14-2"],
        ["101/1/2023", "1/1/2023"],
        ["01.13.24", "84.71.30"],
        ["10-ABC-20"] * 2 + ["1-DEF-21"],
    ],
)
def test_what_only_resembles_dates_is_a_category(tmp_path: Path, words: list[str]) -> None:
    assert read(written(tmp_path, column(words))).columns.column("x").to_pylist() == words


def test_numbers_that_read_as_dates_are_told(tmp_path: Path) -> None:
    note = "column 'x' is read as numbers; where they are dates, write them as 2024-12-31"
    assert note in read(written(tmp_path, column(["20230301", "", "20231231"]))).notes
    assert note in read(written(tmp_path, column(["", "20230301", "20231231"]))).notes
    assert note not in read(written(tmp_path, column(["20230301", "20231301"]))).notes


def test_dates_of_a_file_that_no_timestamp_holds_are_told(tmp_path: Path) -> None:
    times = {"fine": pa.array([1, 1_001], pa.timestamp("ns")), "far": pa.array([0, 2**61], pa.timestamp("s"))}
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"x": times["fine"], "y": [0, 1]}), path)
    assert read(path).columns.column("x").to_pylist() == [
        datetime.datetime(1970, 1, 1),
        datetime.datetime(1970, 1, 1, microsecond=1),
    ]
    with pa.ipc.new_file(str(path), pa.schema({"x": pa.timestamp("s"), "y": pa.int64()})) as file:
        file.write_table(pa.table({"x": times["far"], "y": [0, 1]}))
    assert refusal(path) == (
        "FILE: column 'x' holds a date outside of the years that microseconds count; correct it or leave it empty"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["2024-03-01T12:00:00+02:00", "2024-03-01T12:00:00-03:00"], "'2024-03-01T12:00:00+02:00' is 2024-03-01 10:00"),
        (["2024-03-01 12:00:00Z", "2024-03-01 01:00:00.5+0530"], "'2024-03-01 01:00:00.5+0530' is 2024-02-29 19:30"),
        (["2024-03-01 12:00:00+02", "2024-03-02 12:00:00+02"], "'2024-03-01 12:00:00+02' is 2024-03-01 10:00"),
        (["2024-03-01T12:00:00Z", "2024-03-02T12:00:00+00:00"], None),
        (["2024-03-01 12:00:00+00", "2024-03-02 12:00:00+00"], None),
        (["2024-03-01", "2024-03-02"], None),
    ],
)
def test_times_of_other_zones_are_read_as_those_of_utc_and_told(
    tmp_path: Path, words: list[str], told: str | None
) -> None:
    table = read(written(tmp_path, column(words * 2)))
    expected = pd.to_datetime(pd.Series(words * 2), utc=True, format="ISO8601").dt.tz_localize(None)
    assert table.columns.column("x").to_pylist() == expected.dt.to_pydatetime().tolist()
    notes = [note for note in table.notes if "UTC" in note]
    assert notes == ([f"column 'x' is read as times of UTC: {told}"] if told else [])


@pytest.mark.parametrize(("zone", "told"), [("Europe/Berlin", True), ("+02:00", True), ("UTC", False), (None, False)])
def test_timestamps_of_another_zone_are_told(tmp_path: Path, zone: str | None, told: bool) -> None:
    times = [datetime.datetime(2024, 7, day, 10) for day in (1, 2)] * 2
    column = pa.array(times, pa.timestamp("us", zone))
    pq.write_table(pa.table({"x": column, "y": [0, 1, 0, 1]}), tmp_path / "t.parquet")
    table = read(tmp_path / "t.parquet")
    assert table.columns.column("x").to_pylist() == times
    notes = [note for note in table.notes if "UTC" in note]
    begin, end = "column 'x' is read as times of UTC: 2024-07-01 12:00:00", " is 2024-07-01 10:00"
    assert [(note.startswith(begin), note.endswith(end)) for note in notes] == [(True, True)] * told


def test_times_with_and_without_a_zone_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, column(["2024-03-01T12:00:00Z", "2024-03-02T12:00:00Z", "2024-03-03T12:00:00"]))
    assert refusal(path) == (
        "FILE: column 'x' row 3 is '2024-03-03T12:00:00', no date as '2024-03-01T12:00:00Z' and others are; "
        "write dates as 2024-12-31, all of them alike, or set 'problem.kinds={x: category}'"
    )


@pytest.mark.parametrize("words", [["1:05 PM", "11:10 am"], ["1:05PM", "11:10:30 a.m."], ["13:05", "1:10"]])
def test_times_of_day_are_left_out(tmp_path: Path, words: list[str]) -> None:
    text = "x;z;y\n" + "".join(f"{words[row % 2]};{row * row}.5;{row % 2}\n" for row in range(8))
    table = read(written(tmp_path, text))
    assert table.columns.column_names == ["z"]
    assert any("column 'x' holds times of day" in note for note in table.notes)


def test_years_of_two_digits_that_may_be_of_the_last_century_are_told(tmp_path: Path) -> None:
    told = "years from 00 to 68 are read as 2000 to 2068, the last is 2050-12-31: write all four digits where not"
    assert any(told in note for note in read(written(tmp_path, column(["31/12/50", "31/12/75"]))).notes)
    assert not any("four digits" in note for note in read(written(tmp_path, column(["31/12/39", "31/12/75"]))).notes)
    assert not any("four digits" in note for note in read(written(tmp_path, column(["31/12/2050", "1/1/1975"]))).notes)


def test_months_in_digits_are_told() -> None:
    assert compact(np.array([202411.0, 202412.0, 202501.0, 202502.0, np.nan]))
    assert not compact(np.array([202411.0, 202412.0, 202501.0, 202500.0]))
    assert not compact(np.array([202411.0, 202412.0, 202501.0] * 2))
