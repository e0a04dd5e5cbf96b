"""A row of units below the header is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from table_files import read, refusal, written

ROWS = "".join(f"{row}.5,{row % 7},{'pq'[row % 2]},{row % 2}\n" for row in range(40))


def text(first: str) -> str:
    return f"a,b,c,y\n{first}\n{ROWS}"


@pytest.mark.parametrize(
    ("first", "cells"),
    [
        ("kg,cm,,", "'kg' in 'a', 'cm' in 'b'"),
        ("kg,cm,-,class", "'kg' in 'a', 'cm' in 'b'"),
        ("(kg),,code,NA", "'(kg)' in 'a'"),
        ("float64,int64,object,int64", "'float64' in 'a', 'int64' in 'b'"),
    ],
)
def test_units_are_told_whatever_the_target_has(tmp_path: Path, first: str, cells: str) -> None:
    told = f"row 1 has words in columns of numbers ({cells}), as units or a second header; remove it"
    assert refusal(written(tmp_path, text(first))) == f"FILE: {told}"


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("1,2,p,", "target 'y' is missing in 1 row (row 1); fill or remove them"),
        (",,kg,", "target 'y' is missing in 1 row (row 1); fill or remove them"),
    ],
)
def test_other_rows_are_no_units(tmp_path: Path, first: str, told: str) -> None:
    assert refusal(written(tmp_path, text(first))) == f"FILE: {told}"


def test_words_that_are_stated_to_be_values_or_missing_are_none(tmp_path: Path) -> None:
    path = written(tmp_path, text("n,m,p,0"))
    assert refusal(path).startswith("FILE: row 1 has words in columns of numbers ('n' in 'a', 'm' in 'b')")
    assert read(path, missing=["n", "m"]).columns.column("a")[0].as_py() is None
    assert read(path, kinds={"a": "category", "b": "category"}).columns.column("b")[0].as_py() == "m"
