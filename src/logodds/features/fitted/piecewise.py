"""Piecewise-linear encoding of a numeric column.

Gorishniy et al. 2022, On Embeddings for Numerical Features in Tabular Deep Learning, equation 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logodds.features.fitted.scaling import Scaling


@dataclass(frozen=True)
class Piecewise(Scaling):
    """``edges``: of the bins, ascending, at least two. Component t of a value is how far it has come through bin t: 0
    before the bin, 1 after it, and its share of the way inside.

    Beyond the first and the last edge a value counts as that edge, where the paper goes on along the outer bin: an
    outer bin can be narrow, and a new row's value a million widths away.
    """

    edges: tuple[float, ...]

    @property
    def width(self) -> int:
        return len(self.edges) - 1

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        edges = np.array(self.edges)
        inside = np.clip(values, edges[0], edges[-1])[:, None]
        found: NDArray[np.float64] = np.clip((inside - edges[:-1]) / np.diff(edges), 0.0, 1.0)
        return found


def fit(values: NDArray[np.float64], bins: int) -> Piecewise:
    """At most ``bins`` bins of a column that is not constant, with an edge at each value that many rows share.

    Quantiles alone give one edge, or none of its own, to a value that is half of the rows. So where there are at most
    ``bins`` different values each is an edge. Otherwise the least and the greatest are edges; then the most frequent
    value, again and again, while it has more than its share of the rows that are left among the edges that are left;
    then quantiles of the rows with other values.
    """
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= bins:
        return Piecewise(tuple(distinct.tolist()))
    fixed = np.zeros(len(distinct), bool)
    fixed[[0, -1]] = True
    room, rows = bins - 1, len(values) - int(counts[fixed].sum())
    for place in np.argsort(-counts, kind="stable"):
        if fixed[place]:
            continue
        if counts[place] * room <= rows:
            break
        fixed[place] = True
        room, rows = room - 1, rows - int(counts[place])
    edges = distinct[fixed]
    if room:
        others = np.repeat(distinct[~fixed], counts[~fixed])
        edges = np.union1d(edges, np.quantile(others, np.linspace(0.0, 1.0, room + 2)[1:-1]))
    return Piecewise(tuple(edges.tolist()))
