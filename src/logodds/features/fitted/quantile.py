"""A numeric column to a normal distribution by the quantiles of its train rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logodds.features.fitted.scaling import Scaling

ROWS_PER_QUANTILE = 30
FEWEST, MOST = 10, 1000  # quantiles
NOISE = 1e-5  # of the standard deviation: equal values get quantiles of their own
SMALLEST = 1e-7 - np.spacing(1.0)  # a probability; its normal quantile, -5.2, is the least number given


@dataclass(frozen=True)
class Quantile(Scaling):
    """``values``: the quantiles at evenly spaced probabilities from 0 to 1, ascending.

    Equal to scikit-learn's ``QuantileTransformer(output_distribution="normal")``, except that the ends are the first
    and last quantile themselves and not 1e-7 around them, which would swallow a column of tiny numbers.
    """

    values: tuple[float, ...]

    @property
    def width(self) -> int:
        return 1

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        import torch  # a command that trains or serves has loaded it; its ndtri is SciPy's

        quantiles = np.array(self.values)
        share = np.linspace(0.0, 1.0, len(quantiles))
        # Where neighbouring quantiles are equal, one direction finds the highest share and the other the lowest.
        up = np.interp(values, quantiles, share)
        down = -np.interp(-values, -quantiles[::-1], -share[::-1])
        found = 0.5 * (up + down)
        found[values >= quantiles[-1]] = 1.0
        found[values <= quantiles[0]] = 0.0
        normal = torch.special.ndtri(torch.from_numpy(np.clip(found, SMALLEST, 1.0 - SMALLEST)))
        column: NDArray[np.float64] = normal.numpy()[:, None]
        return column


def fit(values: NDArray[np.float64], name: str) -> Quantile:
    """The quantiles of a column that is not constant, after a little noise whose seed is the column's ``name``."""
    seed = int.from_bytes(hashlib.sha256(f"quantile:{name}".encode()).digest()[:8], "big")
    noise = np.random.default_rng(seed).normal(0.0, NOISE * values.std(), len(values))
    return of(values + noise, count(len(values)))


def count(rows: int) -> int:
    """How many quantiles so many rows are described by."""
    return min(max(min(rows // ROWS_PER_QUANTILE, MOST), FEWEST), max(rows, 2))


def of(values: NDArray[np.float64], count: int) -> Quantile:
    """The quantiles of the values as they are."""
    found = np.percentile(values, np.linspace(0.0, 1.0, count) * 100)
    return Quantile(tuple(np.maximum.accumulate(found).tolist()))
