"""Reading delimited files: encodings, delimiters, quotes, headers and rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from table_files import read, refusal, written

from logodds.data.sources.readers import encoding, parser


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
    told = "FILE: the header is longer than one line, or misquoted; write it in one line"
    assert refusal(written(tmp_path, 'y,"a,\n b",c\n0,1,5\n1,2,6\n')) == told
    assert refusal(written(tmp_path, 'y,"a" b,c\n0,1,5\n1,2,6\n')) == told


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


def test_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    assert "column 2 has no name" in refusal(written(tmp_path, "x,,y\n1,2,0\n2,3,1\n"))


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
    line = row + 1 + (row > 1 and "\n" in first)
    assert text == f"FILE: row {row} (line {line}) has {count} fields, the header 3; mend the row"


def test_row_of_another_length_after_the_first_megabyte_names_its_number(tmp_path: Path) -> None:
    rows = "".join(f"{row},{row % 2}\n" for row in range(200_000))
    assert "row 200001 (line 200002) has 3 fields, the header 2" in refusal(
        written(tmp_path, "x,y\n" + rows + "1,2,3\n3,0\n")
    )


def test_utf_8_is_read(tmp_path: Path) -> None:
    table = read(written(tmp_path, "é,y\nü,ä\n漢,a\n"))
    assert table.columns.to_pydict() == {"é": ["ü", "漢"]}
    assert table.classes == ("a", "ä")


NUL = (
    "which no text has; mend the file, or set problem.encoding=utf-16-le, utf-16-be or utf-32 where it is one of these"
)
PLAIN = "x,c,y\n1,a,no\n2,é,yes\n"


@pytest.mark.parametrize(
    ("codec", "note"),
    [
        ("utf-8", "delimiter comma"),
        ("utf-8-sig", "delimiter comma, encoding utf-8-sig"),
        ("utf-16", "delimiter comma, encoding utf-16"),
        ("utf-16-le", "delimiter comma, encoding utf-16-le"),
        ("utf-16-be", "delimiter comma, encoding utf-16-be"),
        ("utf-32", "delimiter comma, encoding utf-32"),
        ("cp1252", "delimiter comma, encoding cp1252 (line 3 is not UTF-8)"),
    ],
)
def test_encoding_is_detected_and_told(tmp_path: Path, codec: str, note: str) -> None:
    table = read(written(tmp_path, PLAIN.encode(codec)))
    assert table.columns.to_pydict() == {"x": [1.0, 2.0], "c": ["a", "é"]}
    assert table.notes[0] == f"table.csv: {note}"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp437", "shift_jis_2004"])
def test_encoding_given_is_used(tmp_path: Path, codec: str) -> None:
    table = read(written(tmp_path, PLAIN.encode(codec)), encoding=codec)
    assert table.columns.to_pydict() == {"x": [1.0, 2.0], "c": ["a", "é"]}
    assert table.notes[0] == "table.csv: delimiter comma"


@pytest.mark.parametrize(
    ("data", "given", "told"),
    [
        (
            PLAIN.encode("cp1252"),
            {"encoding": "utf-8"},
            "line 3 is not utf-8; set problem.encoding=auto or the right one",
        ),
        (
            "c,y\né,0\n漢,1\n".encode() + b"\xe9,1\n",
            {},
            "line 4 is not UTF-8, as other lines are; write the file anew in one encoding",
        ),
        (
            PLAIN.encode("utf-16") + b"\x00",
            {},
            "begins as utf-16, but line 4 is not; write the file anew in one encoding",
        ),
        (b"x,y\n1,0\n2,1\0\n", {}, "line 3 holds a NUL byte, " + NUL),
        (b"x,y\n1,0\n2,1\n\0", {}, "line 4 holds a NUL byte, " + NUL),
        (b"\0" * 100, {}, "line 1 holds a NUL byte, " + NUL),
        (b"\x1f\x8b\x08", {}, "the file is compressed (gzip); unpack it first"),
        (b"PK\x03\x04", {}, "the file is a damaged zip archive or Excel workbook; write it again"),
    ],
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, data: bytes, given: dict[str, str], told: str) -> None:
    assert refusal(written(tmp_path, data), **given) == f"FILE: {told}"


def test_a_line_over_two_blocks_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "BLOCK", 3)
    assert read(written(tmp_path, "c,y\né漢é,0\n漢,1\n")).columns.to_pydict() == {"c": ["é漢é", "漢"]}
    assert "line 3 is not utf-8" in refusal(written(tmp_path, b"c,y\n\xc3\xa9,0\n\xe9,1\n"), encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x,c,y\n1,a;b,0\n2,b;c,1\n", "comma"),
        ("x;c;y\n1,5;a;0\n2,5;b;1\n", "semicolon"),
        ('"x";"c";"y"\n1;"a,b,c,d";0\n2;"b,c,d,e";1\n', "semicolon"),
        ("x\tc\ty\n1\ta, b\t0\n2\tb, c\t1\n", "tab"),
        ("x|c|y\n1|a|0\n2|b|1\n", "pipe"),
    ],
)
def test_delimiter_is_detected_and_told(tmp_path: Path, text: str, word: str) -> None:
    table = read(written(tmp_path, text))
    assert table.columns.column_names == ["x", "c"]
    assert f"table.csv: delimiter {word}" in table.notes


def test_no_delimiter_at_all_is_refused(tmp_path: Path) -> None:
    told = "FILE: one column, neither comma, semicolon, tab nor pipe divides the rows; " + (
        "if another character does, set it, as in 'problem.delimiter=\"~\"'"
    )
    assert refusal(written(tmp_path, "y\n1\n0\n")) == told


@pytest.mark.parametrize(
    ("separator", "typed"),
    [
        (" ", "'problem.delimiter=\" \"'"),
        (":", "'problem.delimiter=\":\"'"),
        ("\x01", "problem.delimiter=$'\"\\x01\"'"),
    ],
)
def test_another_character_that_divides_the_rows_is_told_as_it_is_typed(
    tmp_path: Path, separator: str, typed: str
) -> None:
    path = written(tmp_path, "".join(f"{line}\n" for line in ("x,c,y", "1,a,0", "2,b,1")).replace(",", separator))
    assert refusal(path).endswith(f"; set {typed}")
    assert read(path, delimiter=separator).columns.to_pydict() == {"x": [1.0, 2.0], "c": ["a", "b"]}


def test_columns_of_a_fixed_width_are_told(tmp_path: Path) -> None:
    text = "x     c    y\n1.5   a    0\n2.25  b b  1\n"
    assert refusal(written(tmp_path, text)).endswith(
        "divides the rows; several spaces do; write the file with one delimiter: "
        "pandas.read_csv(…, sep='  +').to_csv(…, index=False)"
    )


@pytest.mark.parametrize(("extra", "count"), [("", 4), (",", 5)])
def test_every_row_with_a_field_extra_is_no_silent_shift(tmp_path: Path, extra: str, count: int) -> None:
    text = "x,z,y\n" + "".join(f"r{row},1,2,{row % 2}{extra}\n" for row in range(200))
    told = f"every row has {count} fields, the header 3 (line 2 first); give each column a name in the header"
    assert refusal(written(tmp_path, text)) == f"FILE: {told}"


def test_header_not_there(tmp_path: Path) -> None:
    path = written(tmp_path, "1,a,0\n2,b,1\n3,a,0\n")
    assert read(path, header=False, target="c3").columns.to_pydict() == {"c1": [1.0, 2.0, 3.0], "c2": ["a", "b", "a"]}
    named = read(path, header=False, columns=["x", "c", "y"])
    assert named.columns.to_pydict() == {"x": [1.0, 2.0, 3.0], "c": ["a", "b", "a"]}
    assert refusal(path) == (
        "problem.target=y: no such column in FILE; the first row looks like data ('1'): "
        "without a header set problem.header=false"
    )
    assert refusal(path, header=False, columns=["x", "y"]) == (
        "problem.columns: 2 names, but the first row of FILE has 3 fields"
    )
    assert refusal(path, columns=["x", "c", "y"]) == (
        "problem.columns: names the columns of a file without a header; set problem.header=false"
    )


def test_header_that_is_a_row_with_words_only(tmp_path: Path) -> None:
    text = refusal(written(tmp_path, "ham\thello\nspam\tbuy\nham\tbye\n"), target="label")
    assert "the first row looks like data ('ham')" in text


def test_header_read_as_a_row(tmp_path: Path) -> None:
    advice = "write a number or leave the cell empty, or set 'problem.kinds={c1: category}' for a category, "
    advice += "or set 'problem.missing=[NA,N/A,n/a,"
    advice += '"#N/A","<NA>","NaN","nan","null","NULL",None,"?",x]\' for a missing value'
    first, later = "x,0\n1,0\n2,1\n3,0\n", "1,0\nx,0\n2,1\n3,0\n"
    for text, header, hint in (
        (first, False, "; is it a header? (problem.header=true)"),
        (first + "x,1\n4,1\n", False, ""),
        (later, False, ""),
        ("c1,c2\n" + first, True, "; where row 1 holds units, remove it"),
    ):
        row, count = 2 if text is later else 1, "2 such rows" if text.count("x") == 2 else "1 such row"
        told = f"FILE: column 'c1' row {row} is 'x' among numbers ({count}); {advice}{hint}"
        assert refusal(written(tmp_path, text), header=header, target="c2") == told


def test_lines_before_the_header_are_skipped(tmp_path: Path) -> None:
    path = written(tmp_path, '# made by "us\n\nx,y\n1,0\n2,1\n')
    assert read(path, skip_rows=1).columns.to_pydict() == {"x": [1.0, 2.0]}
    assert refusal(path, skip_rows=9) == "FILE: the file is empty; it needs a header row and rows"


@pytest.mark.parametrize(
    ("text", "given", "line", "shown", "columns"),
    [
        ("# made by x\na,b,y\n1,2,0\n3,4,1\n", {}, 1, "# made by x", 3),
        ("\n# made by x, z\na,b,y\n1,2,0\n3,4,1\n", {}, 2, "# made by x", 3),
        ("sep=;\na;y\n1;0\n2;1\n", {}, 1, "sep=", 2),
        ("|1x3 Cross validator\n1,2,0\n3,4,1\n5,6,1\n", {"header": False}, 1, "|1x3 Cross validator", 3),
    ],
)
def test_a_first_line_that_is_no_header_is_told_with_what_skips_it(
    tmp_path: Path, text: str, given: dict[str, bool], line: int, shown: str, columns: int
) -> None:
    path = written(tmp_path, text)
    assert refusal(path, **given) == (
        f"FILE: line {line} ({shown!r}) does not have the {columns} columns of the lines below; "
        f"skip it with problem.skip_rows={line}"
    )
    assert read(path, **given, target="y" if not given else "c3", skip_rows=line).classes == ("0", "1")


@pytest.mark.parametrize(
    ("above", "which", "skip"),
    [
        ("Survey 7\nexported in May\n", "lines 1 to 2 ('Survey 7', …)", 2),
        ("\nSurvey 7\n\nMay\n\n", "lines 2 to 4 ('Survey 7', …)", 4),
        ("# a, b\n# c\n# d\n", "lines 1 to 3 ('# a', …)", 3),
        ("Survey 7,,\nMay,,\n", "lines 1 to 2 ('Survey 7', …)", 2),
        ("Survey 7,,\nMonth,5,\n", "lines 1 to 2 ('Survey 7', …)", 2),
        ("Survey 7, 2024,\n,,\n", "lines 1 to 2 ('Survey 7', …)", 2),
    ],
)
@pytest.mark.parametrize("rows", [2, 300])
def test_several_lines_above_the_header_are_told_with_what_skips_them(
    tmp_path: Path, above: str, which: str, skip: int, rows: int
) -> None:
    path = written(tmp_path, above + "x,c,y\n" + "".join(f"{row * row},a{row % 3},{row % 2}\n" for row in range(rows)))
    assert refusal(path) == (
        f"FILE: {which} do not have the 3 columns of the lines below; skip them with problem.skip_rows={skip}"
    )
    assert read(path, skip_rows=skip).columns.column("x").to_pylist() == [row * row for row in range(rows)]


@pytest.mark.parametrize("rows", [["1,2,0", "3,4,1", "5,6,0"], ["r,s,no", "t,u,yes", "v,w,no"]])
def test_a_header_without_a_last_name_is_no_line_above_it(tmp_path: Path, rows: list[str]) -> None:
    text = refusal(written(tmp_path, "\n".join(["a,y,", *rows])))
    assert text == "FILE: column 3 has no name in the header; name it"


@pytest.mark.parametrize(("rows", "told"), [([3], "row 3 repeats"), ([2, 5], "rows 2, 5 repeat")])
@pytest.mark.parametrize("x", ["a", "1.5"])
def test_rows_that_repeat_the_header_are_told(tmp_path: Path, x: str, rows: list[int], told: str) -> None:
    """As they do where files were joined."""
    lines = [f"{x},no", f"{x},yes"] * 3
    for row in rows:
        lines.insert(row - 1, "x,y")
    path = written(tmp_path, "\n".join(["x,y", *lines]) + "\n")
    them = "it" if len(rows) == 1 else "them"
    remedy = f"take {them} out of the file or, if it has no header, set problem.header=false"
    assert refusal(path) == f"FILE: {told} the header; {remedy}"
    if x == "a":
        assert read(path, header=False, target="c2").classes == ("no", "y", "yes")
    assert read(written(tmp_path, "x,y\nx,a\nb,y\n")).columns.column("x").to_pylist() == ["x", "b"]


def test_without_a_header_columns_are_given_by_position(tmp_path: Path) -> None:
    path = written(tmp_path, "7,1.5,a,0\n8,2.5,b,1\n9,3.5,a,0\n")
    table = read(path, header=False, target="4", drop=["1"], kinds={"2": "category"})
    assert table.target_name == "c4"
    assert table.columns.to_pydict() == {"c2": ["1.5", "2.5", "3.5"], "c3": ["a", "b", "a"]}
    assert table.notes[:3] == tuple(f"column {place} of 4, counted from 1, is c{place}" for place in (4, 1, 2))
    named = read(path, header=False, target="1", columns=["d", "c", "b", "1"], classes=["0", "1"])
    assert named.target_name == "1"  # a column of this name comes first


@pytest.mark.parametrize("given", ["0", "5", "-1"])
def test_a_position_that_no_column_has_lists_them_in_their_order(tmp_path: Path, given: str) -> None:
    names = [f"c{place}" for place in range(1, 13)]
    row = ",".join(["1"] * 12)
    text = refusal(written(tmp_path, f"{row}\n{row}\n"), header=False, target=given if given != "5" else "13")
    assert text.endswith(f"; known: {', '.join(names)}")


def test_a_position_where_there_is_a_header_is_told_with_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, "x,z,y\n1,2,0\n2,3,1\n")
    told = "no such column in FILE; column 3 of 3, counted from 1, is 'y'"
    assert refusal(path, target="3") == f"problem.target=3: {told}: problem.target=y"
    assert refusal(path, drop=["3"]) == f"problem.drop=3: {told}: problem.drop=[y]"
    assert refusal(path, kinds={"3": "text"}) == f"problem.kinds=3: {told}"


def test_the_line_to_skip_in_the_test_part_is_told_with_its_key(tmp_path: Path) -> None:
    path = written(tmp_path, "x,z,y\n1,2,0\n2,3,1\n")
    written(tmp_path, "|1x3\nx,z,y\n1,2,0\n2,3,1\n", "test.csv")
    text = refusal(path, test_path=str(tmp_path / "test.csv"))
    assert text.endswith(
        "test.csv: line 1 ('|1x3') does not have the 3 columns of the lines below; "
        "skip it with problem.test_skip_rows=1"
    )


def test_a_quote_over_lines_that_breaks_a_row_is_told_where_it_opens(tmp_path: Path) -> None:
    path = written(tmp_path, 'x,c,z,y\n1,a,1,0\n2,"b,2,1\n3,c,2,0\n4,d,3,1\n')
    assert refusal(path) == (
        "FILE: row 2 opens a quote in line 3 that closes in line 5 or never; mend it, "
        "or set problem.quoting=none where quotes are characters"
    )


def test_spaces_round_values_are_no_part_of_them(tmp_path: Path) -> None:
    table = read(written(tmp_path, "x, c , y\n1, a , no\n2,b, yes\n3, ?, no\n"))
    assert table.columns.to_pydict() == {"x": [1.0, 2.0, 3.0], "c": ["a", "b", None]}
    assert table.classes == ("no", "yes")


QUOTES = 'label\ttext\nham\tso "he"\nspam\tbuy\nham\t"what is it now\nspam\tmore\nham\tit" is\n'


def test_quotes_that_are_characters_swallow_no_rows(tmp_path: Path) -> None:
    path = written(tmp_path, QUOTES)
    table = read(path, target="label")
    assert table.columns.to_pydict() == {"text": ['so "he"', "buy", '"what is it now', "more", 'it" is']}
    assert table.notes[0] == (
        "table.csv: delimiter tab, quoting none (each line is a row of 2 fields, quotes are characters)"
    )
    assert read(path, target="label", quoting="none").columns == table.columns
    swallowed = read(path, target="label", quoting="minimal")
    assert len(swallowed) == 3
    assert swallowed.notes[0] == "table.csv: delimiter tab, 1 row with values over several lines (row 3 first)"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "text",
    [
        'y,c\na,"one line\ntwo, lines"\nb,plain\na,other\n',
        'y;c\na;"one ""quoted"" line\n""two""; lines"\nb;"plain"\na;""\n',
        '"y"\t"c"\n"a"\t"one\nb\ttwo"\n"b"\t"plain"',
    ],
)
def test_line_breaks_inside_quoted_fields_cut_no_row(tmp_path: Path, text: str, end: str) -> None:
    path = written(tmp_path, text.replace("\n", end))
    table = read(path, kinds={"c": "text"})
    frame = pd.read_csv(path, sep=None, engine="python", keep_default_na=False)
    assert table.columns.column("c").to_pylist() == [value or None for value in frame["c"]]
    assert "1 row with values over several lines (row 1 first)" in table.notes[0]


@pytest.mark.parametrize("stray", ['5" pipe', '"so" they say', 'he said "go'])
def test_one_quote_within_a_field_makes_all_of_them_characters(tmp_path: Path, stray: str) -> None:
    path = written(tmp_path, f'y\tc\na\t"one\nb\ttwo"\na\t{stray}\n')
    table = read(path)
    assert table.columns.column("c").to_pylist() == ['"one', 'two"', stray]
    assert "quoting none" in table.notes[0]


def test_values_over_several_lines_are_told(tmp_path: Path) -> None:
    table = read(written(tmp_path, 'c,x,y\na,1,0\n"b\n\nc",2,1\n'))
    assert table.columns.to_pydict() == {"c": ["a", "b\n\nc"], "x": [1.0, 2.0]}
    assert table.notes[0] == "table.csv: delimiter comma, 1 row with values over several lines (row 2 first)"


def test_a_quote_that_nothing_closes_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, 'x,c,y\n1,a,0\n2,b,"1\n3,c\n')) == (
        "FILE: row 2 opens a quote that nothing closes; mend it, "
        "or set problem.quoting=none where quotes are characters"
    )


def test_a_row_longer_than_a_block_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "BLOCK", 1 << 20)
    text = refusal(written(tmp_path, "c,y\na,0\n" + "b" * (3 << 20) + ",1\n"))
    assert text == "FILE: a row is longer than 1 MiB; is a quote not closed? (problem.quoting=none)"


@pytest.mark.parametrize("start", [0, 1])
def test_index_that_pandas_writes_is_left_out(tmp_path: Path, start: int) -> None:
    table = read(written(tmp_path, f",x,y\n{start},1,0\n{start + 1},3,1\n"))
    assert table.columns.to_pydict() == {"x": [1.0, 3.0]}
    assert "column 1, which has no name and counts the rows, left out" in table.notes[0]


@pytest.mark.parametrize("numbers", [("5", "2"), ("2", "3"), ("0", "2"), ("1", "1"), ("0", "-1"), ("a", "b")])
def test_first_column_without_a_name_that_is_no_index_is_refused(tmp_path: Path, numbers: tuple[str, str]) -> None:
    """It begins with 0 or 1, and goes on by 1."""
    text = f",x,y\n{numbers[0]},1,0\n{numbers[1]},2,1\n"
    assert refusal(written(tmp_path, text)) == "FILE: column 1 has no name in the header; name it"


@pytest.mark.parametrize("end", ["\n", ""])
def test_the_only_row_may_end_with_the_file(tmp_path: Path, end: str) -> None:
    assert refusal(written(tmp_path, f"x,y\n1,0{end}")) == (
        "FILE: target 'y' has one class (0: 1), a problem needs two or more; choose another column"
    )
    assert refusal(written(tmp_path, f"x,y{end}")) == "FILE: a header and no rows; it needs rows"


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("last", ['3,"c,\nd",0', '3,"c \\" d",0', "3,c,0"])
def test_the_last_row_may_end_with_the_file(tmp_path: Path, last: str, end: str) -> None:
    table = read(
        written(
            tmp_path,
            f'x,c,y\n1,"a \\" b",0\n2,b,1\n{last}{end}' if "\\" in last else f"x,c,y\n1,a,0\n2,b,1\n{last}{end}",
        )
    )
    assert table.columns.column("x").to_pylist() == [1.0, 2.0, 3.0]
    assert table.target.tolist() == [0, 1, 0]
    short = refusal(written(tmp_path, f"x,c,y\n1,a,0\n2,b,1\n3,c{end}"))
    assert short == "FILE: row 3 (line 4) has 2 fields, the header 3; mend the row"
