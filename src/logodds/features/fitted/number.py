"""A fitted column of numbers: missing values are filled, numbers are scaled."""

from __future__ import annotations

from collections.abc import Sequence
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
        low, high = np.fmin.reduce(numbers), np.fmax.reduce(numbers)
        if self.scaling.width > 1 or (high - low > TINY and low > -LARGE and high < LARGE):
            return False
        present = numbers[~np.isnan(numbers)]
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


def fit(names: Sequence[str], values: NDArray[np.float64], scale: str, bins: int | None) -> list[Number]:
    """Fit the train rows of some columns.

    Args:
        names: [columns], their names.
        values: [columns, n], NaN where one is missing; each column has a number.
        scale, bins: as in the options.
    """
    missing = np.isnan(values)
    gaps = np.any(missing, axis=1)
    medians = np.median(values, axis=1)
    for index in np.flatnonzero(gaps):
        medians[index] = np.median(values[index][~missing[index]])
    filled = np.where(missing, medians[:, None], values)
    fitted: Sequence[Scaling]
    if scale == "none" and bins is None:
        fitted = [Standard(0.0, 1.0)] * len(names)
    elif scale == "standard" and bins is None:
        fitted = scaling.fit(filled)
    else:
        fitted = [_fit(name, column, bins) for name, column in zip(names, filled, strict=True)]
    return list(map(Number, names, medians.tolist(), fitted, gaps.tolist()))


def _fit(name: str, filled: NDArray[np.float64], bins: int | None) -> Scaling:
    """Fit bins or, for None, quantiles of a column [n] without missing numbers."""
    if filled.min() == filled.max():
        return scaling.fit(filled[None])[0]
    return quantile.fit(filled, name) if bins is None else piecewise.fit(filled, bins)
