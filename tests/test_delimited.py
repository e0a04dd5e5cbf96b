"""Reading delimited files: values, classes, and what is wrong with a bad file."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from files import DEFAULTS, read, refusal, written

from logodds.sources import shipped


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    shipped.write(folder)
    return folder


@pytest.mark.parametrize(
    ("name", "target", "classes"),
    [
        ("toy", "label", None),
        ("iris", "species", ["setosa", "versicolor"]),
        ("iris", "species", ["virginica", "setosa"]),
        ("breast_cancer", "diagnosis", ["benign", "malignant"]),
        ("breast_cancer", "diagnosis", None),
        ("digits", "digit", ["3", "8"]),
        ("digits", "digit", ["9", "0"]),
    ],
)
def test_shipped_table_equals_pandas(data: Path, name: str, target: str, classes: list[str] | None) -> None:
    path = data / f"{name}.csv"
    frame = pd.read_csv(path, dtype=str)  # astype(float) then rounds correctly, whatever the parser of pandas
    expected = sorted(frame[target].unique()) if classes is None else classes
    frame = frame[frame[target].isin(expected)]
    table = read(path, target, classes)
    inputs = frame.drop(columns=target)
    assert table.classes == tuple(expected)
    assert table.target_name == target
    assert table.target.dtype == np.int64
    assert table.columns.column_names == list(inputs.columns)
    assert all(field.type == pa.float64() for field in table.columns.schema)
    np.testing.assert_array_equal(
        np.column_stack([table.columns.column(column).to_numpy() for column in inputs]), inputs.to_numpy(float)
    )
    np.testing.assert_array_equal(table.target, (frame[target] == expected[1]).to_numpy(int))


def test_dropped_columns_are_not_read(data: Path) -> None:
    table = read(data / "toy.csv", "label", drop=["x1"])
    assert table.columns.column_names == ["x2"]


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (("0", "1"), ("0", "1")),
        (("10", "2"), ("2", "10")),
        (("1", "-1"), ("-1", "1")),
        (("yes", "no"), ("no", "yes")),
        (("true", "false"), ("false", "true")),
        (("b", "a"), ("a", "b")),
        (("1.5", "1"), ("1", "1.5")),
    ],
)
def test_classes_found_are_sorted(tmp_path: Path, values: tuple[str, str], classes: tuple[str, str]) -> None:
    table = read(written(tmp_path, f"x,y\n1,{values[0]}\n2,{values[1]}\n"))
    assert table.classes == classes
    assert [table.classes[index] for index in table.target] == list(values)


def test_classes_given_keep_their_order_and_drop_other_rows(tmp_path: Path) -> None:
    table = read(written(tmp_path, "x,c,y\n1,u,b\n2,v,a\n3,w,c\n4,x,b\n5,z,d\n"), classes=["b", "a"])
    assert table.classes == ("b", "a")
    assert table.columns.to_pydict() == {"x": [1.0, 2.0, 4.0], "c": ["u", "v", "x"]}
    assert table.target.tolist() == [0, 1, 0]


def test_kinds_of_columns(tmp_path: Path) -> None:
    text = "i,f,b,c,t,y\n1,1.5,true,red,2020-01-02,0\n-2,1e-3,False,blue,2021-03-04,1\n"
    table = read(written(tmp_path, text))
    frame = pd.read_csv(tmp_path / "table.csv", parse_dates=["t"])
    assert [str(field.type) for field in table.columns.schema] == [
        "double",
        "double",
        "double",
        "string",
        "timestamp[us]",
    ]
    assert table.columns.column("i").to_pylist() == frame["i"].tolist()
    assert table.columns.column("f").to_pylist() == frame["f"].tolist()
    assert table.columns.column("b").to_pylist() == [1.0, 0.0]
    assert table.columns.column("c").to_pylist() == frame["c"].tolist()
    assert table.columns.column("t").to_pylist() == frame["t"].tolist()


@pytest.mark.parametrize("token", [*DEFAULTS["missing"], "NAN", "-nan"])
def test_missing_number_is_null(tmp_path: Path, token: str) -> None:
    table = read(written(tmp_path, f"x,z,y\n1,1,0\n{token},1,1\n2.5,1,0\n"))
    assert table.columns.column("x").to_pylist() == [1.0, None, 2.5]


@pytest.mark.parametrize("token", DEFAULTS["missing"])
def test_missing_word_and_boolean_are_null(tmp_path: Path, token: str) -> None:
    table = read(written(tmp_path, f"c,b,y\nred,true,0\n{token},{token},1\nblue,false,0\n"))
    assert table.columns.to_pydict() == {"c": ["red", None, "blue"], "b": [1.0, None, 0.0]}


def test_numbers_of_a_late_kind_equal_pandas(tmp_path: Path) -> None:
    """The type of a column is that of all its rows, not of its first megabyte."""
    rows = [f"{row},{row % 2}" for row in range(200_000)]
    path = written(tmp_path, "x,y\n" + "\n".join([*rows, "0.1,1", "NA,0"]))
    frame = pd.read_csv(path, dtype=str)
    np.testing.assert_array_equal(read(path).columns.column("x").to_numpy(), frame["x"].to_numpy(float))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_do_not_matter(tmp_path: Path, end: str, last: bool) -> None:
    lines = ["x,c,y", "1,a,no", "2,b,yes", "3,a,no"]
    table = read(written(tmp_path, (end.join(lines) + end * last).encode()))
    assert table.columns.to_pydict() == {"x": [1.0, 2.0, 3.0], "c": ["a", "b", "a"]}
    assert table.classes == ("no", "yes")
    assert table.target.tolist() == [0, 1, 0]


@pytest.mark.parametrize("text", ["x,y\n1,0\n2,1\n", "y,x\n0,1\n1,2\n", '"y",x\n0,1\n1,2\n'])
def test_byte_order_mark_is_not_part_of_a_name(tmp_path: Path, text: str) -> None:
    table = read(written(tmp_path, text.encode("utf-8-sig")))
    assert table.columns.to_pydict() == {"x": [1.0, 2.0]}
    assert table.target.tolist() == [0, 1]


def test_quoted_field_holds_newline_delimiter_and_quotes(tmp_path: Path) -> None:
    path = written(tmp_path, 'x,c,y\n1,"a\nb",0\n2,"c,d",1\n3,"e ""f""",0\n')
    assert read(path).columns.column("c").to_pylist() == pd.read_csv(path)["c"].tolist()


