"""Rows of one value on both sides of a border are told, with sizes by which there are none."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from split_tables import options, table

from logodds.data.splitter import notes, split

BEGIN = "split.method=ordered:"
SIDES = "are on both sides of the border between"


def told(values: Any, val: float, test: float) -> list[str]:
    rows = table(np.arange(len(values)) % 2, t=values)
    return [note for note in notes(rows, options("ordered", test, val, column="t")) if SIDES in note]


def test_each_border_that_divides_a_value_is_told_with_sizes_that_divide_none() -> None:
    years = np.repeat([2020.0, 2021.0, 2022.0, 2023.0], 15)
    assert told(years, 0.2, 0.2) == [
        f"{BEGIN} 15 rows of t=2022 {SIDES} train and validation rows, 6 before it and 9 behind, in the order of the "
        "file",
        f"{BEGIN} 15 rows of t=2023 {SIDES} validation and test rows, 3 before it and 12 behind, in the order of the "
        "file; there are none with split.val_size=0.25 split.test_size=0.25",
    ]
    assert told(years, 0.25, 0.25) == []
    assert told(np.arange(60.0), 0.2, 0.2) == []


def test_without_validation_or_test_rows_there_is_one_border() -> None:
    days = np.repeat(np.array(["2024-01-01", "2024-01-02", "2024-01-03"], "datetime64[us]"), 4)
    assert told(days, 0.0, 0.25) == [
        f"{BEGIN} 4 rows of t=2024-01-03 {SIDES} train and test rows, 1 before it and 3 behind, in the order of the "
        "file; there are none with split.test_size=0.3"
    ]
    assert told(days, 0.5, 0.0) == [
        f"{BEGIN} 4 rows of t=2024-01-02 {SIDES} train and validation rows, 2 before it and 2 behind, in the order of "
        "the file; there are none with split.val_size=0.6"
    ]


def test_there_is_no_advice_where_one_value_fills_a_part() -> None:
    assert [note.rpartition("; ")[2] for note in told(np.repeat([0.0, 1.0], [59, 1]), 0.2, 0.2)] == [
        f"{BEGIN} 59 rows of t=0 {SIDES} train and validation rows, 36 before it and 23 behind, in the order of the "
        "file",
        "a column of finer steps has no such rows",
    ]


@pytest.mark.parametrize("seed", range(20))
def test_the_advised_sizes_keep_equal_values_together(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(0, 12, 97).astype(float)
    found = told(values, 0.2, 0.2)
    given = dict(re.findall(r"split\.(\w+)_size=([\d.]+)", " ".join(found[-1:])))
    val, test = float(given.get("val", 0.2)), float(given.get("test", 0.2))
    assert told(values, val, test) == []
    parts = split(table(np.arange(97) % 2, t=values), options("ordered", test, val, column="t"))
    train, validation, held = (set(values[rows]) for rows in (parts.train, parts.val, parts.test))
    assert len(train) + len(validation) + len(held) == len(set(values))
