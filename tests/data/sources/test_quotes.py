"""Quotes escaped by backslashes, as Spark and MySQL write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from table_files import read, written

VALUES = ['the guest said "no" to soup', "C:\\new", '"all" in quotes', 'a "b, c" d', 'two\nlines "here"', "plain"]


def spark(separator: str = ",", end: str = "\n") -> str:
    """The rows as Spark writes them: every backslash and quote within a quoted field has a backslash before it."""
    fields = [value.replace("\\", "\\\\").replace('"', '\\"') for value in VALUES]
    return "".join(f'"{field}"{separator}{row % 2}{end}' for row, field in enumerate(fields))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("quoting", ["auto", "backslash"])
def test_escaped_quotes_are_quotes(tmp_path: Path, encoding: str, separator: str, quoting: str) -> None:
    path = written(tmp_path, (f"é{separator}y\n" + spark(separator)).encode(encoding))
    table = read(path, kinds={"é": "text"}, quoting=quoting)
    expected = csv.reader(io.StringIO(spark()), doublequote=False, escapechar="\\")
    assert table.columns.column("é").to_pylist() == [row[0] for row in expected] == VALUES
    assert ("quotes escaped by backslashes" in table.notes[0]) == (quoting == "auto")


def test_a_backslash_before_another_letter_stays(tmp_path: Path) -> None:
    path = written(tmp_path, 'c,y\n"C:\\new \\"a\\"",0\n"b",1\n')
    assert read(path).columns.column("c").to_pylist() == ['C:\\new "a"', "b"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('c,x,y\n"C:\\dir\\",1,0\n"D:\\",2,1\n', ["C:\\dir\\", "D:\\"]),
        ('c,x,y\n"C:\\dir\\","1","0"\n"D:\\","2","1"\n', ["C:\\dir\\", "D:\\"]),
        ('c\tx\ty\n{"a": "\\"b\\""}\t1\t0\nplain\t2\t1\n', ['{"a": "\\"b\\""}', "plain"]),
    ],
)
def test_backslashes_that_escape_nothing_stay(tmp_path: Path, text: str, values: list[str]) -> None:
    table = read(written(tmp_path, text))
    assert table.columns.column("c").to_pylist() == values
    assert "backslash" not in table.notes[0]


def test_lines_that_are_skipped_keep_their_quotes(tmp_path: Path) -> None:
    path = written(tmp_path, '# of "us\nc,y\n"a \\"b\\"",0\n"d",1\n')
    assert read(path, skip_rows=1).columns.column("c").to_pylist() == ['a "b"', "d"]


@pytest.mark.parametrize("quoting", ["auto", "minimal"])
@pytest.mark.parametrize(
    "text",
    [
        'c, x, y\n "a, b", 1, 0\n"c", 2, 1\n',
        'x, "c", y\n1, "a, b", 0\n2, "c", 1\n',
        'x,   c, y\n1,   "a, b" , 0\n2, "c", 1\n',
        'x, y, c\n1, 0, "a, b"\n2, 1, "c" \n',
        'c ;x; y\n"a, b" ;1; 0\n "c" ;2; 1\n',
    ],
)
def test_spaces_around_quoted_fields_are_no_part_of_them(tmp_path: Path, text: str, quoting: str) -> None:
    table = read(written(tmp_path, text), kinds={"c": "category"}, quoting=quoting)
    assert table.columns.column("c").to_pylist() == ["a, b", "c"]
    assert table.columns.column("x").to_pylist() == [1.0, 2.0]
    assert "quoted fields with spaces around them" in table.notes[0]


def test_quotes_after_spaces_are_read_as_the_csv_module_reads_them(tmp_path: Path) -> None:
    text = 'c, x, y\n "a ""b"" c", 1, 0\n"say, \'d\'", 2, 1\n e, 3, 0\n'
    expected = [row[0] for row in csv.reader(io.StringIO(text), skipinitialspace=True)][1:]
    assert read(written(tmp_path, text), kinds={"c": "category"}).columns.column("c").to_pylist() == expected


def test_spaces_around_fields_with_escaped_quotes(tmp_path: Path) -> None:
    table = read(written(tmp_path, 'c, x, y\n"a \\"b\\", c", 1, 0\n"d", 2, 1\n'), kinds={"c": "category"})
    assert table.columns.column("c").to_pylist() == ['a "b", c', "d"]
    assert "quotes escaped by backslashes" in table.notes[0]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('c,x,y\n5 "inch,1,0\n3" pipe,2,1\n', ['5 "inch', '3" pipe']),
        ('c,x,y\n"a ""quoted"", b",1,0\n"b "" , c",2,1\n', ['a "quoted", b', 'b " , c']),
        ('x,c,y\n1, "a" or "b",0\n2, "c" or "d",1\n', ['"a" or "b"', '"c" or "d"']),
    ],
)
def test_quotes_that_spaces_do_not_explain_stay(tmp_path: Path, text: str, values: list[str]) -> None:
    table = read(written(tmp_path, text), kinds={"c": "category"})
    assert table.columns.column("c").to_pylist() == values
    assert "with spaces around" not in table.notes[0]
