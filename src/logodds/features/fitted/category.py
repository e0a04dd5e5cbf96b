"""A fitted column of words: one 0/1 column of the matrix per level."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.system.errors import counted
from logodds.system.terminal.text import shortened

MENTIONED = 3  # words that a note lists
NONE = "none of the known words"


@dataclass(frozen=True)
class Category:
    """A column of words and its levels.

    Attributes:
        name: the raw column.
        vocabulary: the words that have their own level.
        rare: whether there is a shared level for words in too few train rows and for new words; otherwise such words
            are all zeros.
        gaps: whether missing values have a level, because the train rows had some; otherwise they are all zeros.
    """

    name: str
    vocabulary: tuple[str, ...]
    rare: bool
    gaps: bool

    @property
    def names(self) -> list[str]:
        """One name per column of the matrix."""
        extra = [f"{self.name} is rare"] * self.rare + [f"{self.name} is missing"] * self.gaps
        return [*(f"{self.name}={word}" for word in self.vocabulary), *extra]

    def fill(self, matrix: NDArray[np.float32], words: pa.ChunkedArray) -> None:
        """Write the columns of one raw column.

        Args:
            matrix: [n, len(names)], zero at first.
            words: [n] words, null or empty where one is missing.
        """
        known = pc.index_in(words, value_set=pa.array(self.vocabulary, pa.string()))
        count = len(self.vocabulary)
        level = np.where(
            _missing(words),
            count + self.rare if self.gaps else -1,
            pc.fill_null(known, count if self.rare else -1).to_numpy(),
        )
        rows = np.flatnonzero(level >= 0)
        matrix[rows, level[rows]] = 1.0

    def unseen(self, words: pa.ChunkedArray) -> list[str]:
        """Say in how many rows a word, or its absence, was not in the train rows, and how it is read.

        Args:
            words: [n] words, null or empty where one is missing.
        """
        missing = _missing(words)
        known = pc.is_in(words, value_set=pa.array(self.vocabulary, pa.string())).to_numpy()
        new = words.filter(pa.array(~known & ~missing))
        notes = []
        if len(new):
            first = ", ".join(shortened(repr(word), 30) for word in new.unique()[:MENTIONED].to_pylist())
            had, level = ("too few train rows", "rare") if self.rare else ("no train row", NONE)
            notes.append(f"{counted(len(new), 'row')} with a word that {had} had ({first}), read as {level}")
        if missing.any() and not self.gaps:
            notes.append(f"{counted(int(missing.sum()), 'row')} without a word, which no train row was, read as {NONE}")
        return notes

    def to_plain(self) -> dict[str, Any]:
        return {"kind": "category", **asdict(self)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Category:
        return cls(plain["name"], tuple(plain["vocabulary"]), plain["rare"], plain["gaps"])


def fit(name: str, values: pa.ChunkedArray, rare: int) -> Category:
    """Fit the levels of a column. Words in at least ``rare`` of the train rows ``values`` get their own level."""
    missing = _missing(values)
    counted = values.filter(pa.array(~missing)).value_counts()
    counts = dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))
    kept = tuple(sorted(word for word, count in counts.items() if count >= rare))
    return Category(name, kept, len(kept) < len(counts), bool(missing.any()))


def _missing(words: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return which words [n] are null or empty."""
    missing: NDArray[np.bool_] = pc.fill_null(pc.equal(words, ""), True).to_numpy()
    return missing
