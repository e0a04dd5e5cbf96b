"""Options of tabular features: columns of a table become a matrix of numbers, by statistics of the train rows only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.features.features import FeatureOptions, Features
from logodds.options.rules import choice, number
from logodds.options.unused import Unused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from logodds.data.table import Table


@dataclass(kw_only=True)
class TabularOptions(FeatureOptions):
    """How columns become inputs.

    Attributes:
        scale: ``standard`` centres numbers and divides by their standard deviation, ``quantile`` maps them to a normal
            distribution, ``none`` leaves them as they are.
        bins: the largest number of bins of a piecewise-linear encoding, which replaces the scaled number; None for no
            such encoding.
        rare: words in fewer train rows than this share one column, also with new words; 0 gives every word its own
            column.
        max_categories: the largest number of words that a column may keep.
    """

    name: str = choice("tabular")
    scale: str = choice("standard", "quantile", "none")
    bins: int | None = number(least=2, most=1024)
    rare: int = number(least=0)
    max_categories: int = number(least=2)

    row_kind = "matrix"

    def unused(self) -> list[Unused]:
        if self.bins is None:
            return []
        return [Unused(f"features.bins={self.bins} takes the place of scaling", {"features.scale": ("standard",)})]

    def fit(self, table: Table, rows: NDArray[np.int64], split_column: str | None) -> Features:
        from logodds.features.fitted import tabular

        return tabular.fit(table, rows, self, split_column)

    @classmethod
    def state(cls) -> type[Features]:
        from logodds.features.fitted.tabular import TabularFeatures

        return TabularFeatures