def test_quoted_header_holds_delimiter(tmp_path: Path) -> None:
    table = read(written(tmp_path, '"a,b","y"\n1,0\n2,1\n'))
    assert table.columns.to_pydict() == {"a,b": [1.0, 2.0]}


def test_header_over_two_lines_is_refused(tmp_path: Path) -> None:
    assert "header" in refusal(written(tmp_path, 'y,"a,\n b",c\n0,1,5\n1,2,6\n'))


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " ", ":"])
def test_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    text = "x,c,y\n1,a,0\n2,b,1\n".replace(",", delimiter)
    assert read(written(tmp_path, text), delimiter=delimiter).columns.to_pydict() == {"x": [1.0, 2.0], "c": ["a", "b"]}


@pytest.mark.parametrize(("given", "right"), [(",", ";"), (",", "\t"), (",", "|"), (";", ",")])
def test_wrong_delimiter_names_the_right_one(tmp_path: Path, given: str, right: str) -> None:
    text = refusal(written(tmp_path, "x,y\n1,0\n2,1\n".replace(",", right)), delimiter=given)
    assert f"but the header holds {right!r}" in text
    word = {";": "semicolon", "\t": "tab", "|": "pipe", ",": "comma"}[right]
    assert f"problem.delimiter={word}" in text
    assert len(read(written(tmp_path, "x,y\n1,0\n2,1\n".replace(",", right)), delimiter=word)) == 2


@pytest.mark.parametrize("delimiter", ["§", '"', "\n", "\r", "\0"])
def test_impossible_delimiter_is_refused(tmp_path: Path, delimiter: str) -> None:
    text = "x,y\n1,0\n2,1\n" if delimiter in '"\n\r\0' else "x,y\n1,0\n2,1\n".replace(",", delimiter)
    assert "delimiter" in refusal(written(tmp_path, text), delimiter=delimiter)


def test_a_number_beyond_float32_is_refused(tmp_path: Path) -> None:
    text = refusal(written(tmp_path, "x,y\n1,0\n1e300,1\n"))
    assert "column 'x' row 2 is 1e+300" in text


def test_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    assert "column 2 has no name" in refusal(written(tmp_path, "x,,y\n1,2,0\n2,3,1\n"))


