"""A numeric column of a table: gaps filled, scaled."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logodds.features.fitted import piecewise, quantile, scaling
from logodds.features.fitted.piecewise import Piecewise
from logodds.features.fitted.quantile import Quantile
from logodds.features.fitted.scaling import Scaling, Standard

SCALINGS: dict[str, type[Scaling]] = {"standard": Standard, "quantile": Quantile, "piecewise": Piecewise}


@dataclass(frozen=True)
class Number:
    """The value, or the median where it is missing, scaled; and a 0/1 column where train had gaps."""

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
        """Write the columns [n, len(names)] of the matrix, which are zero; NaN is missing."""
        missing = np.isnan(numbers)
        matrix[:, : self.scaling.width] = self.scaling.apply(np.where(missing, self.median, numbers))
        if self.indicator:
            matrix[:, -1] = missing

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
        found = dict(plain["scaling"])
        kind = SCALINGS[found.pop("kind")]
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
        return cls(plain["name"], plain["median"], kind(**values), plain["indicator"])


def fit(name: str, values: NDArray[np.float64], scale: str, bins: int | None) -> Number:
    """Statistics of a column's train rows [n], not all of which are NaN."""
    missing = np.isnan(values)
    median = float(np.median(values[~missing]))
    filled = np.where(missing, median, values)
    found: Scaling
    if scale == "none" and bins is None:
        found = Standard(0.0, 1.0)
    elif filled.min() == filled.max() or (scale == "standard" and bins is None):
        found = scaling.fit(filled)
    elif bins is not None:
        found = piecewise.fit(filled, bins)
    else:
        found = quantile.fit(filled, name)
    return Number(name, median, found, bool(missing.any()))
