"""Split the rows of a table into train, validation and test rows, or into the folds of a cross-validation.

With the same seed the rows are those of scikit-learn's ``train_test_split`` and ``GroupShuffleSplit``; the tests
compare them. The draws are reproduced here because importing scikit-learn takes longer than a small training run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logodds.data import group_names, ties
from logodds.data.order import Order, by_column
from logodds.data.problem import located
from logodds.data.split import Rows, Split
from logodds.data.split_options import SplitOptions
from logodds.data.stratified import stratified
from logodds.data.table import Table
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError, counted


def split(table: Table, options: SplitOptions) -> Split:
    """Split the rows of a table by the configured method.

    Raises:
        UserError: there are fewer rows, groups or rows of a class than the parts need, or the column to split by is not
            in the table or has missing values.
    """
    rows = np.arange(len(table), dtype=np.int64)
    if options.method == "none":
        return Split(rows, rows, rows, resubstitution=True)
    if options.method == "given":
        return _given(table, rows, options)
    parts: dict[str, Rows] = {}
    rest = rows
    for name, size in (("test", options.test_size), ("val", options.val_size)):
        # Sizes are fractions of all rows, but the validation rows come from those that the test part left.
        count = _count(size, len(rows))
        if count == 0:
            parts[name] = rows[:0]
            continue
        if count >= len(rest):
            raise UserError(
                f"split.{name}_size={size}: of {counted(len(rows), 'row')} none is left to train on; take a smaller one"
            )
        rest, parts[name] = _draw(table, rest, count, options)
    return _checked(table, Split(rest, parts["val"], parts["test"], resubstitution=False))


def _given(table: Table, rows: Rows, options: SplitOptions) -> Split:
    """Keep the problem's own test rows, and choose the validation rows by number or by a stratified draw."""
    if table.test_rows == 0:
        raise UserError("split.method=given: the problem has no test part of its own; use split.method=stratified")
    rest, test = rows[: -table.test_rows], rows[-table.test_rows :]
    if options.val_rows is not None:
        val = _listed(located(options.val_rows), len(rest))
        return _checked(table, Split(np.setdiff1d(rest, val), val, test, resubstitution=False))
    count = _count(options.val_size, len(rest))
    if count == 0:
        return _checked(table, Split(rest, rest[:0], test, resubstitution=False))
    train, val = stratified(table, rest, count, np.random.RandomState(options.seed))
    return _checked(table, Split(train, val, test, resubstitution=False))


def _listed(path: Path, rows: int) -> Rows:
    """Read row numbers from a text file, one per line. Blank lines and comments after a ``#`` are skipped.

    Raises:
        UserError: the file is missing or empty, or a line is not the number of a row or repeats one.
    """
    if not path.is_file():
        raise UserError(f"split.val_rows={path}: no such file; name one with a row number per line")
    lines: dict[int, int] = {}  # row -> number of the line that names it
    for line, text in enumerate(path.read_bytes().splitlines(), start=1):
        given = text.partition(b"#")[0].strip()
        if not given:
            continue
        try:
            row = int(given)
        except ValueError as error:
            shown = given[:40].decode(errors="replace")
            raise UserError(f"{path} line {line}: {shown!r}; must hold a whole number per line") from error
        if not 0 <= row < rows:
            raise UserError(f"{path} line {line}: row {given[:40].decode()}; must be from 0 to {rows - 1}")
        if row in lines:
            raise UserError(f"{path} line {line}: row {row} again, as in line {lines[row]}; name each row once")
        lines[row] = line
    if not lines:
        raise UserError(f"{path}: is empty; must hold row numbers from 0 to {rows - 1}, one per line")
    return np.array(list(lines), dtype=np.int64)


