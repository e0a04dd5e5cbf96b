"""Map a column of numbers to a normal distribution by the quantiles of its train rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logodds.features.fitted.scaling import Scaling

ROWS_PER_QUANTILE = 30
FEWEST, MOST = 10, 1000  # quantiles
NOISE = 1e-5  # of the standard deviation; gives equal values different quantiles
SMALLEST = 1e-7 - np.spacing(1.0)  # a probability; its normal quantile, -5.2, is the smallest output


@dataclass(frozen=True)
class Quantile(Scaling):
    """The quantiles of a column.

    The result equals that of scikit-learn's ``QuantileTransformer(output_distribution="normal")``, except at the ends.
    There scikit-learn maps every value within 1e-7 of the first or last quantile to the end, which would swallow a
    column of tiny numbers. Here only the quantile itself and values beyond it are mapped to the end.

    Attributes:
        values: the quantiles at evenly spaced probabilities from 0 to 1, ascending.
    """

    values: tuple[float, ...]

    @property
    def width(self) -> int:
        return 1

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        import torch  # commands that train or serve have loaded it already, and its ndtri is that of SciPy

        quantiles = np.array(self.values)
        share = np.linspace(0.0, 1.0, len(quantiles))
        # Where neighbouring quantiles are equal, one direction gives the highest share and the other the lowest.
        up = np.interp(values, quantiles, share)
        down = -np.interp(-values, -quantiles[::-1], -share[::-1])
        probability = 0.5 * (up + down)
        probability[values >= quantiles[-1]] = 1.0
        probability[values <= quantiles[0]] = 0.0
        normal = torch.special.ndtri(torch.from_numpy(np.clip(probability, SMALLEST, 1.0 - SMALLEST)))
        column: NDArray[np.float64] = normal.numpy()[:, None]
        return column


def fit(values: NDArray[np.float64], name: str) -> Quantile:
    """Fit the quantiles of a column that is not constant.

    A little noise is added first, so that equal values get different quantiles. Its seed is made from the column's
    ``name``.
    """
    seed = int.from_bytes(hashlib.sha256(f"quantile:{name}".encode()).digest()[:8], "big")
    noise = np.random.default_rng(seed).normal(0.0, NOISE * values.std(), len(values))
    return of(values + noise, count(len(values)))


def count(rows: int) -> int:
    """Return the number of quantiles that describe so many rows."""
    return min(max(min(rows // ROWS_PER_QUANTILE, MOST), FEWEST), max(rows, 2))


def of(values: NDArray[np.float64], count: int) -> Quantile:
    """Return ``count`` quantiles of the values, without noise."""
    quantiles = np.percentile(values, np.linspace(0.0, 1.0, count) * 100)
    return Quantile(tuple(np.maximum.accumulate(quantiles).tolist()))
