"""Neighbouring columns that are looked at together, because a call for each would cost more than its work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

CELLS = 1 << 14  # that are looked at together

T = TypeVar("T")


def together(columns: Sequence[T], rows: int) -> Iterator[Sequence[T]]:
    """Yield a few columns of ``rows`` cells at a time: many short ones, or a single long one."""
    step = max(1, CELLS // max(1, rows))
    return (columns[start : start + step] for start in range(0, len(columns), step))


def distinct(numbers: NDArray[np.float64]) -> Any:
    """Return how many different numbers each column of [columns, n] has, without NaN: [columns]."""
    ranked = np.sort(numbers, axis=1)  # NaN comes last
    present = ~np.isnan(ranked)
    steps = (ranked[:, 1:] != ranked[:, :-1]) & present[:, 1:]
    return steps.sum(axis=1) + present.any(axis=1)
