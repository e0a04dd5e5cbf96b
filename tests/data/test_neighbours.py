"""Neighbouring columns that are looked at together: none is lost, and their values are counted as by NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from logodds.data import neighbours


@pytest.mark.parametrize(("rows", "width"), [(0, 100), (1, 100), (neighbours.CELLS // 7, 7), (neighbours.CELLS, 1)])
def test_short_columns_go_together_and_a_long_one_alone(rows: int, width: int) -> None:
    columns = list(range(100))
    groups = list(neighbours.together(columns, rows))
    assert [column for group in groups for column in group] == columns
    assert max(map(len, groups)) == width


def test_different_numbers_are_counted_as_by_numpy() -> None:
    draws = np.random.default_rng(0)
    numbers = draws.integers(-2, 3, (50, 9)).astype(float)
    numbers[numbers == 2.0] = np.nan
    numbers[0] = np.nan
    assert neighbours.distinct(numbers).tolist() == [len(np.unique(row[~np.isnan(row)])) for row in numbers]