def test_missing_file_names_nearest(data: Path) -> None:
    text = refusal(data / "irs.csv")
    assert text.startswith(f"problem.path={data / 'irs.csv'}: no such file; did you mean iris.csv")


@pytest.mark.parametrize(("name", "told"), [("", "a folder, not a file"), ("absent/table.csv", "no such file")])
def test_folder_or_file_in_no_folder_is_refused(data: Path, name: str, told: str) -> None:
    assert refusal(data / name).startswith(f"problem.path={data / name}: {told}")


def test_missing_target_column_names_nearest(data: Path) -> None:
    text = refusal(data / "iris.csv", target="specis")
    assert text.startswith("problem.target=specis: no such column in ")
    assert text.endswith("did you mean species?")


def test_missing_dropped_column_names_nearest(data: Path) -> None:
    text = refusal(data / "iris.csv", target="species", drop=["sepal_lenght"])
    assert text.startswith("problem.drop=sepal_lenght: no such column in ")
    assert "did you mean sepal_length" in text


@pytest.mark.parametrize(("drop", "words"), [(["y"], "target 'y'"), (["x"], "no column is left")])
def test_dropping_too_much_is_refused(tmp_path: Path, drop: list[str], words: str) -> None:
    assert words in refusal(written(tmp_path, "x,y\n1,0\n2,1\n"), drop=drop)


def test_one_class_is_refused_with_its_count(tmp_path: Path) -> None:
    text = refusal(written(tmp_path, "x,y\n1,0\n2,0\n"))
    assert "(0: 2)" in text
    assert "problem.classes=[negative,positive]" in text


def test_three_classes_are_refused_with_their_counts(data: Path) -> None:
    text = refusal(data / "iris.csv", target="species")
    assert "has 3 classes (setosa: 50, versicolor: 50, virginica: 50)" in text
    assert "problem.classes=[negative,positive]" in text


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (["a", "d"], "no row has y=d; found a: 1, b: 1, c: 2"),
        (["a", "a"], "[negative,positive]"),
        (["a", "b", "c"], "[negative,positive]"),
        (["a"], "[negative,positive]"),
        ([], "[negative,positive]"),
    ],
)
def test_wrong_classes_are_refused(tmp_path: Path, classes: list[str], words: str) -> None:
    text = refusal(written(tmp_path, "x,y\n1,a\n2,b\n3,c\n4,c\n"), classes=classes)
    assert text.startswith("problem.classes")
    assert words in text


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["0", "", "1"], "(row 2)"),
        (["?", "0", "1", "NA"], "2 rows (rows 1, 4)"),
        (["0", "1", *["null"] * 6], "6 rows (rows 3, 4, 5, 6, 7, …)"),
    ],
)
def test_missing_target_names_rows(tmp_path: Path, cells: list[str], words: str) -> None:
    text = refusal(written(tmp_path, "x,y\n" + "".join(f"1,{cell}\n" for cell in cells)))
    assert "target 'y' is missing" in text
    assert words in text


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("inf", "is inf"),
        ("-inf", "is -inf"),
        ("Infinity", "is inf"),
        ("1e999", "is inf"),
        ("abc", "'abc'"),
        ("1,5", "'1,5'"),
        ("1.2.3", "'1.2.3'"),
        ("\x002", "'\\x002'"),
        ("12 kg", "'12 kg'"),
    ],
)
@pytest.mark.parametrize("row", [1, 4, 6])
def test_cell_that_is_no_finite_number_names_column_row_and_value(
    tmp_path: Path, cell: str, words: str, row: int
) -> None:
    cells = ["1", "2.5", "3", "4", "5", "6"]
    cells[row - 1] = f'"{cell}"'
    text = refusal(written(tmp_path, "z,x,y\n" + "".join(f"0,{value},{i % 2}\n" for i, value in enumerate(cells))))
    assert f"column 'x' row {row} is" in text
    assert words in text
    assert "(1 such rows)" in text


@pytest.mark.parametrize("cell", ["inf", "abc"])
def test_row_numbers_are_those_of_the_file_when_classes_leave_rows_out(tmp_path: Path, cell: str) -> None:
    lines = ["1,c", "2,a", "3,c", f"{cell},b", "5,a", "6,c"]
    assert "column 'x' row 4 is" in refusal(written(tmp_path, "x,y\n" + "\n".join(lines)), classes=["a", "b"])