def folds(table: Table, options: SplitOptions) -> list[Split]:
    """Return the splits of a cross-validation, one per fold.

    The folds are those of scikit-learn's ``StratifiedKFold``, ``KFold`` or ``GroupKFold`` with shuffling. Each fold is
    the test part once, and the validation rows are drawn from the other folds.

    Raises:
        UserError: there are fewer rows or groups than folds, or no train rows would be left.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold  # no other path needs scikit-learn

    count = int(options.folds or 0)
    kinds = {"stratified": StratifiedKFold, "random": KFold, "grouped": GroupKFold}
    groups = _column(table, options).to_numpy(zero_copy_only=False) if options.method == "grouped" else None
    smallest = int(np.bincount(table.target).min()) if options.method == "stratified" else len(table)
    available = smallest if groups is None else len(np.unique(groups))
    if available < count:
        noun = "groups" if groups is not None else "rows of the smallest class"
        raise UserError(f"split.folds={count}: there are {available} {noun}; take fewer folds")
    splitter = kinds[options.method](count, shuffle=True, random_state=options.seed)
    splits = []
    for rest, test in splitter.split(np.zeros(len(table)), table.target, groups):
        size = _count(options.val_size, len(table))
        if size >= len(rest):
            raise UserError(
                f"split.val_size={options.val_size}: leaves no train rows in {count} folds; use a smaller one"
            )
        train, val = _draw(table, rest, size, options) if size else (rest, rest[:0])
        splits.append(_checked(table, Split(train, val, test, resubstitution=False)))
    return splits


def _draw(table: Table, rows: Rows, count: int, options: SplitOptions) -> tuple[Rows, Rows]:
    """Hold out ``count`` of ``rows`` and return (rest, held out).

    With ``grouped``, whole groups are held out, about the same share of the groups as ``count`` is of the rows.
    """
    random = np.random.RandomState(options.seed)
    if options.method == "random":
        order = random.permutation(len(rows))
        return rows[order[count:]], rows[order[:count]]
    if options.method == "stratified":
        return stratified(table, rows, count, random)
    if options.method == "ordered":
        keys = pc.rank(_order(table, options).keys, sort_keys="ascending", tiebreaker="first").to_numpy()
        ranked = rows[np.argsort(keys[rows], kind="stable")]
        return ranked[:-count], ranked[-count:]
    column = _column(table, options)
    groups, member = np.unique(column.to_numpy(zero_copy_only=False)[rows], return_inverse=True)
    held = int(np.ceil(count / len(rows) * len(groups)))
    if held >= len(groups):
        raise UserError(f"split.column={options.column}: {counted(len(groups), 'group')}, too few for three parts")
    chosen = np.isin(member, random.permutation(len(groups))[:held])
    return rows[~chosen], rows[chosen]


def notes(table: Table, options: SplitOptions) -> list[str]:
    """Return what a user should know about how the rows are split."""
    if options.method == "grouped":
        note = group_names.note(str(options.column), pa.chunked_array([_column(table, options)]))
        return [] if note is None else [note]
    if options.method != "ordered":
        return []
    order = _order(table, options)
    sizes = {"validation": _count(options.val_size, len(table)), "test": _count(options.test_size, len(table))}
    told = ties.notes(str(options.column), _column(table, options), order.keys, sizes)
    return [*([order.note] if order.note else []), *told]


def _count(size: float, rows: int) -> int:
    """Return how many of the rows a fraction of them is."""
    return int(np.ceil(size * rows))


def _order(table: Table, options: SplitOptions) -> Order:
    """Return what the rows are sorted by."""
    return by_column(str(options.column), pa.chunked_array([_column(table, options)]), table.cells)


def _column(table: Table, options: SplitOptions) -> Any:
    """Return the column to split by, which must not have missing values."""
    name = str(options.column)
    if name not in table.columns.column_names:
        raise UserError(f"split.column={name}: no such column; {nearest(name, table.columns.column_names)}")
    column = table.columns.column(name).combine_chunks()
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0]) + 1
        raise UserError(
            f"split.column={name}: missing in {counted(column.null_count, 'row')} (row {row} first); fill them"
        )
    return column


def _checked(table: Table, parts: Split) -> Split:
    """Return the split unchanged if every part that is not empty has rows of every class.

    Raises:
        UserError: a class has no row in a part.
    """
    for name, rows in (("train", parts.train), ("test", parts.test), ("val", parts.val)):
        counts = np.bincount(table.target[rows], minlength=len(table.classes))
        if len(rows) and counts.min() == 0:
            absent = table.classes[int(counts.argmin())]
            raise UserError(
                f"split: class {absent!r} has no row in the {name} part ({counted(len(rows), 'row')}); split otherwise"
            )
    return parts
