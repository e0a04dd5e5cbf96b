"""Kinds of columns, and values that none has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import ROOT
from table_files import DEFAULTS, read, refusal, written

from logodds.data.missing import AMONG_NUMBERS, USUAL
from logodds.options.overrides import as_typed


def as_missing(*words: str) -> str:
    return f"set {as_typed('problem.missing', [*USUAL, *words])}"


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


def test_a_number_beyond_float32_is_refused(tmp_path: Path) -> None:
    text = refusal(written(tmp_path, "x,y\n1,0\n1e300,1\n"))
    assert "column 'x' row 2 is 1e+300" in text


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("inf", "is inf"),
        ("-inf", "is -inf"),
        ("Infinity", "is inf"),
        ("1e999", "is inf"),
        ("abc", "'abc'"),
        ("1.2.3", "'1.2.3'"),
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
    assert "(1 such row)" in text


@pytest.mark.parametrize("cell", ["inf", "abc"])
def test_row_numbers_are_those_of_the_file_when_classes_leave_rows_out(tmp_path: Path, cell: str) -> None:
    lines = ["1,c", "2,a", "3,c", f"{cell},b", "5,a", "6,c"]
    assert "column 'x' row 4 is" in refusal(written(tmp_path, "x,y\n" + "\n".join(lines)), classes=["a", "b"])


def test_text_after_the_first_megabyte_names_its_row(tmp_path: Path) -> None:
    rows = "".join(f"{row},{row % 2}\n" for row in range(200_000))
    assert "column 'x' row 200001 is 'abc'" in refusal(written(tmp_path, "x,y\n" + rows + "abc,1\n3,0\n"))


KEPT = "keep it with 'problem.kinds={%s: %s}'"


def test_an_identifier_is_left_out_and_told_with_what_keeps_it(tmp_path: Path) -> None:
    path = written(tmp_path, "id,x,y\n" + "".join(f"p{row},{row % 7},{row % 2}\n" for row in range(60)))
    table = read(path)
    assert table.columns.column_names == ["x"]
    told = "column 'id' has 60 different texts in 60 rows, an identifier: left out; "
    told += f"{KEPT % ('id', 'category')} (or text)"
    assert told in table.notes
    for kind in ("category", "text"):
        assert read(path, kinds={"id": kind}).columns.column_names == ["id", "x"]


@pytest.mark.parametrize("step", [1, -1, 2])
def test_a_count_of_the_rows_is_left_out_and_told_with_what_keeps_it(tmp_path: Path, step: int) -> None:
    path = written(tmp_path, "t,x,y\n" + "".join(f"{5 + step * row},{row % 7},{row % 2}\n" for row in range(20)))
    table = read(path)
    told = f"column 't' counts the rows, which is not known of a new row: left out; {KEPT % ('t', 'number')}"
    assert (told in table.notes) == ("t" not in table.columns.column_names) == (step == 1)
    assert read(path, kinds={"t": "number"}).columns.column_names == ["t", "x"]
    fewer = "".join(path.read_text().splitlines(keepends=True)[:-1])
    assert read(written(tmp_path, fewer)).columns.column_names == ["t", "x"]


def test_all_columns_in_which_something_is_wrong_are_told_at_once(tmp_path: Path) -> None:
    bad = {0: "abc", 2: "inf"}
    rows = [f"{bad.get(row, row)},{row}.5,{row if row != 3 else '2;'},{row % 2}\n" for row in range(9)]
    path = written(tmp_path, "a,b,c,y\n" + "".join(rows))
    wide = "".join(f"{line.strip()}{',x' if row else ',z'}\n" for row, line in enumerate(path.read_text().splitlines()))
    text = refusal(written(tmp_path, wide), drop=["z"])
    assert text.startswith("FILE: 2 columns are wrong, problem.drop=[z,a,c] leaves them out: column 'a' row 1 is 'abc'")
    assert "; column 'c' row 4 is '2;' among numbers" in text
    assert read(path, drop=["z", "a", "c"]).columns.column_names == ["b"]


def test_no_more_than_a_few_of_many_wrong_columns_are_described(tmp_path: Path) -> None:
    names = [f"c{index}" for index in range(9)]
    head, good, bad = ",".join([*names, "y"]), ",".join(["1"] * 9), ",".join(["inf"] * 9)
    text = refusal(written(tmp_path, f"{head}\n{good},0\n{bad},1\n"))
    assert text.startswith(
        f"FILE: 9 columns are wrong, problem.drop=[{','.join(names)}] leaves them out: column 'c0' row"
    )
    assert text.count("row 2 is inf") == 5
    assert text.endswith("; and 4 other columns")


@pytest.mark.parametrize(("distinct", "rows"), [(49, 60), (60, 120)])
def test_large_vocabulary_is_no_identifier(tmp_path: Path, distinct: int, rows: int) -> None:
    path = written(tmp_path, "c,y\n" + "".join(f"p{row % distinct},{row % 2}\n" for row in range(rows)))
    assert read(path).columns.column("c").to_pylist() == pd.read_csv(path)["c"].tolist()


def test_times_of_day_are_left_out(tmp_path: Path) -> None:
    table = read(written(tmp_path, "t,x,y\n12:00:00,1,0\n13:00:00,2,1\n"))
    assert table.columns.column_names == ["x"]
    told = f"column 't' holds times of day, which no feature reads: left out; {KEPT % ('t', 'category')}"
    assert told in table.notes


@pytest.mark.parametrize(("distinct", "rows"), [(50, 50), (50, 99), (61, 120)])
def test_fifty_words_in_fewer_than_twice_as_many_rows_are_an_identifier(
    tmp_path: Path, distinct: int, rows: int
) -> None:
    text = "c,x,y\n" + "".join(f"p{row % distinct},{row % 3},{row % 2}\n" for row in range(rows))
    table = read(written(tmp_path, text))
    assert table.columns.column_names == ["x"]
    assert f"column 'c' has {distinct} different texts in {rows} rows, an identifier" in "\n".join(table.notes)


@pytest.mark.parametrize(
    "numbers",
    [
        [str(7 * row) for row in range(49)],
        [str(7 * max(row, 1)) for row in range(60)],
        [str(7 * row) if row else "" for row in range(60)],
        [str(7 * row + 0.5) for row in range(60)],
        [str(7 * row + 0.5 * (row == 3)) for row in range(60)],
    ],
    ids=["few", "one twice", "a gap", "fractions", "a fraction"],
)
def test_numbers_called_an_identifier_that_are_none_stay(tmp_path: Path, numbers: list[str]) -> None:
    """An identifier has fifty rows or more, and in each a whole number of its own."""
    y = [str(row % 2) for row in range(len(numbers))]
    assert read(written(tmp_path, lines(numbers, y, header="user_id,y"))).columns.schema.types == [pa.float64()]


def test_fifty_whole_numbers_called_an_identifier_are_left_out(tmp_path: Path) -> None:
    columns = [str(7 * row) for row in range(50)], [str(row % 3) for row in range(50)], ["0", "1"] * 25
    table = read(written(tmp_path, lines(*columns, header="user_id,x,y")))
    assert table.columns.column_names == ["x"]
    assert "50 different whole numbers in 50 rows, an identifier" in "\n".join(table.notes)


def ids(count: int) -> list[str]:
    return [f"p{row}" for row in range(count)]


def lines(*columns: list[str], header: str) -> str:
    return "\n".join([header, *(",".join(row) for row in zip(*columns, strict=True))]) + "\n"


def test_each_identifier_is_told(tmp_path: Path) -> None:
    count = [str(1000 + 7 * row) for row in range(60)]
    mixed = [f"A-{row}" if row % 4 == 0 else str(row * 3) for row in range(60)]
    y = ["0", "1"] * 30
    text = lines(count, ids(60), mixed, y, ["5", "6"] * 30, y, header="user_id,name,ticket,k,x,y")
    table = read(written(tmp_path, text), drop=["k"])
    assert table.columns.column_names == ["x"]
    assert [note.partition(",")[0] for note in table.notes if "an identifier" in note] == [
        "column 'user_id' has 60 different whole numbers in 60 rows",
        "column 'name' has 60 different texts in 60 rows",
        "column 'ticket' has 60 different texts in 60 rows",
    ]


@pytest.mark.parametrize("name", ["Id", "ID", "id", "user_id", "userId", "PassengerId", "row index", "uuid"])
def test_whole_numbers_called_an_identifier_are_refused(tmp_path: Path, name: str) -> None:
    text = lines([str(7 * row) for row in range(60)], ["0", "1"] * 30, header=f"{name},y")
    assert "60 different whole numbers in 60 rows, an identifier" in refusal(written(tmp_path, text))
    assert read(written(tmp_path, text), kinds={name: "number"}).columns.column_names == [name]


@pytest.mark.parametrize("name", ["humid", "paid", "bid", "x"])
def test_whole_numbers_called_otherwise_are_numbers(tmp_path: Path, name: str) -> None:
    text = lines([str(7 * row) for row in range(60)], ["0", "1"] * 30, header=f"{name},y")
    assert read(written(tmp_path, text)).columns.schema.types == [pa.float64()]


def test_sentences_are_texts(tmp_path: Path) -> None:
    words = [f"this is message number {row} NA" for row in range(60)]
    words[3], words[4] = "NA", ""
    table = read(written(tmp_path, lines(words, ["0", "1"] * 30, header="c,y")))
    assert table.columns.schema.types == [pa.large_string()]
    assert table.columns.column("c").to_pylist() == [word or None for word in words]
    assert table.notes[-1] == "columns: text c"


def test_short_texts_that_all_differ_are_texts(tmp_path: Path) -> None:
    words = [f"{'very' if row % 2 else ''} good n{row}".strip() for row in range(60)]
    table = read(written(tmp_path, lines(words, ["0", "1"] * 30, header="c,y")))
    assert table.columns.schema.types == [pa.large_string()]
    assert table.columns.column("c").to_pylist() == words


@pytest.mark.parametrize(
    ("rows", "count", "times", "kind"),
    [
        (10, 5, 10, "text"),
        (10, 5, 9, "category"),
        (60, 2, 60, "text"),
        (60, 2, 59, "left out"),
    ],
    ids=["sentences", "nearly sentences", "phrases", "nearly phrases"],
)
def test_the_mean_number_of_words_tells_texts(tmp_path: Path, rows: int, count: int, times: int, kind: str) -> None:
    """Five where the words may be names, two where they would be an identifier; a row beside those has one less."""
    counts = [count] * times + [count - 1] * (rows - times)
    words = [" ".join([f"n{row}", *["word"] * (count - 1)]) for row, count in enumerate(counts)]
    y = [str(row % 2) for row in range(rows)]
    table = read(written(tmp_path, lines(words, [str(row % 3) for row in range(rows)], y, header="c,x,y")))
    types = {"text": [pa.large_string()], "category": [pa.string()], "left out": []}
    assert table.columns.schema.types == [*types[kind], pa.float64()]


def test_words_of_half_as_many_kinds_as_rows_are_categories_however_long(tmp_path: Path) -> None:
    words = [f"this is the very message number {row // 2}" for row in range(10)]
    assert read(written(tmp_path, lines(words, ["0", "1"] * 5, header="c,y"))).columns.schema.types == [pa.string()]


def test_texts_of_one_word_that_all_differ_are_told_with_what_keeps_them(tmp_path: Path) -> None:
    words = ["\N{GRINNING FACE}" * (row + 1) for row in range(60)]
    path = written(tmp_path, lines(words, ["0", "1"] * 30, header="c,y"))
    assert refusal(path).endswith(f"left out; {KEPT % ('c', 'category')} (or text)")
    assert read(path, kinds={"c": "text"}).columns.column("c").to_pylist() == words


def test_a_file_of_constants_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, "c,y\nthe same text in every row,0\nthe same text in every row,1\n")
    assert refusal(path) == (
        "FILE: no column is left besides the target 'y'; "
        "column 'c' is 'the same text in every row' in every row: left out"
    )


def test_kinds_given_override_what_a_column_looks_like(tmp_path: Path) -> None:
    text = "a,b,c,d,e,y\n1,007,x,2024-01-02,u,0\n2,8,y z,2024-01-03T04:05:06Z,v,1\n"
    kinds = {"a": "category", "b": "number", "c": "text", "d": "category", "e": "drop"}
    table = read(written(tmp_path, text), kinds=kinds)
    assert table.columns.to_pydict() == {
        "a": ["1", "2"],
        "b": [7.0, 8.0],
        "c": ["x", "y z"],
        "d": ["2024-01-02", "2024-01-03T04:05:06Z"],
    }
    assert table.columns.schema.types == [pa.string(), pa.float64(), pa.large_string(), pa.string()]
    assert table.notes[-1] == "columns: category a, d; number b; text c"


@pytest.mark.parametrize("words", [["1", "true", "0", "false"], ["1", "yes", "0", "no", "1", "no"]])
def test_digits_and_words_for_true_and_false_are_refused(tmp_path: Path, words: list[str]) -> None:
    path = written(tmp_path, "c,x,y\n" + "".join(f"{word},{row * row}.5,{row % 2}\n" for row, word in enumerate(words)))
    assert refusal(path).endswith("; write 1 for true and 0 for false, or set 'problem.kinds={c: category}'")
    assert read(path, kinds={"c": "category"}).columns.column("c").to_pylist() == words


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (
            {"c": "number"},
            "FILE: column 'c' row 2 is 'b', no number as problem.kinds wants; write one, empty it, "
            f"or {as_missing('b')}",
        ),
        ({"c": "date"}, "FILE: column 'c' row 1 is '1', no date; write dates as 2024-12-31, all of them alike"),
        ({"c": "Number"}, "problem.kinds.c=Number: unknown kind; did you mean number?"),
        ({"d": "text"}, "problem.kinds=d: no such column in FILE; known: c, x, y"),
        ({"y": "text"}, "problem.kinds: 'y' is the target, whose values are classes; set problem.kinds=null"),
        (
            {"y": "drop", "x": "text"},
            "problem.kinds: 'y' is the target, whose values are classes; set 'problem.kinds={x: text}'",
        ),
    ],
)
def test_kinds_that_do_not_fit_are_refused(tmp_path: Path, kinds: dict[str, str], told: str) -> None:
    assert refusal(written(tmp_path, "c,x,y\n1,5,0\nb,6,1\n"), kinds=kinds) == told


def test_a_column_that_tells_nothing_apart_is_left_out_with_a_note(tmp_path: Path) -> None:
    table = read(written(tmp_path, "x,e,k,w,t,y\n1,,3,a,2024-01-01,0\n2,NA,3.0,a,2024-01-01,1\n"))
    assert table.columns.column_names == ["x"]
    assert table.notes[2:] == (
        "column 'e' is empty in every row: left out",
        "column 'k' is 3.0 in every row: left out",
        "column 'w' is 'a' in every row: left out",
        "column 't' is datetime.datetime(2024, 1, 1, 0, 0) in every row: left out",
        "columns: number x",
    )


def test_what_the_first_and_the_last_row_say_is_not_said_of_all(tmp_path: Path) -> None:
    days = [20240101, 20240132, *(20240102 + row % 28 for row in range(38))]  # the second is no date
    rows = [f"{row % 39},{row + (row == 30)},{'a' if row % 39 else 'b'},{days[row]},{row % 2}" for row in range(40)]
    table = read(written(tmp_path, "\n".join(["same,count,word,day,y", *rows])))
    assert table.notes[2:] == ("columns: number same, count, day; category word",)


@pytest.mark.parametrize("every", [2, 5, 20])
@pytest.mark.parametrize("mark", AMONG_NUMBERS)
def test_a_mark_of_pandas_among_different_numbers_is_missing(tmp_path: Path, mark: str, every: int) -> None:
    words = [mark if row % every == 0 else str(row * 1.5) for row in range(120)]
    path = written(tmp_path, lines(words, ["0", "1"] * 60, header="x,y"))
    expected = pd.to_numeric(pd.Series(words), errors="coerce").to_numpy()
    for given in ({}, {"missing": []}, {"kinds": {"x": "number"}}):
        np.testing.assert_array_equal(read(path, **given).columns.column("x").to_numpy(), expected)


@pytest.mark.parametrize("every", [2, 5, 20])
@pytest.mark.parametrize("marks", [["tbd"], ["tbd", "-"]])
def test_another_mark_among_numbers_is_told_with_what_mends_it(tmp_path: Path, marks: list[str], every: int) -> None:
    words = [str(row * 1.5) for row in range(120)]
    for row in range(3, 120, every):
        words[row] = marks[row % len(marks)]
    count = len(range(3, 120, every))
    path = written(tmp_path, lines(words, ["0", "1"] * 60, header="x,y"))
    shown = [word for word in dict.fromkeys(words) if word in marks]
    told = f"({count} such rows{f', as {shown[1]!r}' if shown[1:] else ''}); write a number or leave the cell empty, "
    assert refusal(path) == (f"FILE: column 'x' row 4 is {shown[0]!r} among numbers {told}or {as_missing(*shown)}")
    assert read(path, missing=marks).columns.column("x").null_count == count


def test_a_number_that_the_kind_wants_and_is_none_is_told_with_what_mends_it(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y\n1,0\nNA,1\ntbd,0\n")
    assert refusal(path, kinds={"x": "number"}, missing=[]) == (
        "FILE: column 'x' row 3 is 'tbd', no number as problem.kinds wants; write one, empty it, "
        "or set problem.missing=[tbd]"
    )


@pytest.mark.parametrize("kind", ["number", "category"])
def test_a_column_with_gaps_and_one_value_stays(tmp_path: Path, kind: str) -> None:
    value = "3" if kind == "number" else "a"
    assert len(read(written(tmp_path, f"x,y\n{value},0\n,1\n{value},1\n")).columns.column_names) == 1


@pytest.mark.parametrize("cell", ["", "  "])
def test_a_text_column_without_texts_is_refused(tmp_path: Path, cell: str) -> None:
    told = "FILE: column 't' has no text in any row; fill it, or leave it out with problem.drop=[t]"
    assert refusal(written(tmp_path, f"t,x,y\n{cell},1,0\n{cell},2,1\n"), kinds={"t": "text"}) == told


def test_leading_zeros_are_kept(tmp_path: Path) -> None:
    table = read(written(tmp_path, "zip,x,y\n00123,0.5,0\n10115,0,1\n00123,-0,1\n"))
    assert table.columns.to_pydict() == {"zip": ["00123", "10115", "00123"], "x": [0.5, 0.0, -0.0]}
    assert "column 'zip' is a category: '00123' has a leading zero, as codes have" in table.notes


def test_many_codes_with_leading_zeros_are_an_identifier(tmp_path: Path) -> None:
    text = lines([f"{row:05}" for row in range(60)], ["0", "1"] * 30, header="code,y")
    assert "column 'code' has 60 different texts in 60 rows, an identifier" in refusal(written(tmp_path, text))


COUNTRIES = "country,x,y\nDE,1,0\nNA,NA,1\nNA,3,0\nFR,4,1\n"


def test_namibia_survives(tmp_path: Path) -> None:
    table = read(written(tmp_path, COUNTRIES), missing=[""])
    assert table.columns.to_pydict() == {"country": ["DE", "NA", "NA", "FR"], "x": [1.0, None, 3.0, 4.0]}


def test_na_in_most_rows_survives(tmp_path: Path) -> None:
    table = read(written(tmp_path, "country,x,y\nNA,1,0\nNA,2,1\nNA,3,0\nFR,4,1\n"), missing=[])
    assert table.columns.column("country").to_pylist() == ["NA", "NA", "NA", "FR"]


def test_na_read_as_missing_among_categories_is_told(tmp_path: Path) -> None:
    table = read(written(tmp_path, COUNTRIES))
    assert table.columns.column("country").to_pylist() == ["DE", None, None, "FR"]
    rest = as_typed("problem.missing", [word for word in USUAL if word != "NA"])
    told = f"column 'country': 'NA' (2 rows) read as missing; to have them as values, set {rest}"
    assert [note for note in table.notes if "NA" in note] == [told]


def test_every_word_that_was_read_as_missing_among_categories_is_told(tmp_path: Path) -> None:
    words = ["DE", "NA", "None", "NA", "FR", "?"]
    table = read(written(tmp_path, lines(words, ["0", "1"] * 3, header="x,y")), missing=["NA", "None", "?"])
    told = "column 'x': 'NA' (2 rows), 'None' (1 row) read as missing; to have them as values, set"
    assert f"{told} 'problem.missing=[\"?\"]'" in table.notes


def test_words_that_usually_mean_missing_and_are_values_are_told(tmp_path: Path) -> None:
    words = ["DE", "NA", "-", "NA", "FR", "?"]
    table = read(written(tmp_path, lines(words, ["0", "1"] * 3, header="x,y")), missing=["-"])
    assert table.columns.column("x").to_pylist() == ["DE", "NA", None, "NA", "FR", "?"]
    assert table.notes[2] == (
        "column 'x': 'NA' (2 rows), '?' (1 row) read as values, because problem.missing is without them; "
        'to have them missing, set \'problem.missing=["-",NA,"?"]\''
    )


def test_a_word_that_is_in_no_cell_is_told_with_the_counts_of_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, lines(["a", "tbd", "b", "-999"], ["0", "1"] * 2, header="x,y"))
    table = read(path, missing=[*USUAL, "tbd", "TBD", "-999", "-9"])
    assert table.notes[1] == (
        "problem.missing: 'tbd' in 1 cell; '-999' in 1 cell; 'TBD', '-9' in no cell of words, so without effect"
    )
    assert not any("no cell" in note for note in read(path, missing=["tbd", "-999"]).notes)
    numbers = written(tmp_path, lines(["1", "-999", "2", "3"], ["0", "1"] * 2, header="x,y"))
    assert not any("no cell" in note for note in read(numbers, missing=[*USUAL, "-999"]).notes)


def test_a_word_among_categories_of_a_file_that_states_what_is_missing_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": ["a", "b", "-", "a"], "z": [1.5, 2.5, 3.5, 4.5], "y": [0, 1, 0, 1]}), path)
    table = read(path, missing=["-"])
    assert table.columns.column("x").to_pylist() == ["a", "b", "-", "a"]
    assert table.notes[0] == (
        "problem.missing: '-' (1 row) missing among numbers and dates alone, as the file itself states which words are "
        "missing; write null there"
    )


def test_usual_words_of_a_list_are_told_too_where_the_file_states_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": ["NA", "b", "NA", "a"], "y": [0, 1, 0, 1]}), path)
    table = read(path, missing=["NA", "?"])
    assert table.columns.column("x").to_pylist() == ["NA", "b", "NA", "a"]
    assert table.notes[0].startswith("problem.missing: 'NA' (2 rows) missing among numbers and dates alone")
    assert not any("problem.missing" in note for note in read(path).notes)


def test_the_usual_words_are_those_of_the_configuration() -> None:
    assert yaml.safe_load((ROOT / "conf/problem/csv.yaml").read_text())["problem"]["missing"] == USUAL


@pytest.mark.parametrize(
    ("cells", "decimal", "values"),
    [
        (["1,5", "-2,25", "3"], "auto", [1.5, -2.25, 3.0]),
        (["1,5", "", "3e2"], "auto", [1.5, None, 300.0]),
        (["1,5", "-1.#IND", "n/a"], "auto", [1.5, None, None]),
        (["1,234", "5,5", "6,789"], "auto", [1.234, 5.5, 6.789]),
        (["1,234", "5,678", ""], "comma", [1.234, 5.678, None]),
        (["1.5", "2.25", "3"], "point", [1.5, 2.25, 3.0]),
    ],
)
def test_decimal_mark(tmp_path: Path, cells: list[str], decimal: str, values: list[float | None]) -> None:
    table = read(written(tmp_path, lines_of(cells)), decimal=decimal)
    assert table.columns.column("x").to_pylist() == values
    assert ("decimal comma" in table.notes) == (decimal == "auto")


def lines_of(cells: list[str], others: list[str] | None = None) -> str:
    others = others or ["1", "2", "3"]
    rows = [f"{cell};{other};{row % 2}" for row, (cell, other) in enumerate(zip(cells, others, strict=True))]
    return "\n".join(["x;z;y", *rows]) + "\n"


@pytest.mark.parametrize(
    ("cells", "others", "decimal", "told"),
    [
        (
            ["1,5", "2,5", "3"],
            ["1.5", "2", "3"],
            "auto",
            "row 1 is '1,5', but column 'z' row 1 is '1.5'; write numbers in one way, "
            "or set 'problem.kinds={x: category}'",
        ),
        (
            ["999", "1,234", "5,678"],
            None,
            "auto",
            "row 2 is '1,234': a decimal comma, or thousands? set problem.decimal=comma, or problem.thousands=comma",
        ),
        (
            ["1,5", "2,5", "3"],
            None,
            "point",
            "row 1 is '1,5', a decimal comma; set problem.decimal=auto problem.thousands=auto, "
            "or set 'problem.kinds={x: category}'",
        ),
        (
            ["1.5", "2.5", "3"],
            None,
            "comma",
            "row 1 is '1.5', a decimal point; set problem.decimal=auto problem.thousands=auto, "
            "or set 'problem.kinds={x: category}'",
        ),
        (
            ["1.5", "2,5", "3"],
            None,
            "auto",
            "row 2 is '2,5', a decimal comma, unlike the others; write all numbers in one way, "
            "or set 'problem.kinds={x: category}'",
        ),
        (
            ["12.5", "1.234.567,5", "3"],
            None,
            "auto",
            "row 2 is '1.234.567,5', a number with separators of thousands, unlike the others; "
            "write all numbers in one way, or set 'problem.kinds={x: category}'",
        ),
    ],
)
def test_numbers_written_in_two_ways_are_refused(
    tmp_path: Path, cells: list[str], others: list[str] | None, decimal: str, told: str
) -> None:
    text = refusal(written(tmp_path, lines_of(cells, others)), decimal=decimal, delimiter="semicolon")
    assert text == f"FILE: column 'x' {told}"


@pytest.mark.parametrize(
    ("form", "marks"),
    [
        ("${}.50", "'$'"),
        ("-${},123.50", "'$'"),
        ("{} cm", "'cm'"),
        ("{}.2%", "'%'"),
        ("{}km/h", "'km/h'"),
        ("EUR {}", "'EUR'"),
        ("{},5 \u20ac", "'\u20ac'"),
        ("\u2212{}.5", "the sign U+2212"),
        ("{}\u00a0123 m", "'m'"),
    ],
)
@pytest.mark.parametrize("other", ["unknown", "17"])
def test_numbers_with_a_currency_or_a_unit_are_no_categories(tmp_path: Path, form: str, marks: str, other: str) -> None:
    cells = [form.format(row + 1) for row in range(60)]
    text = refusal(written(tmp_path, lines_of([other, *cells], ["1"] * 61)), delimiter="semicolon")
    told = f"{cells[0]!r}, a number with {marks}"
    mend = "write it without"
    if "U+2212" in marks:
        mend = "write its minus as -"
    elif other == "17":
        mend = "write all numbers in one unit, without it"
    assert text == f"FILE: column 'x' row 2 is {told}; {mend}, or leave it out with problem.drop=[x]"
    few = read(written(tmp_path, lines_of([other, *cells[:9], *cells[:9]], [str(z) for z in range(19)])))
    assert few.columns.column("x").to_pylist() == [other, *cells[:9], *cells[:9]]
    note = f"column 'x' is a category: {cells[0]!r} is a number with {marks}; {mend}, to have it read as numbers"
    assert note in few.notes


@pytest.mark.parametrize(
    "form", ["A-{}", "ABC-{}", "ABC{}", "k{}", "v1.2.{}", "{}-x", "Room {}", "192.168.0.{}", "{}/2024"]
)
def test_codes_with_numbers_are_categories(tmp_path: Path, form: str) -> None:
    cells = [form.format(row % 30) for row in range(90)]
    table = read(written(tmp_path, lines_of(cells, [str(row) for row in range(90)])))
    assert table.columns.column("x").to_pylist() == cells
    assert not any("is a category" in note for note in table.notes)


@pytest.mark.parametrize(
    ("cells", "others", "decimal", "told"),
    [
        (["87", "1.932", "2.000"], None, "auto", True),
        (["87", "1.932", ""], None, "point", False),
        (["0.932", "1.932", "5"], None, "auto", False),
        (["87", "1.932", "5"], ["0.5", "1", "2"], "auto", False),
    ],
)
def test_points_that_may_separate_thousands_are_told(
    tmp_path: Path, cells: list[str], others: list[str] | None, decimal: str, told: bool
) -> None:
    table = read(written(tmp_path, lines_of(cells, others)), decimal=decimal)
    note = (
        "column 'x' row 2 is '1.932', read with a decimal point; "
        "where the point separates thousands, set problem.thousands=point"
    )
    assert (note in table.notes) == told


@pytest.mark.parametrize(
    ("cells", "given", "values", "notes"),
    [
        (["1.378,18", "2,5"], {}, [1378.18, 2.5], ["decimal comma", "thousands point: column 'x' row 1 is '1.378,18'"]),
        (["12", "1,234.5"], {}, [12.0, 1234.5], ["thousands comma: column 'x' row 2 is '1,234.5'"]),
        (["1,234,567", "8"], {}, [1234567.0, 8.0], ["thousands comma: column 'x' row 1 is '1,234,567'"]),
        (["1,00,000", "8"], {}, [100000.0, 8.0], ["thousands comma: column 'x' row 1 is '1,00,000'"]),
        (["1'234", "-2\u2019345.5"], {}, [1234.0, -2345.5], ["thousands apostrophe: column 'x' row 1 is \"1'234\""]),
        (["1 234", "NA"], {}, [1234.0, None], ["thousands space: column 'x' row 1 is '1 234'"]),
        (
            ["1\u202f234,5", "8"],
            {},
            [1234.5, 8.0],
            ["decimal comma", "thousands space: column 'x' row 1 is '1\\u202f234,5'"],
        ),
        (["6,359", "7"], {"thousands": "comma"}, [6359.0, 7.0], []),
        (["6,359", "7"], {"decimal": "point"}, [6359.0, 7.0], ["thousands comma: column 'x' row 1 is '6,359'"]),
        (["6,359", "7"], {"decimal": "comma"}, [6.359, 7.0], []),
        (["6.359", "7"], {"thousands": "point"}, [6359.0, 7.0], ["decimal comma"]),
        (["6,359", "7"], {"thousands": "none"}, [6.359, 7.0], ["decimal comma"]),
    ],
)
def test_thousands(
    tmp_path: Path, cells: list[str], given: dict[str, str], values: list[float | None], notes: list[str]
) -> None:
    table = read(written(tmp_path, lines_of(cells, ["1", "2"])), **given)
    assert table.columns.column("x").to_pylist() == values
    assert list(table.notes[2:-1]) == notes


@pytest.mark.parametrize(
    ("other", "value", "note"),
    [
        ("0.5", 6359.0, "thousands comma: column 'x' row 1 is '6,359'"),
        ("2,5", 6.359, "decimal comma"),
        ("2.000,5", 6.359, "decimal comma"),
        ("1,234,567", 6359.0, "thousands comma: column 'x' row 1 is '6,359'"),
    ],
)
def test_another_column_tells_thousands_from_a_decimal_comma(
    tmp_path: Path, other: str, value: float, note: str
) -> None:
    table = read(written(tmp_path, lines_of(["6,359", "7"], [other, "1"])))
    assert table.columns.column("x").to_pylist() == [value, 7.0]
    assert note in table.notes


@pytest.mark.parametrize("advice", ["decimal", "thousands"])
@pytest.mark.parametrize("other", ["2", "1.234"])
def test_both_readings_of_a_comma_that_are_told_can_be_set(tmp_path: Path, advice: str, other: str) -> None:
    path = written(tmp_path, lines_of(["6,359", "7"], [other, "1"]))
    assert f"problem.{advice}=comma" in refusal(path)
    read_so = read(path, **{advice: "comma"}).columns.column("x").to_pylist()
    assert read_so == [6.359 if advice == "decimal" else 6359.0, 7.0]


def test_what_separates_thousands_is_no_decimal_sign(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "x,y\n1,0\n2,1\n"), decimal="comma", thousands="comma") == (
        "problem.thousands=comma: is the decimal sign too, by problem.decimal; change one of them"
    )


def test_dates_with_zones_are_utc(tmp_path: Path) -> None:
    table = read(written(tmp_path, "t,y\n2024-01-02T03:04:05+01:00,0\n2024-01-02T03:04:05Z,1\n"))
    assert table.columns.column("t").cast(pa.string()).to_pylist() == [
        "2024-01-02 02:04:05.000000",
        "2024-01-02 03:04:05.000000",
    ]
    assert table.notes[-1] == "columns: date t"


def test_an_index_that_pandas_wrote_is_left_out(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.5, 2.5, 0.5, 3.5], "y": [0, 1, 0, 1]}, index=[3, 9, 11, 40])
    frame.to_csv(tmp_path / "once.csv")
    pd.read_csv(tmp_path / "once.csv").to_csv(tmp_path / "twice.csv", index=False)
    table = read(tmp_path / "twice.csv")
    assert table.columns.column_names == ["a"]
    assert "column 'Unnamed: 0' is the index of a pandas DataFrame, by its name: left out" in "\n".join(table.notes)
