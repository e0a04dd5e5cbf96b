"""Classes of a target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from table_files import read, refusal, written


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


@pytest.mark.parametrize("word", [".", "\\N", "-", "#NV", "-99"])
def test_a_class_that_means_missing_elsewhere_is_told(tmp_path: Path, word: str) -> None:
    path = written(tmp_path, "x,y\n" + "".join(f"{row * row},{('a', 'b', word)[row % 3]}\n" for row in range(9)))
    told = (
        f"target y: {word!r} counts as a class; where it means missing, leave those rows out with problem.classes=[a,b]"
    )
    assert told in read(path).notes
    assert not any("counts as a class" in note for note in read(path, classes=["a", "b"]).notes)
    assert not any("counts as a class" in note for note in read(path, classes=[word, "b"]).notes)


@pytest.mark.parametrize("values", [("-", "+"), ("-1", "1"), ("na", "nb")])
def test_other_classes_are_not_told(tmp_path: Path, values: tuple[str, str]) -> None:
    text = "x,y\n" + "".join(f"{row * row},{values[row % 2]}\n" for row in range(8))
    assert any("counts as a class" in note for note in read(written(tmp_path, text)).notes) == ("na" in values)


def test_one_class_is_refused_with_its_count(tmp_path: Path) -> None:
    told = "FILE: target 'y' has one class (0: 2), a problem needs two or more; choose another column"
    assert refusal(written(tmp_path, "x,y\n1,0\n2,0\n")) == told


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (["a", "d"], "no row has y=d; found a: 1, b: 1, c: 2"),
        (["a", "a"], "[negative,positive]"),
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


def test_a_class_that_reads_as_missing_is_told_with_what_keeps_it(tmp_path: Path) -> None:
    path = written(tmp_path, rows(["Some", "None", "Some", "None"]))
    assert refusal(path) == (
        "FILE: target 'y' is missing in 2 rows (rows 2, 4), as 'None' means missing; fill or remove them, "
        'or set \'problem.missing=[NA,N/A,n/a,"#N/A","<NA>","NaN","nan","null","NULL","?"]\' where it is a class'
    )
    assert read(path, missing=[]).classes == ("None", "Some")
    empty = refusal(written(tmp_path, rows(["a", "", "b"])))
    assert empty == "FILE: target 'y' is missing in 1 row (row 2); fill or remove them"


def rows(values: list[str]) -> str:
    return "x,y\n" + "".join(f"{row * row},{value}\n" for row, value in enumerate(values))


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["b", "c", "a"], ("a", "b", "c")),
        (["10", "9", "2"], ("2", "9", "10")),
        ([str(row) for row in range(256)] * 2, tuple(str(row) for row in range(256))),
        ([f"c{row}" for row in range(256)], tuple(sorted(f"c{row}" for row in range(256)))),
        ([str(row / 2) for row in range(11)] * 9, tuple(str(row / 2) for row in range(11))),
    ],
)
def test_many_classes_are_found(tmp_path: Path, values: list[str], classes: tuple[str, ...]) -> None:
    table = read(written(tmp_path, rows(values)))
    assert table.classes == classes
    assert table.target.dtype == np.int64
    assert [table.classes[code] for code in table.target] == values


def test_classes_in_quotes_are_found_without_them(tmp_path: Path) -> None:
    path = written(tmp_path, "x;y\n1;'no'\n2;'yes'\n3;'no'\n")
    assert read(path, classes=["yes", "'no'"]).classes == ("'yes'", "'no'")


def test_classes_given_pick_and_order_many(tmp_path: Path) -> None:
    table = read(written(tmp_path, rows(["a", "b", "c", "d", "a"])), classes=["c", "a", "b"])
    assert (table.classes, table.target.tolist()) == (("c", "a", "b"), [1, 2, 0, 1])
    assert table.notes[1:3] == ("target y: c 1, a 2, b 1", "1 row of other classes left out (d: 1)")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["a"] * 3, "has one class (a: 3), a problem needs two or more; choose another column"),
        (
            [f"c{row}" for row in range(257)] * 3,
            "has 257 classes, at most 256; choose some with problem.classes=[a,b,…]",
        ),
        (
            [f"{row / 7:.3f}" for row in range(21)] * 9,
            "has 21 different numbers (0.000, 0.143, 0.286, …), a measurement and no class; "
            "choose another column, or cut it into classes",
        ),
        (
            [str(row) for row in range(257)] * 3,
            "has 257 different numbers (0, 1, 2, …), a measurement and no class; "
            "choose another column, or cut it into classes",
        ),
        (
            [str(row) for row in range(30)],
            "has 30 different numbers (0, 1, 2, …), a measurement and no class; "
            "choose another column, or cut it into classes",
        ),
        (
            ["yes", " Yes", "no", "YES "],
            "spells one class in several ways ('YES': 1, 'Yes': 1, 'yes': 1); "
            "mend them or set problem.fold_labels=true",
        ),
        (
            ["1", "1.0", "0"],
            "spells one class in several ways ('1': 1, '1.0': 1); mend them or set problem.fold_labels=true",
        ),
        (
            ["\u00e9t\u00e9", "\u00c9t\u00e9", "x"],  # which the eye tells apart
            "spells one class in several ways ('\u00c9t\u00e9': 1, '\u00e9t\u00e9': 1); "
            "mend them or set problem.fold_labels=true",
        ),
        (
            ["caf\u00e9", "cafe\u0301", "x"],
            "spells one class in several ways ('cafe\\u0301': 1, 'caf\\xe9': 1); "
            "mend them or set problem.fold_labels=true",
        ),
        (
            ["x", "x\u200b", "z"],
            "spells one class in several ways ('x': 1, 'x\\u200b': 1); mend them or set problem.fold_labels=true",
        ),
    ],
)
def test_a_target_without_classes_is_refused(tmp_path: Path, values: list[str], told: str) -> None:
    assert refusal(written(tmp_path, rows(values))) == f"FILE: target 'y' {told}"


def test_unicode_spellings_are_folded(tmp_path: Path) -> None:
    labels = ["caf\u00e9", "cafe\u0301", "caf\u00e9", "x", "x\u200b", "\uff58", "x", "\ufeffx"]
    table = read(written(tmp_path, rows(labels)), fold_labels=True)
    assert table.classes == ("caf\u00e9", "x")
    assert table.target.tolist() == [0, 0, 0, 1, 1, 1, 1, 1]


def test_long_labels_are_shortened_in_notes(tmp_path: Path) -> None:
    table = read(written(tmp_path, rows(["p" * 300, '"n\nq"', '"n\nq"'])))
    shown = "p" * 16 + "…" + "p" * 7
    assert f"target y: n q 2, {shown} 1 (positive: {shown})" in table.notes


def test_spellings_are_folded_into_the_most_frequent(tmp_path: Path) -> None:
    table = read(written(tmp_path, rows(["Yes", "yes", "Yes", "NO", " no", "no "])), fold_labels=True)
    assert (table.classes, table.target.tolist()) == (("Yes", "no"), [0, 0, 0, 1, 1, 1])


def test_end_of_a_label_is_taken_off(tmp_path: Path) -> None:
    table = read(written(tmp_path, rows(["a.", "b", "a", " b."])), target_strip=".")
    assert (table.classes, table.target.tolist()) == (("a", "b"), [0, 1, 0, 1])


def test_a_class_that_only_the_test_part_has_is_refused(tmp_path: Path) -> None:
    train = written(tmp_path, rows(["a", "b", "a"]))
    test = written(tmp_path, rows(["a", "c"]), "test.csv")
    assert refusal(train, test_path=str(test)) == (
        f"{test}: class 'c' of 'y' is in no row of table.csv; mend the label, or leave it out with "
        "problem.classes=[a,b]"
    )
    table = read(train, test_path=str(test), classes=["a", "b"])
    assert (table.test_rows, table.target.tolist()) == (1, [0, 1, 0, 0])


def test_two_classes_say_which_is_positive(tmp_path: Path) -> None:
    assert read(written(tmp_path, rows(["no", "yes", "no"]))).notes[1] == "target y: no 2, yes 1 (positive: yes)"


def test_more_than_256_classes_are_refused(tmp_path: Path) -> None:
    words = [f"c{row % 257}" for row in range(514)]
    path = written(tmp_path, rows(words))
    assert refusal(path) == "FILE: target 'y' has 257 classes, at most 256; choose some with problem.classes=[a,b,…]"
    assert refusal(path, classes=sorted(set(words))) == "problem.classes: 257 classes, at most 256"
    most = sorted(set(words))[:-1]
    assert read(path, classes=most).classes == tuple(most)
    assert len(read(written(tmp_path, rows([word for word in words if word in most]))).classes) == 256


def test_more_than_256_whole_numbers_are_a_measurement(tmp_path: Path) -> None:
    numbers = [str(row % 257) for row in range(514 * 2)]
    assert refusal(written(tmp_path, rows(numbers))).startswith(
        "FILE: target 'y' has 257 different numbers (0, 1, 2, …), a measurement and no class; "
    )
    assert len(read(written(tmp_path, rows([number for number in numbers if number != "256"]))).classes) == 256


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_a_blank_target_of_a_file_that_states_its_types_is_missing(tmp_path: Path, blank: str | None) -> None:
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"x": [1.5, 2.5, 0.5, 3.5], "y": ["no", blank, "yes", blank]}), path)
    assert refusal(path, target_strip=".") == "FILE: target 'y' is missing in 2 rows (rows 2, 4); fill or remove them"
