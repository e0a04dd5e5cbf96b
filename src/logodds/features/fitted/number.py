"""A fitted column of numbers: missing values are filled, numbers are scaled."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logodds.features.fitted import piecewise, quantile, scaling
from logodds.features.fitted.piecewise import Piecewise
from logodds.features.fitted.quantile import Quantile
from logodds.features.fitted.scaling import Scaling, Standard
from logodds.system.errors import counted

LARGE = 2.0**24  # float32 holds every whole number up to this one
TINY = 1e-30  # a spread that float32 holds well
SCALINGS: dict[str, type[Scaling]] = {"standard": Standard, "quantile": Quantile, "piecewise": Piecewise}


@dataclass(frozen=True)
class Number:
    """A column of numbers.

    Attributes:
        name: the raw column.
        median: the median of the train rows, which replaces missing values.
        scaling: how the filled numbers are scaled.
        indicator: whether there is a 0/1 column for missing values, because the train rows had some.
    """

    name: str
    median: float
    scaling: Scaling
    indicator: bool

    @property
    def names(self) -> list[str]:
        """One name per column of the matrix."""
        width = self.scaling.width
        scaled = [self.name] if width == 1 else [f"{self.name} bin {index + 1}" for index in range(width)]
        return [*scaled, *([f"{self.name} is missing"] if self.indicator else [])]

    def fill(self, matrix: NDArray[np.float32], numbers: NDArray[np.float64]) -> None:
        """Write the columns of one raw column.

        Args:
            matrix: [n, len(names)], zero at first.
            numbers: [n], NaN where one is missing.
        """
        missing = np.isnan(numbers)
        matrix[:, : self.scaling.width] = self.scaling.apply(np.where(missing, self.median, numbers))
        if self.indicator:
            matrix[:, -1] = missing

    def unseen(self, numbers: NDArray[np.float64]) -> list[str]:
        """Say in how many of the rows [n] a number is missing (NaN), if it was in no train row, and how it is read."""
        missing = int(np.isnan(numbers).sum())
        if missing == 0 or self.indicator:
            return []
        rows = counted(missing, "row")
        return [f"{rows} without a number, which no train row was, read as the median {self.median:g}"]

    def merges(self, numbers: NDArray[np.float64]) -> bool:
        """Return whether scaling leaves half of the different numbers [n] or fewer, because float32 has 24 bits.

        This may be so where numbers are large, such as a few of 1e30 among small ones, or where all are tiny.
        """
        present = numbers[~np.isnan(numbers)]
        if self.scaling.width > 1 or (np.ptp(present) > TINY and np.abs(present).max() < LARGE):
            return False
        scaled = self.scaling.apply(present).astype(np.float32)
        return 2 * len(np.unique(scaled)) <= len(np.unique(present))

    def to_plain(self) -> dict[str, Any]:
        (kind,) = (name for name, cls in SCALINGS.items() if isinstance(self.scaling, cls))
        return {
            "kind": "number",
            "name": self.name,
            "median": self.median,
            "indicator": self.indicator,
            "scaling": {"kind": kind, **asdict(self.scaling)},  # type: ignore[call-overload]  # each kind is a dataclass
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Number:
        parameters = dict(plain["scaling"])
        kind = SCALINGS[parameters.pop("kind")]
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in parameters.items()}
        return cls(plain["name"], plain["median"], kind(**values), plain["indicator"])


def fit(name: str, values: NDArray[np.float64], scale: str, bins: int | None) -> Number:
    """Fit the train rows ``values`` [n] of a column; NaN is missing, but not all of them may be NaN."""
    missing = np.isnan(values)
    median = float(np.median(values[~missing]))
    filled = np.where(missing, median, values)
    fitted: Scaling
    if scale == "none" and bins is None:
        fitted = Standard(0.0, 1.0)
    elif filled.min() == filled.max() or (scale == "standard" and bins is None):
        fitted = scaling.fit(filled)
    elif bins is not None:
        fitted = piecewise.fit(filled, bins)
    else:
        fitted = quantile.fit(filled, name)
    return Number(name, median, fitted, bool(missing.any()))
