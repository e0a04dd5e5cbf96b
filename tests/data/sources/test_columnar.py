"""Parquet and Arrow files as tables."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from table_files import read, refusal, written

COLUMNS: dict[str, Any] = {
    "i": pa.array([1, None, 3], pa.int16()),
    "f": pa.array([0.5, float("nan"), 1.5], pa.float32()),
    "b": pa.array([True, None, False]),
    "d": pa.array([Decimal("1.25"), None, Decimal("3.50")]),
    "s": ["NA", None, "007"],
    "l": pa.array(["a", "b", "a"], pa.large_string()),
    "v": pa.array(["a", "b", "a"]).dictionary_encode(),
    "t": [datetime.date(2024, 1, 2), None, datetime.date(2024, 1, 3)],
    "u": pa.array([0, 3_600_000_000, None], pa.timestamp("us", "Europe/Berlin")),
    "y": ["no", "yes", "no"],
}
EXPECTED = {
    "i": [1.0, None, 3.0],
    "f": [0.5, None, 1.5],
    "b": [1.0, None, 0.0],
    "d": [1.25, None, 3.5],
    "s": ["NA", None, "007"],
    "l": ["a", "b", "a"],
    "v": ["a", "b", "a"],
    "t": [datetime.datetime(2024, 1, 2), None, datetime.datetime(2024, 1, 3)],
    "u": [datetime.datetime(1970, 1, 1, 0), datetime.datetime(1970, 1, 1, 1), None],
}


def saved(folder: Path, form: str, **columns: Any) -> Path:
    table = pa.table(columns)
    path = folder / f"table.{form}"
    if form == "parquet":
        pq.write_table(table, path)
    else:
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    return path


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_types_of_the_file_are_kept(tmp_path: Path, form: str) -> None:
    table = read(saved(tmp_path, form, **COLUMNS))
    assert table.columns.to_pydict() == EXPECTED
    assert [str(kind) for kind in table.columns.schema.types] == [
        *["double"] * 4,
        *["string"] * 3,
        *["timestamp[us]"] * 2,
    ]
    assert (table.classes, table.target.tolist()) == (("no", "yes"), [0, 1, 0])


def test_the_file_and_not_its_name_decides(tmp_path: Path) -> None:
    path = saved(tmp_path, "parquet", **COLUMNS).rename(tmp_path / "table.csv")
    assert read(path).columns.to_pydict() == EXPECTED
    assert read(written(tmp_path, "x,y\n1,0\n2,1\n", "table.parquet")).columns.to_pydict() == {"x": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("target", "classes"),
    [
        ([True, False, True], ("false", "true")),
        (pa.array([2, 10, 2], pa.int8()), ("2", "10")),
        ([1.0, 0.0, 1.0], ("0", "1")),
        ([0.5, 1.5, 0.5], ("0.5", "1.5")),
        (pa.array(["b", "a", "b"]).dictionary_encode(), ("a", "b")),
    ],
)
def test_targets_of_any_type(tmp_path: Path, target: Any, classes: tuple[str, str]) -> None:
    table = read(saved(tmp_path, "parquet", x=[1, 2, 3], y=target))
    assert table.classes == classes
    assert table.target[0] == table.target[2] != table.target[1]


def test_kinds_and_drop_apply(tmp_path: Path) -> None:
    path = saved(tmp_path, "parquet", zip=[1, 2, 3], code=["1", "2", "3"], t=["a b", "", "c"], o=[1, 2, 4], y=[0, 1, 0])
    table = read(path, kinds={"zip": "category", "code": "number", "t": "text"}, drop=["o"])
    assert table.columns.to_pydict() == {"zip": ["1", "2", "3"], "code": [1.0, 2.0, 3.0], "t": ["a b", None, "c"]}


@pytest.mark.parametrize("mark", [".", ","])
def test_numbers_that_a_file_calls_texts_are_read_as_those_of_a_csv_and_told(tmp_path: Path, mark: str) -> None:
    columns = {
        "x": [f"1{mark}5", " -2", None, "NA"],
        "b": ["true", "FALSE", "?", "true"],
        "c": ["NA", " a", "", "b"],
        "y": ["0", "1", "0", "1"],
    }
    path = saved(tmp_path, "parquet", **columns)
    table = read(path)
    assert table.columns.to_pydict() == {
        "x": [1.5, -2.0, None, None],
        "b": [1.0, 0.0, None, 1.0],
        "c": columns["c"],
    }
    assert [note for note in table.notes if "texts" in note] == [
        f"column {name!r} has numbers stored as texts and is read as numbers; "
        f"otherwise set 'problem.kinds={{{name}: category}}'"
        for name in ("x", "b")
    ]
    kept = read(path, kinds={"x": "category", "b": "category"})
    assert kept.columns.to_pydict() == {name: columns[name] for name in "xbc"}


@pytest.mark.parametrize("text", [False, True])
def test_whole_numbers_that_float64_does_not_tell_apart_are_no_constant(tmp_path: Path, text: bool) -> None:
    values = [2**53, 2**53 + 1, 2**53, 2**53 + 1]
    columns = {"x": [1, 2, 3, 4], "n": values, "k": [2**60] * 4, "y": [0, 1, 0, 1]}
    if text:
        rows = "".join(",".join(map(str, row)) + "\n" for row in zip(*columns.values(), strict=True))
        path = written(tmp_path, "x,n,k,y\n" + rows)
    else:
        path = saved(tmp_path, "parquet", **columns)
    table = read(path)
    assert table.columns.column_names == ["x", "n"]
    assert table.columns.column("n").to_pylist() == [str(value) for value in values]
    assert [note for note in table.notes if "left out" in note] == [
        "column 'k' is 1.152921504606847e+18 in every row: left out",
    ]


def test_test_part_of_another_form(tmp_path: Path) -> None:
    train = saved(tmp_path, "parquet", x=[1, 2, 3], y=["a", "b", "a"])
    test = saved(tmp_path, "arrow", y=["b"], x=[0.5])
    table = read(train, test_path=str(test))
    assert table.columns.to_pydict() == {"x": [1.0, 2.0, 3.0, 0.5]}
    assert table.test_rows == 1


@pytest.mark.parametrize("form", ["parquet", "arrow"])
@pytest.mark.parametrize(
    ("columns", "given", "told"),
    [
        (
            {"x": [[1], [2]], "y": [0, 1]},
            {},
            "no column is left besides the target 'y'; "
            "column 'x' holds list<element: int64> values, which no feature reads: left out",
        ),
        (
            {"x": [20240131, 20240201], "y": [0, 1]},
            {"kinds": {"x": "date"}},
            "column 'x' holds int64 values, which are no dates; use problem.drop=[x]",
        ),
        ({"x": [1, 2], "y": [[0], [1]]}, {}, "target 'y' holds list<element: int64> values, which are no classes"),
        ({"x": [1, 2], "y": pa.nulls(2)}, {}, "target 'y' is missing in 2 rows (rows 1, 2)"),
        ({"x": [1.0, float("inf")], "y": [0, 1]}, {}, "column 'x' row 2 is inf (1 such row)"),
        ({"x": [1, 2], "y": [0, 1]}, {"largest_rows": 1}, "2 rows, more than problem.largest_rows=1"),
        ({"x": pa.array([], pa.int8()), "y": pa.array([], pa.int8())}, {}, "no rows; it needs rows"),
        (
            {"x": [[1], [2]], "y": [0, 1]},
            {"kinds": {"x": "text"}},
            "column 'x' holds list<element: int64> values, which are no text; use problem.drop=[x]",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, form: str, columns: dict[str, Any], given: dict[str, Any], told: str
) -> None:
    text = refusal(saved(tmp_path, form, **columns), **given).replace("item: int64", "element: int64")
    assert text.startswith(f"FILE: {told}")


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, "arrow", x=list(range(1000)), y=[0, 1] * 500)
    assert "more than problem.largest_bytes=20000" not in refusal(path, largest_bytes=1000)
    packed = tmp_path / "packed.parquet"
    pq.write_table(pa.table({"x": ["a" * 100] * 100_000, "y": [0, 1] * 50_000}), packed, use_dictionary=False)
    size = packed.stat().st_size
    assert f"bytes, more than problem.largest_bytes={size}" in refusal(packed, largest_bytes=size)


@pytest.mark.parametrize("form", ["parquet", "arrow"])
@pytest.mark.parametrize("share", [0.1, 0.9])
def test_a_damaged_file_is_refused(tmp_path: Path, form: str, share: float) -> None:
    path = saved(tmp_path, form, **COLUMNS)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    text = refusal(path)
    assert text.startswith("FILE: cannot be read (")
    assert text.endswith("); write it again")


def test_keys_of_delimited_text_are_told_to_have_no_effect(tmp_path: Path) -> None:
    path = saved(tmp_path, "parquet", x=[0.5, 1.5, 2.5], y=["a", "b", "a"])
    told = "problem.delimiter=comma, problem.skip_rows=2 without effect"
    note = f"table.parquet: it states its columns and their types: {told}"
    assert read(path, delimiter="comma", skip_rows=2).notes[0] == note
    assert not any("effect" in note for note in read(path).notes)
