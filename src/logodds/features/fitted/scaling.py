"""How a numeric column that has no gaps any more becomes columns of a matrix."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class Scaling(ABC):
    """Abstract: fitted numbers of one column."""

    @property
    @abstractmethod
    def width(self) -> int:
        """How many columns of the matrix it gives."""

    @abstractmethod
    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """[n] -> [n, width]."""


@dataclass(frozen=True)
class Standard(Scaling):
    """(value - mean) / scale; mean 0 and scale 1 leave the numbers as they are."""

    mean: float
    scale: float

    @property
    def width(self) -> int:
        return 1

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return ((values - self.mean) / self.scale)[:, None]


def fit(values: NDArray[np.float64]) -> Standard:
    """Mean and standard deviation, as in scikit-learn's StandardScaler."""
    # A constant column stays at zero instead of dividing by the rounding error of its mean.
    deviation = float(values.std()) if values.min() < values.max() else 0.0
    return Standard(float(values.mean()), deviation if deviation > 0.0 else 1.0)
