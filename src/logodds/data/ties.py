"""Rows that one value of an ordering column puts on both sides of a border between train, validation and test rows."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.system.errors import counted
from logodds.system.terminal.text import shortened

WIDTH = 30  # characters of a value in a note


def notes(name: str, column: Any, keys: Any, sizes: dict[str, int]) -> list[str]:
    """Return a note on each border that divides rows of one value; the last note has the sizes that divide none.

    Args:
        name: the column that orders the rows.
        column: [n] its values, for the note.
        keys: [n] what the rows are sorted by.
        sizes: number of rows of the parts in their order, ``validation`` and ``test``; the rows before them are train
            rows.
    """
    ranks = pc.rank(keys, sort_keys="ascending", tiebreaker="min").to_numpy()
    order = np.argsort(ranks, kind="stable")
    ranked = ranks[order]
    parts = {part: size for part, size in sizes.items() if size}
    borders = [len(ranked) - sum(list(parts.values())[index:]) for index in range(len(parts))]
    found = []
    for border, (before, after) in zip(borders, pairwise(["train", *parts]), strict=True):
        first, last = _run(ranked, border)
        if first < border < last:
            value = column[int(order[border])].as_py()
            shown = f"{value:.15g}" if isinstance(value, float) else str(value).removesuffix(" 00:00:00")
            found.append(
                f"split.method=ordered: {counted(last - first, 'row')} of {name}={shortened(shown, WIDTH)} are on "
                f"both sides of the border between {before} and {after} rows, {border - first} before it and "
                f"{last - border} behind, in the order of the file"
            )
    if found:
        found[-1] += _remedy(ranked, borders, list(parts))
    return found


def _run(ranked: NDArray[np.int64], border: int) -> tuple[int, int]:
    """Return where the rows of the value behind a border begin and end."""
    value = ranked[border]
    return int(np.searchsorted(ranked, value, "left")), int(np.searchsorted(ranked, value, "right"))


def _remedy(ranked: NDArray[np.int64], borders: list[int], parts: list[str]) -> str:
    """Return the sizes by which the nearest borders between two values are taken."""
    rows = len(ranked)
    moved = []
    for border in borders:
        first, last = _run(ranked, border)
        moved.append(first if border - first <= last - border else last)
    ends = [0, *moved, rows]
    if any(one >= other for one, other in pairwise(ends)):
        return "; a column of finer steps has no such rows"
    keys = {"validation": "val_size", "test": "test_size"}
    counts = [other - one for one, other in pairwise(ends[1:])]
    typed = [f"split.{keys[part]}={_share(count, rows)}" for part, count in zip(parts, counts, strict=True)]
    return f"; there are none with {' '.join(typed)}"


def _share(count: int, rows: int) -> str:
    """Return the shortest fraction of the rows that makes a part of so many."""
    texts = (f"{math.floor(count / rows * 10**digits) / 10**digits:.{digits}f}" for digits in range(1, 16))
    return next((text for text in texts if math.ceil(float(text) * rows) == count), repr(count / rows))
