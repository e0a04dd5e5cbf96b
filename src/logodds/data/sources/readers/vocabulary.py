"""The different words of neighbouring columns, which are matched together.

Each call of Arrow compiles its pattern anew, which takes far longer than to match the few words of a short column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from logodds.data.neighbours import together

SAMPLE = 1000  # first words of a column that are looked at before all are


class _Neighbours:
    """A few columns of words, and what was found out about their different words. All of it is found when first asked
    for."""

    def __init__(self, columns: Sequence[Any]) -> None:
        self._columns = columns
        self._found: dict[str, pa.Array] = {}
        self._parts: dict[str, dict[str, dict[str, str]]] = {}

    @cached_property
    def words(self) -> list[pa.Array]:
        """The different words of each column, without null."""
        return [column.unique().drop_null() for column in self._columns]

    @cached_property
    def first(self) -> _Neighbours | None:
        """The first words of each column; None if no column has more."""
        if all(len(words) <= SAMPLE for words in self.words):
            return None
        return _Neighbours([words.slice(0, SAMPLE) for words in self.words])

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(map(len, self.words))]

    @cached_property
    def _joined(self) -> Any:
        if len(self.words) == 1:
            return self.words[0]
        return pa.chunked_array(self.words).cast(pa.large_string()).combine_chunks()  # may be larger than 2 GiB

    def like(self, index: int, pattern: str) -> pa.Array:
        """Return which words of a column match."""
        return self._like(pattern).slice(self._starts[index], len(self.words[index]))

    def parts(self, pattern: str) -> Mapping[str, dict[str, str]]:
        """Return the named groups of the words that match, of all columns."""
        if pattern not in self._parts:
            words = self._joined.filter(self._like(pattern))
            parts = pc.extract_regex(words, pattern).to_pylist() if len(words) else []
            self._parts[pattern] = dict(zip(words.to_pylist(), parts, strict=True))
        return self._parts[pattern]

    def _like(self, pattern: str) -> pa.Array:
        if pattern not in self._found:
            self._found[pattern] = pc.match_substring_regex(self._joined, pattern)
        return self._found[pattern]


class Vocabulary:
    """The different words of a column, in the order of their first rows, without null."""

    def __init__(self, neighbours: _Neighbours, index: int) -> None:
        self._neighbours = neighbours
        self._index = index

    def __len__(self) -> int:
        return len(self.words)

    @property
    def words(self) -> pa.Array:
        return self._neighbours.words[self._index]

    @property
    def first(self) -> Vocabulary:
        """The first :data:`SAMPLE` words."""
        return Vocabulary(self._neighbours.first or self._neighbours, self._index)

    def like(self, pattern: str) -> pa.Array:
        """Return which words match the regular expression."""
        return self._neighbours.like(self._index, pattern)

    def matching(self, pattern: str) -> pa.Array:
        """Return the words that match."""
        return self.words.filter(self.like(pattern))

    def parts(self, pattern: str) -> Mapping[str, dict[str, str]]:
        """Return the named groups of words that match, by the word; other columns may have some of these words."""
        return self._neighbours.parts(pattern)

    def any(self, pattern: str) -> bool:
        """Return whether a word matches."""
        return bool(self.like(pattern).true_count)

    def all(self, pattern: str) -> bool:
        """Return whether there are words, and all of them match. The first words tell of most columns that not all
        do."""
        return len(self) > 0 and not self.first.like(pattern).false_count and not self.like(pattern).false_count


def vocabularies(columns: Sequence[pa.Array | pa.ChunkedArray]) -> list[Vocabulary]:
    """Return the vocabulary of each of some columns of words, of equal length."""
    groups = together(columns, len(columns[0]) if columns else 0)
    return [
        Vocabulary(neighbours, index)
        for neighbours, count in ((_Neighbours(group), len(group)) for group in groups)
        for index in range(count)
    ]


NO_WORDS = vocabularies([pa.nulls(0, pa.string())])[0]
