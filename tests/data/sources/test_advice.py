"""What notes about a file advise to set, typed as it stands, leads to what was meant."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from table_files import DEFAULTS, read, written

from logodds.options.overrides import as_hydra_reads

ADVICE = r"'problem\.[^']+'|problem\.\w+=(?:\[[^\]]*\]|\w+)"


def lines(header: str, *rows: str) -> str:
    return "\n".join([header, *(f"{row},{index % 2}" for index, row in enumerate(rows)), ""])


FILES = {
    "read as missing": lines("c,x,y", *["NA,1.5", "DE,2.5", "?,3.5", "None,2.5"] * 5),
    "identifier": lines("c,x,y", *(f"A-{row},{row * row}.5" for row in range(60))),
    "whole numbers": lines("id,x,y", *(f"{row * 7919 % 1009},{row * row}.5" for row in range(60))),
    "counts the rows": lines("n,x,y", *(f"{row + 1},{row * row % 7}.5" for row in range(30))),
    "times": lines("t,x,y", *(f"{row % 24}:05,{row * row % 7}.5" for row in range(30))),
    "two readings": lines("d,x,y", *(f"01/0{row % 9 + 1}/2024,{row * row % 7}.5" for row in range(30))),
    "codes": lines("c,x,y", *["1.1,1.5", "1.10,2.5"] * 15),
    "points": lines("c,y", *["1.234", "5.678", "2.345"] * 9),
}


def overrides(note: str) -> list[dict[str, Any]]:
    """Return the options that a note advises to set."""
    found = []
    for advice in re.findall(ADVICE, note):
        (word,) = shlex.split(advice)
        override = OverridesParser.create().parse_override(as_hydra_reads(word))
        found.append({str(override.key_or_group).removeprefix("problem."): override.value()})
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_note_s_advice_makes_another_note_of_it(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, FILES[name])
    notes = read(path).notes
    advised = [(note, given) for note in notes for given in overrides(note)]
    assert advised
    for note, given in advised:
        assert given.keys() <= DEFAULTS.keys()
        assert note not in read(path, **given).notes


def test_the_advice_about_words_that_were_read_as_missing_keeps_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, FILES["read as missing"])
    ((note, given),) = [(note, given) for note in read(path).notes for given in overrides(note)]
    assert note.startswith("column 'c': 'NA' (5 rows), 'None' (5 rows) read as missing")
    assert read(path, **given).columns.column("c").to_pylist() == ["NA", "DE", None, "None"] * 5


@pytest.mark.parametrize("word", [".", "-", "\\N", "na", "(null)", "#NV", "#VALUE!", "########", "-99"])
def test_the_advice_about_words_that_mean_missing_elsewhere_has_them_missing(tmp_path: Path, word: str) -> None:
    path = written(tmp_path, lines("c,x,y", *[f"{word},1.5", "DE,2.5", "FR,3.5"] * 5))
    ((note, given),) = [(note, given) for note in read(path).notes for given in overrides(note)]
    assert note.startswith(f"column 'c': {word!r} (5 rows) read as values; where they mean missing, set")
    assert read(path).columns.column("c")[0].as_py() == word
    assert read(path, **given).columns.column("c").to_pylist() == [None, "DE", "FR"] * 5


def test_a_minus_beside_a_plus_is_a_value(tmp_path: Path) -> None:
    assert not any("missing" in note for note in read(written(tmp_path, lines("c,x,y", "-,1.5", "+,2.5"))).notes)


def test_the_advice_about_words_that_are_values_has_them_missing_again(tmp_path: Path) -> None:
    path = written(tmp_path, FILES["read as missing"])
    advised = [given for note in read(path, missing=["DE"]).notes for given in overrides(note)]
    assert {"missing": ["DE", "NA", "?", "None"]} in advised
