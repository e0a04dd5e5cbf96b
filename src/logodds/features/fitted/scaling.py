"""How a column of numbers without missing values becomes columns of a matrix."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class Scaling(ABC):
    """Abstract: the fitted parameters of one column."""

    @property
    @abstractmethod
    def width(self) -> int:
        """The number of columns of the matrix."""

    @abstractmethod
    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map values [n] to columns [n, width]."""


@dataclass(frozen=True)
class Standard(Scaling):
    """(value - mean) / scale. With mean 0 and scale 1 the numbers stay as they are.

    Attributes:
        mean: the mean of the train rows.
        scale: their standard deviation; 1 for a constant column.
    """

    mean: float
    scale: float

    @property
    def width(self) -> int:
        return 1

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return ((values - self.mean) / self.scale)[:, None]


def fit(values: NDArray[np.float64]) -> list[Standard]:
    """Fit mean and standard deviation of each of some columns [columns, n], as scikit-learn's StandardScaler does."""
    # The deviation of a constant column may be a rounding error of its mean, by which nothing should be divided.
    spreads = np.ptp(values, axis=1)
    deviations = np.where(spreads > 0.0, values.std(axis=1), 0.0)
    for index in np.flatnonzero((spreads > 0.0) & (deviations == 0.0)):  # the squares of numbers below 1e-154 are zero
        deviations[index] = (values[index] / spreads[index]).std() * spreads[index]
    scales = np.where(deviations > 0.0, deviations, 1.0)
    return [Standard(*each) for each in zip(values.mean(axis=1).tolist(), scales.tolist(), strict=True)]
