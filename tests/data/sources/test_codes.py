"""Codes that look like numbers, and numbers that hold more than a float."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from table_files import read, refusal, written


def column(words: list[str]) -> str:
    return "x,y\n" + "".join(f"{word},{row % 2}\n" for row, word in enumerate(words))


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["0123", "4567"], "'0123' has a leading zero, as codes have"),
        (["1004", "12E3"], "'12E3' has an E among its digits, as codes have"),
        (["1E1", "2E1", "10E1", "7"], "'10E1' has an E among its digits, as codes have"),
        (["12e3", "7"], "'12e3' has an E among its digits, as codes have"),
        (["+4915112345678", "+33612345678"], "'+4915112345678' has a leading +, as telephone numbers have"),
    ],
)
def test_codes_stay_as_they_are_written_and_are_told(tmp_path: Path, words: list[str], what: str) -> None:
    path = written(tmp_path, column(words))
    table = read(path)
    assert table.columns.column("x").to_pylist() == words
    assert f"column 'x' is a category: {what}" in table.notes
    assert read(path, kinds={"x": "number"}).columns.column("x").to_pylist() == [float(word) for word in words]


@pytest.mark.parametrize(
    "words",
    [
        ["1e3", "2E4"],
        ["1e5", "15e4"],
        ["1E1", "10E1", "0.5"],
        ["1E+1", "10E+1"],
        ["12E3", "1.5"],
        ["+12", "+5"],
        ["12E-3", "5"],
        ["0.5", "0"],
    ],
)
def test_numbers_as_programs_write_them_are_no_codes(tmp_path: Path, words: list[str]) -> None:
    table = read(written(tmp_path, column(words)))
    assert table.columns.column("x").to_pylist() == [float(word) for word in words]


def test_numbers_that_may_be_codes_with_an_exponent_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, column(["5", "1E2", "2E1"]))
    table = read(path)
    assert table.columns.column("x").to_pylist() == [5.0, 100.0, 20.0]
    told = "column 'x': '1E2' is read as 100; where it is a code, set 'problem.kinds={x: category}'"
    assert told in table.notes
    assert read(path, kinds={"x": "category"}).columns.column("x").to_pylist() == ["5", "1E2", "2E1"]


def test_codes_that_are_too_large_as_numbers_are_told_as_they_are_written(tmp_path: Path) -> None:
    path = written(tmp_path, column(["1E51", "1E50", "5"]))
    assert refusal(path) == (
        "FILE: column 'x' row 1 is '1E51', as a number 1e+51 (2 such rows); a number must be finite and below 1e37, to "
        "fit into float32; correct it or leave it empty; where it is a code, set 'problem.kinds={x: category}'"
    )
    assert read(path, kinds={"x": "category"}).columns.column("x").to_pylist() == ["1E51", "1E50", "5"]


LONG = [9007199254740992, 9007199254740993]


@pytest.mark.parametrize(
    "values",
    [pa.array(LONG * 3), pa.array(LONG * 3, pa.uint64()), pa.array(LONG * 3).cast(pa.decimal128(38, 0)), None],
    ids=["int64", "uint64", "decimal", "words"],
)
def test_whole_numbers_that_float64_does_not_tell_apart_are_categories(tmp_path: Path, values: Any) -> None:
    path = tmp_path / "table.parquet"
    if values is None:
        path = written(tmp_path, column([*map(str, LONG)] * 3))
    else:
        pq.write_table(pa.table({"x": values, "y": [0, 1] * 3}), path)
    table = read(path)
    assert table.columns.column("x").to_pylist() == [*map(str, LONG)] * 3
    assert "column 'x' is a category: 9007199254740993 has more digits than a number keeps (2**53)" in [
        note.replace(str(LONG[0]), str(LONG[1])) for note in table.notes
    ]


def test_whole_numbers_beyond_2_to_the_53_that_float64_tells_apart_are_numbers(tmp_path: Path) -> None:
    table = read(written(tmp_path, column(["9007199254740992", "9007199254740994"])))
    assert table.columns.column("x").to_pylist() == [2.0**53, 2.0**53 + 2.0]


def test_long_numbers_that_differ_in_every_row_are_an_identifier(tmp_path: Path) -> None:
    path = written(tmp_path, column([f"90071992547410{row}" for row in range(10, 70)]))
    assert refusal(path) == (
        "FILE: no column is left besides the target 'y'; column 'x' has 60 different texts in 60 rows, an identifier: "
        "left out; keep it with 'problem.kinds={x: number}' (or category)"
    )
    assert len(read(path, kinds={"x": "number"}).columns.column("x").unique()) < 60
    assert len(read(path, kinds={"x": "category"}).columns.column("x").unique()) == 60


def test_two_spellings_of_a_number_are_told(tmp_path: Path) -> None:
    note = "column 'x': '1.1' and '1.10' are one number; where they are codes, set 'problem.kinds={x: category}'"
    path = written(tmp_path, column(["1.1", "1.10", "1.2", "1.1"] * 3))
    assert note in read(path).notes
    assert read(path, kinds={"x": "category"}).columns.column("x").to_pylist() == ["1.1", "1.10", "1.2", "1.1"] * 3
    assert refusal(written(tmp_path, column(["1.1", "1.10"] * 3))).endswith(
        f"column 'x' is 1.1 in every row: left out; {note}"
    )
    assert not any("one number" in each for each in read(written(tmp_path, column(["1", "1.0", "2.50"] * 3))).notes)


def test_classes_that_float64_does_not_tell_apart_are_two(tmp_path: Path) -> None:
    text = "x,y\n" + "".join(f"{row},{LONG[row % 2]}\n" for row in range(9))
    assert read(written(tmp_path, text)).classes == tuple(map(str, LONG))


def test_classes_of_single_precision_are_named_as_they_print(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1, 2, 3], "y": pa.array([0.1, 0.2, 0.1], pa.float32())}), tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").classes == ("0.1", "0.2")
