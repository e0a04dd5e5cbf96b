"""Fitted token features: texts become sequences of word numbers, by the words of the train rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.data.table import Table
from logodds.features.features import Features
from logodds.features.fitted import column
from logodds.features.rows import Tokens
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.features.tokens import TokensOptions

MARK = r"([^\p{L}\p{M}\p{N}'\s])"  # any character but letters, accents, digits, apostrophes and spaces
PADDING, UNKNOWN = 0, 1
FIRST = 2  # token number of the most frequent word
CHUNK = 4096  # texts that are split at a time, to bound the memory


@dataclass(frozen=True)
class TokenFeatures(Features):
    """Fitted token features.

    Attributes:
        column: the column of texts.
        words: words of the train rows, the most frequent first, then in alphabetical order; the first has token number
            2.
        length: the number of words that are read of a text.
        lowercase: whether upper-case letters are read as lower-case ones.
        punctuation: whether marks such as ! are words.
    """

    kind: ClassVar[str] = "tokens"

    column: str
    words: tuple[str, ...]
    length: int
    lowercase: bool
    punctuation: bool

    def inputs(self) -> dict[str, str]:
        return {self.column: "string"}

    def apply(self, columns: pa.Table, rows: NDArray[np.int64]) -> Tokens:
        column.by_name(columns, self.column)  # raises for a missing column even if there are no rows
        known = pa.array(self.words, pa.large_string())
        ids = np.full((len(rows), self.length), PADDING, np.int32)
        lengths = np.zeros(len(rows), np.int64)
        offset = 0
        for texts in _chunks(columns, self.column, rows):
            lists = _split(texts, self.lowercase, self.punctuation, self.length)
            numbers = pc.fill_null(pc.index_in(lists.values, value_set=known), UNKNOWN - FIRST).to_numpy() + FIRST
            starts = lists.offsets.to_numpy()
            counts = np.diff(starts)
            position = np.arange(len(numbers)) - np.repeat(starts[:-1], counts)
            row = np.repeat(np.arange(offset, offset + len(texts)), counts)
            kept = position < self.length
            ids[row[kept], position[kept]] = numbers[kept]
            lengths[offset : offset + len(texts)] = np.minimum(counts, self.length)
            offset += len(texts)
        longest = int(lengths.max(initial=1))
        return Tokens(np.ascontiguousarray(ids[:, :longest]), lengths, len(self.words) + FIRST)

    def to_plain(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "length": self.length,
            "lowercase": self.lowercase,
            "punctuation": self.punctuation,
            "words": list(self.words),
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> TokenFeatures:
        return cls(plain["column"], tuple(plain["words"]), plain["length"], plain["lowercase"], plain["punctuation"])


def fit(table: Table, rows: NDArray[np.int64], options: TokensOptions, split_column: str | None) -> TokenFeatures:
    """Fit the most frequent words of ``rows``, the train rows.

    Raises:
        UserError: there is not exactly one column of texts to read, or its train rows hold one text or no word.
    """
    name, notes = column.single(table, options.column, split_column, pa.types.is_large_string, "texts")
    counts = [
        pa.table(dict(zip(("word", "count"), counted.flatten(), strict=True)))
        for texts in _chunks(table.columns, name, rows)
        if (counted := _split(texts, options.lowercase, options.punctuation, None).values.value_counts())
    ]
    total = pa.concat_tables(counts).group_by("word").aggregate([("count", "sum")])
    total = total.filter(pc.not_equal(total.column("word"), ""))
    if not len(total):
        raise UserError(f"column {name!r} has no word in the train rows; use {as_typed('problem.drop', [name])}")
    column.refuse_one_text(table.columns, name, rows)
    total = total.filter(pc.greater_equal(total.column("count_sum"), options.min_count))
    if not len(total):
        raise UserError(
            f"features.min_count={options.min_count}: no word of column {name!r} is there so often; lower it"
        )
    ranked = total.sort_by([("count_sum", "descending"), ("word", "ascending")])
    words = ranked.column("word").slice(0, options.vocabulary - FIRST).to_pylist()
    return TokenFeatures(name, tuple(words), options.length, options.lowercase, options.punctuation, notes=notes)


def _chunks(columns: pa.Table, name: str, rows: NDArray[np.int64]) -> Iterator[pa.LargeStringArray]:
    """Yield the chosen rows of a column of texts, in parts."""
    for start in range(0, len(rows), CHUNK):
        yield column.texts(columns, name, rows[start : start + CHUNK])


def _split(texts: pa.LargeStringArray, lowercase: bool, punctuation: bool, most: int | None) -> pa.ListArray:
    """Return the words of each text; a text without words has one empty word.

    If ``most`` is given, a longer text has one more item, the unsplit rest.
    """
    folded = pc.utf8_lower(texts) if lowercase else texts
    apart = pc.replace_substring_regex(folded, MARK, r" \1 " if punctuation else " ")
    spaced = pc.utf8_trim_whitespace(pc.replace_substring_regex(apart, r"\s+", " "))
    return pc.split_pattern(spaced, " ", max_splits=most)
