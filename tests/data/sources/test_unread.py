"""Words that look like dates or quantities in a form that is not read are told."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from table_files import read, written

from logodds.data.sources.readers.unread import looks
from logodds.data.sources.readers.vocabulary import vocabularies

DATES = [
    ["Apr-20", "May-20", "Jun-21"],
    ["5-Apr", "6-May", "17-Jun"],
    ["April 2020", "May 2020", "June 2021"],
    ["12. März 2024", "1. Mai 2023", "24. Dezember 2024"],
    ["5 janvier 2024", "6 août 2024", "7 mars 2023"],
    ["Mon, Jan 5 2024", "Tue, Jan 6 2024", "Wed, Feb 7 2024"],
    ["Monday, January 5, 2024", "Tuesday, March 6, 2024", "Friday, May 3, 2024"],
    ["Mon, 05 Jan 2024 10:00:00 GMT", "Tue, 06 Jan 2024 10:00:00 GMT", "Wed, 07 Feb 2024 10:00:00 GMT"],
    ["Q3 2021", "Q4 2021", "Q1 2022"],
    ["2021-Q3", "2021Q4", "2022Q1"],
    ["2021-W05", "2021-W06", "2022-W01"],
    ["2021-03", "2021-11", "2022-01"],
    ["3/2021", "11/2021", "1/2022"],
    ["2021-3-5", "2021-11-15", "2022-1-7"],
    ["1.10.24", "2.10.24", "13.1.25"],
    ["2024-03-01 12:00 UTC", "2024-03-02 12:00 UTC", "2024-04-01 12:00 UTC"],
    ["31.12.2024 10:00+01:00", "1.1.2024 10:00+01:00", "2.1.2024 10:00+01:00"],
]
QUANTITIES = [
    "{} ± 0.{}",
    "{}.5 ({})",
    "{}h {}m",
    "{} days 0{}:10:00",
    "{}'{}\"",
    "{}/{}",
    "<{}-{}",
    "1.{}.{}",
    "{} lb {} oz",
]


@pytest.mark.parametrize("words", DATES, ids=lambda words: words[0])
def test_dates_of_another_form_are_told(words: list[str]) -> None:
    assert told(words) == (
        f"its words look like dates of a form that is not read, as {words[0]!r}; "
        "to have them read as dates, write them as 2024-12-31"
    )
    assert told(words[:2]) is None


@pytest.mark.parametrize("form", QUANTITIES)
def test_quantities_are_told_where_they_are_many(form: str) -> None:
    words = [form.format(number // 3, number % 7) for number in range(30)]
    distinct = sorted(set(words), key=words.index)
    assert told(distinct) == (
        f"its words begin with numbers, as {words[0]!r}; where they are quantities, write plain numbers in one unit"
    )
    assert told(distinct[:20]) is None


@pytest.mark.parametrize("form", ["A-{}", "192.168.0.{}", "{}/2024", "{}-x", "May {} x", "v1.{}", "Q{}"])
def test_codes_are_not(form: str) -> None:
    assert told([form.format(number) for number in range(10, 50)]) is None


@pytest.mark.parametrize("word", ["2-Sep", "Mar-01", "10-Dec"])
def test_names_that_excel_turned_into_dates_are_told(word: str) -> None:
    assert told(["TP53", "BRCA1", word]) == (
        f"among its words is {word!r}, as Excel writes names and ranges that it takes for dates; mend them"
    )


@pytest.mark.parametrize("word", ["five", "IV", "n=5", "½", "No. 5"])
def test_a_word_in_most_rows_beside_numbers_is_told(word: str) -> None:
    assert told([word, *(f"{number}.5" for number in range(30))]) == (
        f"its words are numbers but for {word!r}; to have numbers, write one there or nothing"
    )


def test_addresses_are_not() -> None:
    words = [
        f"{number} {street} Street"
        for number in range(5)
        for street in ("Main", "High", "Low", "Oak", "Elm", "Fir", "Ash")
    ]
    assert told(words) is None


def told(words: list[str]) -> str | None:
    return looks(vocabularies([pa.array(words)])[0])


def lines(words: list[str]) -> str:
    return "x,t,y\n" + "".join(f'{row * row}.5,"{word}",{row % 2}\n' for row, word in enumerate(words))


def test_the_note_says_what_the_column_is_read_as(tmp_path: Path) -> None:
    months = [f"{month}-{20 + row % 3}" for row, month in enumerate(["Jan", "Apr", "May", "Jun"] * 15)]
    told = "its words look like dates of a form that is not read, as 'Jan-20'"
    assert any(
        note.startswith(f"column 't' is a category: {told}") for note in read(written(tmp_path, lines(months))).notes
    )
    stated = read(written(tmp_path, lines(months)), kinds={"t": "category"})
    assert not any("look like" in note for note in stated.notes)
    mixed = [f"{row} {'kg' if row % 2 else 'lb'}" for row in range(60)]
    told = "column 't' is a text: its words begin with numbers, as '0 lb'; where they are quantities"
    assert any(note.startswith(told) for note in read(written(tmp_path, lines(mixed))).notes)
    quarters = [f"{1990 + row}-Q{row % 4 + 1}" for row in range(60)]
    left_out = [note for note in read(written(tmp_path, lines(quarters))).notes if "left out" in note]
    assert left_out[0].endswith(
        "; its words look like dates of a form that is not read, as '1990-Q1'; "
        "to have them read as dates, write them as 2024-12-31"
    )
