"""The stratified draw, which keeps the share of each class.

It reproduces scikit-learn's ``StratifiedShuffleSplit``, because importing scikit-learn takes long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logodds.data.split import Rows
from logodds.data.table import Table
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError, counted
from logodds.system.terminal.text import shortened


def stratified(table: Table, rows: Rows, count: int, random: np.random.RandomState) -> tuple[Rows, Rows]:
    """Hold out ``count`` of ``rows`` and return (rest, held out).

    The rows are those of ``StratifiedShuffleSplit`` for two parts that together use every row.

    Raises:
        UserError: a class has fewer than two rows, or a part is smaller than the number of classes.
    """
    counts = np.bincount(table.target[rows], minlength=len(table.classes))
    for name, size in zip(table.classes, counts, strict=True):
        if size < 2:
            others = [other for other, other_size in zip(table.classes, counts, strict=True) if other_size > 1]
            shortage = f"class {shortened(name, 24)!r} has {counted(int(size), 'row')}"
            leave = as_typed("problem.classes", others) if 2 <= len(others) <= 4 else "problem.classes"
            raise UserError(
                f"split.method=stratified: {shortage} where each draw needs 2; add rows, leave it out with {leave}, "
                "or use split.method=random"
            )
    if min(count, len(rows) - count) < len(table.classes):
        raise UserError(
            f"split: {count} of {len(rows)} rows cannot hold each of the {len(table.classes)} classes; "
            "take other sizes or split.method=random"
        )
    members = np.split(np.argsort(table.target[rows], kind="mergesort"), np.cumsum(counts)[:-1])
    for_train = _proportional(counts, len(rows) - count, random)
    for_test = _proportional(counts - for_train, count, random)
    train, test = [], []
    for index, size in enumerate(counts):
        shuffled = members[index].take(random.permutation(size), mode="clip")
        train.append(shuffled[: for_train[index]])
        test.append(shuffled[for_train[index] : for_train[index] + for_test[index]])
    return rows[random.permutation(np.concatenate(train))], rows[random.permutation(np.concatenate(test))]


def _proportional(counts: NDArray[np.int64], draws: int, random: np.random.RandomState) -> NDArray[np.int64]:
    """Return how many of ``draws`` rows each class gets, where ``counts`` [classes] are the rows there are.

    The result is near the mode of a multivariate hypergeometric distribution: exact shares are rounded down, and the
    rows still missing go to the largest remainders. Ties are broken at random.
    """
    exact = counts / counts.sum() * draws
    floored: NDArray[np.float64] = np.floor(exact)
    missing = int(draws - floored.sum())
    if missing > 0:
        remainder = exact - floored
        for value in np.sort(np.unique(remainder))[::-1]:
            (tied,) = np.where(remainder == value)
            add = min(len(tied), missing)
            floored[random.choice(tied, size=add, replace=False)] += 1
            missing -= add
            if missing == 0:
                break
    sizes: NDArray[np.int64] = floored.astype(np.int64)
    return sizes
