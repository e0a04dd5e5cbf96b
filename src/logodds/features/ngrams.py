"""Options of n-gram features: a column of texts becomes bags of word and character n-grams."""

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
    """Which n-grams are counted, and how they are weighted.

    Counts and weights are those of scikit-learn's CountVectorizer and TfidfVectorizer. Word and character n-grams are
    two separate blocks of terms.

    Attributes:
        column: the column of texts; None if there is only one.
        words: the lengths of the shortest and the longest n-gram of words; None for no such n-grams.
        chars: the same for n-grams of characters, which do not cross word boundaries.
        min_df: the smallest number of train rows that must contain a term.
        max_terms: number of terms of a block that are kept, the most frequent ones; None keeps all.
        tfidf: whether counts are multiplied by ln((1 + n) / (1 + df)) + 1, where n is the number of train rows and df
            that of those with the term, and each row of a block is scaled to length 1.
        sublinear: whether 1 + ln(count) takes the place of the count.
        lowercase: whether upper-case letters are read as lower-case ones.
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

    row_kind = "bags"

    def blocks(self) -> dict[str, list[int]]:
        """Return the ranges of n-gram lengths that are not None, by key."""
        ranges = {"words": self.words, "chars": self.chars}
        return {key: span for key, span in ranges.items() if span is not None}

    def check(self) -> None:
        """Check the rules that involve more than one key.

        Raises:
            UserError: a range is not [shortest, longest], or both are None.
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
