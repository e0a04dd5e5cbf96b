"""Words of categories that look alike."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from table_files import read, written

from logodds.data.table import Table

ALIKE = "column 'c': words look alike and are read as different ones, mend them: "


def notes(table: Table) -> list[str]:
    return [note for note in table.notes if "look alike" in note]


def lines(words: list[str]) -> str:
    return "c;x;y\n" + "".join(f"{word};{row}.5;{row % 2}\n" for row, word in enumerate(words))


@pytest.mark.parametrize("space", [" ", "\t", "\u00a0", "\u3000", "\u2009"])
def test_no_space_around_a_word_is_part_of_it(tmp_path: Path, space: str) -> None:
    table = read(written(tmp_path, lines([f"a{space}", "a", f"{space}b", "b"])))
    assert table.columns.column("c").to_pylist() == ["a", "a", "b", "b"]
    assert notes(table) == []


def test_a_number_with_a_no_break_space_after_it_is_one(tmp_path: Path) -> None:
    assert read(written(tmp_path, "c;y\n1.5\u00a0;0\n2;1\n")).columns.column("c").to_pylist() == [1.5, 2.0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["Zürich", "Zu\u0308rich"], r"'Zu\u0308rich' (2) and 'Z\xfcrich' (2)"),
        (["New York", "New\u00a0York"], r"'New York' (2) and 'New\xa0York' (2)"),
        (["New York", "New  York"], "'New  York' (2) and 'New York' (2)"),
        (["a", "a\u200b"], r"'a' (2) and 'a\u200b' (2)"),
        (["a\ufeff", "a\u200b"], r"'a\u200b' (2) and 'a\ufeff' (2)"),
    ],
)
def test_words_that_look_alike_are_told_with_their_counts(tmp_path: Path, words: list[str], told: str) -> None:
    table = read(written(tmp_path, lines(words * 2)))
    assert table.columns.column("c").to_pylist() == words * 2
    assert notes(table) == [ALIKE + told]


@pytest.mark.parametrize("words", [["a", "A"], ["Zürich", "Zurich"], ["m²", "m2"], ["a b", "ab"]])
def test_words_that_look_different_are_not_told(tmp_path: Path, words: list[str]) -> None:
    assert notes(read(written(tmp_path, lines(words * 2)))) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["Yes", "yes", "maybe"], "words differ in case alone and are read as different ones"),
        (["Yes", "yes", "no"], "true and false are spelt in several ways, which are read as different ones"),
    ],
)
def test_words_that_differ_in_case_alone_are_told(tmp_path: Path, words: list[str], told: str) -> None:
    table = read(written(tmp_path, lines(words * 2)))
    assert table.columns.column("c").to_pylist() == words * 2
    assert f"column 'c': {told}, write them alike: 'Yes' (2) and 'yes' (2)" in table.notes


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("CafÃ©", "'CafÃ©' is 'Café' in UTF-8 that was read in another encoding"),
        ("MÃ¼nchen", "'MÃ¼nchen' is 'München' in UTF-8 that was read in another encoding"),
        ("Caf\ufffd", "'Caf\ufffd' holds U+FFFD in the place of letters that were lost"),
    ],
)
def test_letters_that_were_lost_are_told(tmp_path: Path, word: str, told: str) -> None:
    table = read(written(tmp_path, lines([word, "b"] * 2)))
    assert f"column 'c': {told}; write the file anew from its source" in table.notes


@pytest.mark.parametrize("words", [["Ålesund", "Ärger"], ["São", "château"], ["Âge", "Ñandú"]])
def test_letters_with_accents_are_not(tmp_path: Path, words: list[str]) -> None:
    assert not any("write the file anew" in note for note in read(written(tmp_path, lines(words * 2))).notes)


def test_truth_values_of_several_spellings_are_told(tmp_path: Path) -> None:
    (note,) = [note for note in read(written(tmp_path, lines(["T", "F", "True", "n"]))).notes if "spelt" in note]
    assert note.endswith(", write them alike: 'T' (1) and 'True' (1); 'F' (1) and 'n' (1)")


@pytest.mark.parametrize("words", [["a", "A", "b"], ["yes", "no"], ["T", "F"], ["On", "Off"]])
def test_single_letters_and_words_of_one_spelling_are_not(tmp_path: Path, words: list[str]) -> None:
    assert not any("alike" in note for note in read(written(tmp_path, lines(words * 2))).notes)


def test_spaces_around_the_words_of_a_file_that_states_its_types_are_told(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"c": ["a", "a ", "a", "b"], "x": [0.5, 1.5, 2.5, 3.5], "y": [0, 1, 0, 1]}), path)
    assert notes(read(path)) == [f"{ALIKE}'a' (2) and 'a ' (1)"]
