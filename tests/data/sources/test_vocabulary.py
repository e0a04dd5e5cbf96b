"""The words of neighbouring columns are matched as each column would be alone."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

from logodds.data.neighbours import CELLS
from logodds.data.sources.readers.vocabulary import SAMPLE, vocabularies

PATTERN = r"^(?P<letter>[a-c])(?P<digit>\d?)$"
COLUMNS: list[list[str | None]] = [
    ["a", "b2", None, "a", "x"],
    ["c", "c", "c", "c", "a9"],
    [None] * 5,
    ["zz", "", "a\u00e9", "a1", None],
]


@pytest.mark.parametrize("repeated", [1, CELLS], ids=["together", "alone"])
def test_words_are_matched_as_by_re(repeated: int) -> None:
    found = vocabularies([pa.chunked_array([column] * repeated, pa.string()) for column in COLUMNS])
    for column, vocabulary in zip(COLUMNS, found, strict=True):
        words = [word for word in dict.fromkeys(column) if word is not None]
        matches = {word: match for word in words if (match := re.search(PATTERN, word))}
        assert vocabulary.words.to_pylist() == words
        assert len(vocabulary) == len(words)
        assert vocabulary.like(PATTERN).to_pylist() == [word in matches for word in words]
        assert vocabulary.matching(PATTERN).to_pylist() == list(matches)
        assert vocabulary.any(PATTERN) == bool(matches)
        assert vocabulary.all(PATTERN) == (0 < len(words) == len(matches))
        parts = vocabulary.parts(PATTERN)
        assert {word: parts[word] for word in words if word in parts} == {
            word: match.groupdict() for word, match in matches.items()
        }


def test_a_word_after_the_first_counts() -> None:
    words = [f"a{number}" for number in range(SAMPLE)]
    odd, even = vocabularies([pa.array([*words, "b"]), pa.array([*words, "a"])])
    assert not odd.all("^a")
    assert even.all("^a")
    assert odd.any("^b")
    assert not even.any("^b")
    assert odd.first.words.to_pylist() == even.first.words.to_pylist() == words
