"""Tables whose rows are dealt out, and options to deal them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.split import Split
from logodds.data.split_options import SplitOptions
from logodds.data.table import Table


def options(method: str, test: float, val: float, seed: int = 0, column: str | None = None) -> SplitOptions:
    return SplitOptions(
        method=method, column=column, val_rows=None, folds=None, val_size=val, test_size=test, seed=seed
    )


def table(target: Any, **columns: Any) -> Table:
    target = np.asarray(target, np.uint8)
    return Table(pa.table({"x": np.arange(len(target), dtype=float), **columns}), target, "y", ("a", "b"))


def imbalanced(rows: int, share: float, seed: int) -> NDArray[np.uint8]:
    """A shuffled target with at least five rows of each class."""
    positives = min(max(int(rows * share), 5), rows - 5)
    return np.random.default_rng(seed).permutation(np.arange(rows) < positives).astype(np.uint8)


def assert_parts(found: Split, expected: list[Any]) -> None:
    for part, rows in zip((found.train, found.val, found.test), expected, strict=True):
        np.testing.assert_array_equal(part, rows)
        assert part.dtype == np.int64
