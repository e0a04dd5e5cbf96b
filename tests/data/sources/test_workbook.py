"""Excel workbooks as tables."""

from __future__ import annotations

import datetime
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from table_files import read, refusal


def saved(folder: Path, *rows: list[Any], **sheets: list[list[Any]]) -> Path:
    """A workbook of a sheet and of others by their names."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, others in sheets.items():
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    book.save(folder / "table.xlsx")
    return folder / "table.xlsx"


ROWS: list[list[Any]] = [
    ["x", "b", "when", "code", "c", "y"],
    [1.234, True, datetime.datetime(2024, 1, 2), "007", 'a, "b"', "no"],
    [2, False, datetime.datetime(2024, 1, 3, 4, 5), "123", None, "yes"],
    [None, True, None, "007", "é", "no"],
]


def test_cells_are_read_as_those_of_a_csv(tmp_path: Path) -> None:
    path = saved(tmp_path, *ROWS)
    table = read(path)
    assert table.columns.to_pydict() == {
        "x": [1.234, 2.0, None],
        "b": [1.0, 0.0, 1.0],
        "when": [None if pd.isna(each) else each for each in pd.read_excel(path)["when"]],
        "code": ["007", "123", "007"],
        "c": ['a, "b"', None, "é"],
    }
    assert (table.classes, table.target.tolist()) == (("no", "yes"), [0, 1, 0])
    assert not any("decimal point" in note for note in table.notes)


def test_a_table_within_a_sheet_is_found(tmp_path: Path) -> None:
    rows = [["Survey"], [], ["x", "c", "y"], [1, "a", 0], [2, "b", 1]]
    path = saved(tmp_path, [], *([None, *row] for row in rows), [])
    assert refusal(path) == (
        "FILE: line 2 ('Survey') does not have the 3 columns of the lines below; skip it with problem.skip_rows=2"
    )
    table = read(path, skip_rows=2)
    assert table.columns.to_pydict() == {"x": [1.0, 2.0], "c": ["a", "b"]}


def test_other_sheets_are_told(tmp_path: Path) -> None:
    table = read(saved(tmp_path, *ROWS, Other=[["z"], [1]]))
    told = "sheet 'Sheet' is read, the first of 2 (not 'Other'; to read another, put it first or export it as CSV)"
    assert table.notes[0] == f"table.xlsx: {told}"
    path = saved(tmp_path, *ROWS, Other=[["z"], [1]])
    assert refusal(path, target="z") == f"problem.target=z: no such column in FILE; {told}"


def test_an_empty_sheet_before_others_is_refused(tmp_path: Path) -> None:
    sheets = {f"S{number}": ROWS for number in range(1, 7)}
    assert refusal(saved(tmp_path, **sheets)) == (
        "FILE: empty sheet 'Sheet' is read, the first of 7 (not 'S1', 'S2', 'S3', 'S4', 'S5', …; to read another, "
        "put it first or export it as CSV)"
    )


def test_formulas_without_results_are_refused(tmp_path: Path) -> None:
    assert refusal(saved(tmp_path, ["x", "y"], [1, "=A2+1"], [2, 1])) == (
        "FILE: holds formulas without their results; open it in Excel and save it, or export it as CSV"
    )


@pytest.mark.parametrize("ranges", [(), ("C2:C3",)], ids=["plain", "with merged cells"])
def test_of_formulas_the_results_are_read(tmp_path: Path, ranges: tuple[str, ...]) -> None:
    """As Excel saves them; openpyxl writes none."""
    path = merged(saved(tmp_path, ["x", "y", "z"], [1, "=A2-1", 2.5], [2, "=A3-1", None], [3, "=A2-1", 1.5]), *ranges)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    for result in ("0", "1", "0"):
        files[sheet] = re.sub(r"(</f>)<v ?(/|></v)>", rf"\1<v>{result}</v>", files[sheet], count=1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    table = read(path)
    assert (table.classes, table.target.tolist()) == (("0", "1"), [0, 1, 0])
    assert table.columns.to_pydict() == {"x": [1.0, 2.0, 3.0], "z": [2.5, 2.5 if ranges else None, 1.5]}


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    assert refusal(saved(tmp_path)) == "FILE: the file is empty; it needs a header row and rows"


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, *ROWS)
    data = bytearray(path.read_bytes())
    data[600:1200] = bytes(600)
    path.write_bytes(data)
    text = refusal(path)
    assert text.startswith("FILE: cannot be read as an Excel workbook (")
    assert text.endswith("); write it again")


def test_a_workbook_may_have_as_many_unpacked_bytes_as_the_option_says(tmp_path: Path) -> None:
    path = saved(tmp_path, *ROWS)
    with zipfile.ZipFile(path) as archive:
        size = sum(len(archive.read(name)) for name in archive.namelist())
    assert len(read(path, largest_bytes=size)) == 3
    assert refusal(path, largest_bytes=size - 1) == (
        f"FILE: {size} bytes, more than problem.largest_bytes={size - 1}; raise it if memory allows"
    )


def test_without_openpyxl_the_extra_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert refusal(saved(tmp_path, *ROWS)) == (
        "FILE: the file is an Excel workbook; pip install 'logodds[excel]' to read it, or export it as CSV"
    )


def merged(path: Path, *ranges: str) -> Path:
    book = openpyxl.load_workbook(path)
    for each in ranges:
        book.active.merge_cells(each)
    book.save(path)
    return path


def test_merged_cells_hold_their_value_in_each_row(tmp_path: Path) -> None:
    rows = [["g", "x", "y"], ["a", 1.5, 0], [None, 2.5, 1], ["b", 3.5, 0], [None, 4.5, 1], [None, 5.5, 0]]
    table = read(merged(saved(tmp_path, *rows), "A2:A3", "A4:A6"))
    assert table.columns.column("g").to_pylist() == ["a", "a", "b", "b", "b"]
    assert table.notes[0] == (
        "table.xlsx: 2 merged cells read as one value in each of their rows (rows 2 to 3 of column 1 first)"
    )


def test_merged_cells_of_the_last_column_are_read_and_empty_ones_are_not_told(tmp_path: Path) -> None:
    rows = [["g", "x", "y"], ["a", 1.5, 0], ["b", 2.5, None], [None, 3.5, 1], [None, 4.5, 1]]
    table = read(merged(saved(tmp_path, *rows), "C2:C3", "A4:A5"))
    assert table.columns.to_pydict() == {"g": ["a", "b", None, None], "x": [1.5, 2.5, 3.5, 4.5]}
    assert table.target.tolist() == [0, 0, 1, 1]
    assert table.notes[0] == (
        "table.xlsx: 1 merged cell read as one value in each of their rows (rows 2 to 3 of column 3 first)"
    )


def test_cells_merged_over_columns_count_for_the_first(tmp_path: Path) -> None:
    rows = [["Survey", None, None], ["g", "h", "y"], ["a", None, 0], ["b", "c", 1], ["a", "d", 1]]
    table = read(merged(saved(tmp_path, *rows), "A1:C1", "A3:B3"), skip_rows=1)
    assert table.columns.to_pydict() == {"g": ["a", "b", "a"], "h": [None, "c", "d"]}
    assert table.notes[0] == (
        "table.xlsx: 1 merged cell read as one value in each of their rows (row 3 first); "
        "cells merged over columns count for the first column"
    )


def test_a_workbook_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = saved(tmp_path, *ROWS).rename(tmp_path / "table.csv")
    table = read(path)
    assert table.columns.column("code").to_pylist() == ["007", "123", "007"]
    assert table.notes[0] == "table.csv: an Excel workbook by its content"
