"""A column of texts -> bags of word and character n-grams, as scikit-learn's CountVectorizer and TfidfVectorizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.features.features import FeatureOptions, Features
from logodds.options.rules import choice, number
from logodds.system.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from logodds.data.table import Table


@dataclass(kw_only=True)
class NgramsOptions(FeatureOptions):
    """Which n-grams are counted, and how they are weighed. Words and characters are a block of terms each.

    Attributes:
        column: the texts; null where there is one column of them.
        words: the shortest and the longest n-gram of words, or null for none.
        chars: the same of characters, within one word at a time.
        min_df: train rows that a term must be in.
        max_terms: of a block, the most frequent; null keeps all.
        tfidf: counts times ln((1 + n) / (1 + df)) + 1, each row of a block scaled to length 1.
        sublinear: 1 + ln(count) in the place of the count.
        lowercase: whether capital letters are read as small ones.
    """

    name: str = choice("ngrams")
    column: str | None
    words: list[int] | None = number(least=1, most=10)
    chars: list[int] | None = number(least=1, most=10)
    min_df: int = number(least=1)
    max_terms: int | None = number(least=1)
    tfidf: bool
    sublinear: bool
    lowercase: bool

    gives = "bags"

    def blocks(self) -> dict[str, list[int]]:
        """The ranges by key, of those that are not null."""
        ranges = {"words": self.words, "chars": self.chars}
        return {key: span for key, span in ranges.items() if span is not None}

    def check(self) -> None:
        """Rules between keys.

        Raises:
            UserError: ranges that are no ranges, or none at all.
        """
        for key, span in self.blocks().items():
            if len(span) != 2 or span[0] > span[1]:
                raise UserError(f"features.{key}={span}: must be [shortest,longest], for example [1,2], or null")
        if not self.blocks():
            raise UserError(
                "features.words=null, features.chars=null: give one of them, for example features.words=[1,2]"
            )

    def fit(self, table: Table, rows: NDArray[np.int64], split_column: str | None) -> Features:
        from logodds.features.fitted import ngrams

        return ngrams.fit(table, rows, self, split_column)

    @classmethod
    def state(cls) -> type[Features]:
        from logodds.features.fitted.ngrams import NgramFeatures

        return NgramFeatures
