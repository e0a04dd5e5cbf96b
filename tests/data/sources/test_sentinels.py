"""Numbers and dates that may stand for a missing value are told."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from table_files import read, written

from logodds.data.table import Table

USUAL = [*range(1, 40)]
DATES = [f"2024-01-{day:02d}" for day in range(1, 29)]


def lines(words: list[str]) -> str:
    return "x;z;y\n" + "".join(f"{word};{row * row}.5;{row % 2}\n" for row, word in enumerate(words))


def told(table: Table) -> list[str]:
    return [note for note in table.notes if "stands apart" in note]


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("-9", [str(number % 5) for number in USUAL]),
        ("-99", [str(number) for number in USUAL]),
        ("-999", [str(number - 20) for number in USUAL]),
        ("-999.0", [f"{number - 20}.5" for number in USUAL]),
        ("99", [str(number % 5 + 1) for number in USUAL]),
        ("9999", [str(number) for number in USUAL]),
        ("1.0E+30", [str(number) for number in USUAL]),
        ("1900-01-01", DATES),
        ("9999-12-31", DATES),
        ("1970-01-01 00:00", [f"{date} 10:00" for date in DATES]),
    ],
)
def test_the_advice_has_it_missing(tmp_path: Path, word: str, others: list[str]) -> None:
    path = written(tmp_path, lines([*others[:5], word, *others[5:], word]))
    (note,) = told(read(path))
    assert re.match(rf"column 'x': '?{re.escape(word)}'? \(2 rows\) stands apart", note)
    (override,) = shlex.split(note.rpartition("set ")[2])
    table = read(path, missing=OverridesParser.create().parse_override(override).value())
    assert table.columns.column("x").null_count == 2
    assert told(table) == []


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("-9", [str(number - 20) for number in USUAL]),
        ("-99", [str(number - 60) for number in USUAL]),
        ("-1", [str(number) for number in USUAL]),
        ("99", [str(number + 50) for number in USUAL]),
        ("1000", [str(number) for number in USUAL]),
        ("1900-01-01", ["1890-05-05", "1905-05-05", "1915-05-05"]),
        ("2023-01-01", DATES),
    ],
)
def test_other_numbers_and_dates_are_not_told(tmp_path: Path, word: str, others: list[str]) -> None:
    assert told(read(written(tmp_path, lines([*others, word])))) == []


def test_a_file_that_states_its_types_has_nulls_for_missing_values(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": [1, 5, 2, -99], "y": [0, 1, 0, 1]}), path)
    assert told(read(path)) == [
        "column 'x': -99 (1 row) stands apart from all other values; where it means missing, write nothing there"
    ]
