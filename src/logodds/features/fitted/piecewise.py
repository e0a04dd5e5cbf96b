"""Piecewise-linear encoding of a column of numbers.

Source: Gorishniy et al. 2022, On Embeddings for Numerical Features in Tabular Deep Learning, equation 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logodds.features.fitted.scaling import Scaling


@dataclass(frozen=True)
class Piecewise(Scaling):
    """The bins of a column.

    Component t of an encoded value is 0 if the value is below bin t and 1 if it is above, else its relative position
    within the bin. A value beyond the first or last edge counts as that edge. The paper extrapolates along the outer
    bin instead, but an outer bin can be narrow and a new value a million widths away.

    Attributes:
        edges: [bins + 1] edges of the bins, ascending, at least two.
    """

    edges: tuple[float, ...]

    @property
    def width(self) -> int:
        return len(self.edges) - 1

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        edges = np.array(self.edges)
        inside = np.clip(values, edges[0], edges[-1])[:, None]
        components: NDArray[np.float64] = np.clip((inside - edges[:-1]) / np.diff(edges), 0.0, 1.0)
        return components


def fit(values: NDArray[np.float64], bins: int) -> Piecewise:
    """Fit at most ``bins`` bins of a column that is not constant, with an edge at each value that many rows share.

    If half of the rows have one value, quantiles alone would put at most one edge there. So if there are at most
    ``bins`` different values, each of them is an edge. Otherwise the smallest and the largest value are edges. Then the
    most frequent values become edges, as long as such a value has more than its share: the number of remaining rows
    divided by that of remaining edges. The other edges are quantiles of the rows with other values.
    """
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= bins:
        return Piecewise(tuple(distinct.tolist()))
    fixed = np.zeros(len(distinct), bool)
    fixed[[0, -1]] = True
    edges_left, rows_left = bins - 1, len(values) - int(counts[fixed].sum())
    for index in np.argsort(-counts, kind="stable"):
        if fixed[index]:
            continue
        if counts[index] * edges_left <= rows_left:
            break
        fixed[index] = True
        edges_left, rows_left = edges_left - 1, rows_left - int(counts[index])
    edges = distinct[fixed]
    if edges_left:
        others = np.repeat(distinct[~fixed], counts[~fixed])
        edges = np.union1d(edges, np.quantile(others, np.linspace(0.0, 1.0, edges_left + 2)[1:-1]))
    return Piecewise(tuple(edges.tolist()))
