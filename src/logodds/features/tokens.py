"""Options of token features: a column of texts becomes sequences of word numbers, by the words of the train rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.features.features import FeatureOptions, Features
from logodds.options.rules import choice, number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from logodds.data.table import Table


@dataclass(kw_only=True)
class TokensOptions(FeatureOptions):
    """How texts become token numbers.

    Attributes:
        column: the column of texts; None if there is only one.
        vocabulary: the number of token numbers, including 0 for padding and 1 for unknown words.
        min_count: how often a word must occur in the train rows to have its own number.
        length: number of words that are read of a text, from its start.
        lowercase: whether upper-case letters are read as lower-case ones.
        punctuation: whether marks such as ! are words.
    """

    name: str = choice("tokens")
    column: str | None
    vocabulary: int = number(least=3)
    min_count: int = number(least=1)
    length: int = number(least=1)
    lowercase: bool
    punctuation: bool

    row_kind = "tokens"
    by_length = True

    def fit(self, table: Table, rows: NDArray[np.int64], split_column: str | None) -> Features:
        from logodds.features.fitted import tokens

        return tokens.fit(table, rows, self, split_column)

    @classmethod
    def state(cls) -> type[Features]:
        from logodds.features.fitted.tokens import TokenFeatures

        return TokenFeatures