def test_text_after_the_first_megabyte_names_its_row(tmp_path: Path) -> None:
    rows = "".join(f"{row},{row % 2}\n" for row in range(200_000))
    assert "column 'x' row 200001 is 'abc'" in refusal(written(tmp_path, "x,y\n" + rows + "abc,1\n3,0\n"))


def test_duplicate_header_names_places(tmp_path: Path) -> None:
    assert "duplicate column 'x' (columns 1, 3)" in refusal(written(tmp_path, "x,z,x,y\n1,2,3,0\n"))


@pytest.mark.parametrize("text", ["", "\n", "   \n", "\r\n", "\ufeff"])
def test_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    assert "the file is empty" in refusal(written(tmp_path, text))


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_header_without_rows_is_refused(tmp_path: Path, end: str) -> None:
    assert "no rows" in refusal(written(tmp_path, f"x,y{end}"))


@pytest.mark.parametrize("row", [1, 2, 3])
@pytest.mark.parametrize(("bad", "count"), [("1,a,0,5", 4), ("1,0", 2)])
@pytest.mark.parametrize("first", ["1,a,0", '1,"a\nb",0'])
def test_row_of_another_length_names_its_number(tmp_path: Path, row: int, bad: str, count: int, first: str) -> None:
    lines = [first, "2,b,1", "3,a,0"]
    lines.insert(row - 1, bad)
    text = refusal(written(tmp_path, "x,c,y\n" + "\n".join(lines) + "\n"))
    assert f"row {row} has another length: expected 3 columns, got {count}" in text


def test_row_of_another_length_after_the_first_megabyte_names_its_number(tmp_path: Path) -> None:
    rows = "".join(f"{row},{row % 2}\n" for row in range(200_000))
    assert "row 200001 has another length" in refusal(written(tmp_path, "x,y\n" + rows + "1,2,3\n3,0\n"))


def test_identifier_is_refused(tmp_path: Path) -> None:
    text = refusal(written(tmp_path, "id,x,y\n" + "".join(f"p{row},1,{row % 2}\n" for row in range(60))))
    assert "column 'id' has 60 different texts in 60 rows" in text
    assert "problem.drop=[id]" in text


@pytest.mark.parametrize(("distinct", "rows"), [(49, 60), (60, 120)])
def test_large_vocabulary_is_no_identifier(tmp_path: Path, distinct: int, rows: int) -> None:
    path = written(tmp_path, "c,y\n" + "".join(f"p{row % distinct},{row % 2}\n" for row in range(rows)))
    assert read(path).columns.column("c").to_pylist() == pd.read_csv(path)["c"].tolist()


@pytest.mark.parametrize("cell", ["", "NA", "?"])
def test_empty_column_is_refused(tmp_path: Path, cell: str) -> None:
    text = refusal(written(tmp_path, f"x,e,y\n1,{cell},0\n2,{cell},1\n"))
    assert "column 'e' is empty in every row" in text
    assert "problem.drop=[e]" in text


@pytest.mark.parametrize("text", ["é,y\n1,0\n2,1\n", "x,y\n1,é\n2,a\n", "c,y\né,0\na,1\n", "x,c,y\n1,a,0\n2,é,1\n"])
def test_latin_1_is_refused(tmp_path: Path, text: str) -> None:
    assert re.search(r"UTF-?8", refusal(written(tmp_path, text.encode("latin-1"))))


def test_utf_8_is_read(tmp_path: Path) -> None:
    table = read(written(tmp_path, "é,y\nü,ä\n漢,a\n"))
    assert table.columns.to_pydict() == {"é": ["ü", "漢"]}
    assert table.classes == ("a", "ä")


def test_utf_16_is_refused(tmp_path: Path) -> None:
    assert "not UTF-8" in refusal(written(tmp_path, "x,y\n1,0\n2,1\n".encode("utf-16")))


def test_file_of_nul_bytes_is_refused(tmp_path: Path) -> None:
    assert "no such column" in refusal(written(tmp_path, b"\0" * 100))


def test_nul_in_a_target_is_another_class(tmp_path: Path) -> None:
    assert "has 3 classes" in refusal(written(tmp_path, "x,y\n1,0\n2,1\n3,1\0\n"))


def test_times_are_refused(tmp_path: Path) -> None:
    assert "problem.drop=[t]" in refusal(written(tmp_path, "t,x,y\n12:00:00,1,0\n13:00:00,2,1\n"))
