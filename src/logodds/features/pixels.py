"""Options of picture features: pictures stay bytes in memory and are normalised by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.features.features import FeatureOptions, Features
from logodds.options.rules import choice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from logodds.data.table import Table


@dataclass(kw_only=True)
class PixelsOptions(FeatureOptions):
    """How pictures are normalised.

    Attributes:
        column: the column of pictures; None if there is only one.
        normalise: ``standard`` gives each channel mean 0 and standard deviation 1 over the train rows; ``unit`` divides
            by 255.
    """

    name: str = choice("pixels")
    column: str | None
    normalise: str = choice("standard", "unit")

    row_kind = "pixels"

    def fit(self, table: Table, rows: NDArray[np.int64], split_column: str | None) -> Features:
        from logodds.features.fitted import pixels

        return pixels.fit(table, rows, self, split_column)

    @classmethod
    def state(cls) -> type[Features]:
        from logodds.features.fitted.pixels import PixelFeatures

        return PixelFeatures
