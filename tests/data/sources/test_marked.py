"""Numbers that are not written plainly are neither categories, nor identifiers, nor missing values, without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from table_files import read, refusal, written

DROP = "or leave it out with problem.drop=[x]"
CATEGORY = "or set 'problem.kinds={x: category}'"

TRUTH = "'true' among numbers (18 such rows, as 'false')"


def column(words: list[str]) -> str:
    return "x;z;y\n" + "".join(f"{word};{row * row}.5;{row % 2}\n" for row, word in enumerate(words))


@pytest.mark.parametrize("every", [2, 4, 30])
@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ("({})", "a negative number in parentheses; write -0.5"),
        ("{}-", "a number with its minus at the end; write -0.5"),
        ("\u2212{}", "a number with the sign U+2212; write its minus as -"),
        ("<{}", "a number with '<'; write it without"),
        ("~{}", "a number with '~'; write it without"),
        ("{}*", "a number with '*'; write it without"),
        ("{}+", "a number with '+'; write it without"),
        ("{}%", "a number with '%'; write all numbers in one unit, without it"),
        ("{}K", "a number with 'K'; write all numbers in one unit, without it"),
        ("{} kg", "a number with 'kg'; write all numbers in one unit, without it"),
    ],
)
def test_numbers_with_marks_among_others_are_refused(tmp_path: Path, form: str, fault: str, every: int) -> None:
    words = [form.format(f"{row}.5") if row % every == 0 else f"{row}.5" for row in range(60)]
    path = written(tmp_path, column(words))
    assert refusal(path) == f"FILE: column 'x' row 1 is {words[0]!r}, {fault}, {DROP}"
    assert read(path, drop=["x"]).columns.column_names == ["z"]


@pytest.mark.parametrize("word", ["\u0661\u0662{}", "\uff11\uff12{}"])
def test_digits_of_other_scripts_are_refused(tmp_path: Path, word: str) -> None:
    told = refusal(written(tmp_path, column([word.format(row) for row in range(30)])))
    assert told == (
        f"FILE: column 'x' row 1 is {word.format(0)!r}, a number in other digits than 0 to 9; write 120, {CATEGORY}"
    )


def test_numbers_of_several_scales_are_refused(tmp_path: Path) -> None:
    words = [f"{row}{'KM'[row % 2]}" for row in range(1, 61)]
    told = refusal(written(tmp_path, column([*words, "varies"])))
    assert told == (
        f"FILE: column 'x' row 1 is '1M', a number with 'M'; write all numbers in one unit, without it, {DROP}"
    )


@pytest.mark.parametrize(
    ("levels", "fault"),
    [
        (["0", "1", "2", "3+"], "a number with '+'; write it without"),
        (["0.5", "0.1", "10%"], "a number with '%'; write all numbers in one unit, without it"),
        (["5", "(6)", "7"], "a negative number in parentheses; write -6"),
    ],
)
def test_few_levels_with_marks_are_advised_to_be_categories(tmp_path: Path, levels: list[str], fault: str) -> None:
    words = levels * 9
    path = written(tmp_path, column(words))
    (odd,) = [word for word in levels if not word.replace(".", "").isdecimal()]
    assert refusal(path) == (
        f"FILE: column 'x' row {levels.index(odd) + 1} is {odd!r} among numbers (9 such rows), {fault}, {CATEGORY}"
    )
    assert read(path, kinds={"x": "category"}).columns.column("x").to_pylist() == words


@pytest.mark.parametrize(
    ("levels", "odd"),
    [
        (["1", "0", "true", "1", "0", "false", "1"], f"{TRUTH}; write 1 for true and 0 for false"),
        (["1", "2", "t", "3", "T"], "'t' among numbers (18 such rows, as 'T'); write a number"),
        (["10", "99", "1e", "15", "2f"], "'1e' among numbers (18 such rows, as '2f'); write a number"),
    ],
)
def test_levels_that_are_no_numbers_are_not_advised_to_be_missing(tmp_path: Path, levels: list[str], odd: str) -> None:
    path = written(tmp_path, column(levels * 9))
    assert refusal(path) == f"FILE: column 'x' row 3 is {odd}, {CATEGORY}"
    assert read(path, kinds={"x": "category"}).columns.column("x").to_pylist() == levels * 9


def test_a_letter_among_few_levels_is_a_category_or_missing(tmp_path: Path) -> None:
    words = ["1", "2", "3", "G"] * 9
    path = written(tmp_path, column(words))
    told = refusal(path, missing=[])
    assert told == (
        "FILE: column 'x' row 4 is 'G' among numbers (9 such rows); write a number or leave the cell empty, "
        "or set 'problem.kinds={x: category}' for a category, or set problem.missing=[G] for a missing value"
    )
    assert read(path, kinds={"x": "category"}).columns.column("x").to_pylist() == words
    assert read(path, missing=["G"]).columns.column("x").null_count == 9


@pytest.mark.parametrize(("count", "advised"), [(8, True), (9, False)])
def test_all_words_that_may_mean_missing_are_advised_together(tmp_path: Path, count: int, advised: bool) -> None:
    marks = ["tbd", "-", "unknown", "#DIV/0!", "none yet", "lost", "x", "--", "open"][:count]
    words = [*(f"{row}.5" for row in range(60)), *marks * 3]
    path = written(tmp_path, column(words))
    told = refusal(path, missing=[])
    remedy = 'or set \'problem.missing=[tbd,"-",unknown,"#DIV/0!",none yet,lost,x,"--"]\'' if advised else DROP
    assert told == (
        f"FILE: column 'x' row 61 is 'tbd' among numbers ({3 * count} such rows, as '-', 'unknown', '#DIV/0!', …); "
        f"write a number or leave the cell empty, {remedy}"
    )
    if advised:
        assert read(path, missing=marks).columns.column("x").null_count == 3 * count


def test_a_number_with_a_mark_is_not_advised_to_be_missing_where_the_kind_is_stated(tmp_path: Path) -> None:
    path = written(tmp_path, column(["1", "2", "3+"]))
    assert refusal(path, kinds={"x": "number"}) == (
        "FILE: column 'x' row 3 is '3+', no number as problem.kinds wants; write one or empty it"
    )


def test_a_name_with_a_digit_above_numbers_is_told_as_a_header(tmp_path: Path) -> None:
    told = refusal(written(tmp_path, "x1,y\n" + "5,0\n6,1\n" * 9), header=False, target="c2")
    assert told == (
        "FILE: column 'c1' row 1 is 'x1' among numbers (1 such row); write a number, "
        "or set 'problem.kinds={c1: category}'; is it a header? (problem.header=true)"
    )


def test_a_row_of_units_below_the_header_is_advised_to_be_removed(tmp_path: Path) -> None:
    told = refusal(written(tmp_path, column(["(cm)", *(f"{row}.5" for row in range(60))])), missing=[])
    assert told == (
        "FILE: column 'x' row 1 is '(cm)' among numbers (1 such row); write a number or leave the cell empty, "
        "or set 'problem.missing=[\"(cm)\"]'; where row 1 holds units, remove it"
    )


@pytest.mark.parametrize("form", ["A{}-", "12{}a3", "{}A", "WEP {}", "#{}"])
def test_codes_among_numbers_are_an_identifier_as_before(tmp_path: Path, form: str) -> None:
    odd = [form, "B-{}", "C/{}"]
    words = [odd[row % 3].format(row) if row % 4 < 2 else str(7 * row) for row in range(60)]
    table = read(written(tmp_path, column(words)))
    assert "column 'x' has 60 different texts in 60 rows, an identifier" in "\n".join(table.notes)
