"""Seeded splits against scikit-learn's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, GroupShuffleSplit, KFold, StratifiedKFold, train_test_split
from split_tables import assert_parts, imbalanced, options, table

from logodds.data.splitter import folds, split
from logodds.data.table import Table
from logodds.system.errors import UserError

SEEDS = [0, 1, 7, 42, 12345, 2**32 - 1]
SIZES = [(0.2, 0.2), (0.3, 0.0), (0.25, 0.1), (0.1, 0.3), (1 / 3, 1 / 3), (0.07, 0.15)]  # test, val


def reference(rows: int, sizes: tuple[float, float], seed: int, target: NDArray[np.uint8] | None) -> list[Any]:
    """train_test_split for the test part, then for a validation part of a given count: [train, val, test]."""
    test_size, val_size = sizes
    strata = target if target is not None else None
    rest, test = train_test_split(np.arange(rows), test_size=test_size, random_state=seed, stratify=strata)
    if val_size == 0.0:
        return [rest, rest[:0], test]
    strata = target[rest] if target is not None else None
    count = int(np.ceil(val_size * rows))
    train, val = train_test_split(rest, test_size=count, random_state=seed, stratify=strata)
    return [train, val, test]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["random", "stratified"])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.37, 0.5, 0.9])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("rows", [40, 101, 569, 3000])
def test_parts_equal_train_test_split(method: str, rows: int, sizes: tuple[float, float], share: float) -> None:
    compared = 0
    for seed in SEEDS:
        target = imbalanced(rows, share, seed)
        expected = reference(rows, sizes, seed, target if method == "stratified" else None)
        if any(len(part) and len(set(target[part])) == 1 for part in expected):
            with pytest.raises(UserError, match=r"class '[ab]'"):  # scikit-learn gives such parts
                split(table(target), options(method, *sizes, seed))
            continue
        assert_parts(split(table(target), options(method, *sizes, seed)), expected)
        compared += 1
    assert compared > 0 or rows == 40 or share < 0.1


def test_ten_rows() -> None:
    ten = table([0, 1] * 5, X=np.arange(1.0, 11.0))
    found = split(ten, options("random", 0.3, 0.0, 42))
    values = ten.columns.column("X").to_numpy()
    assert values[found.train].tolist() == [1, 8, 3, 10, 5, 4, 7]
    assert values[found.test].tolist() == [9, 2, 6]
    assert len(found.val) == 0


GROUPS = {
    "words": lambda draws: pa.array([f"g{group}" for group in draws]),
    "numbers": lambda draws: pa.array(draws.astype(float)),
    "dates": lambda draws: pa.array(draws.astype("datetime64[D]").astype("datetime64[us]")),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", GROUPS)
@pytest.mark.parametrize("size", [0.1, 0.25, 0.5])
def test_grouped_test_part_equals_group_shuffle_split(kind: str, size: float, seed: int) -> None:
    draws = np.random.default_rng(seed).integers(0, 23, 400)
    target = imbalanced(400, 0.5, seed)
    column = GROUPS[kind](draws)
    found = split(table(target, g=column), options("grouped", size, 0.0, seed, "g"))
    groups = np.array(column.to_pylist())
    shuffle = GroupShuffleSplit(n_splits=1, test_size=size, random_state=seed)
    train, test = next(shuffle.split(groups, groups=groups))
    assert_parts(found, [train, train[:0], test])


@pytest.mark.parametrize("kind", GROUPS)
@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_in_two_parts(kind: str, seed: int) -> None:
    draws = np.random.default_rng(seed).integers(0, 30, 300)
    column = GROUPS[kind](draws)
    found = split(table(imbalanced(300, 0.5, seed), g=column), options("grouped", 0.2, 0.2, seed, "g"))
    parts = [set(draws[part].tolist()) for part in (found.train, found.val, found.test)]
    assert parts[0] | parts[1] | parts[2] == set(draws.tolist())
    assert sum(map(len, parts)) == len(set(draws.tolist()))


@pytest.mark.parametrize("kind", ["dates", "numbers", "words"])
@pytest.mark.parametrize("seed", range(5))
def test_ordered_parts_follow_each_other(kind: str, seed: int) -> None:
    draws = np.random.default_rng(seed).integers(0, 150, 200)  # with ties
    column = {
        "dates": pa.array(draws.astype("datetime64[D]").astype("datetime64[us]")),
        "numbers": pa.array(draws - 75.5),
        "words": pa.array([f"{draw:04d}" for draw in draws]),
    }[kind]
    found = split(table(imbalanced(200, 0.5, seed), t=column), options("ordered", 0.2, 0.1, seed, "t"))
    assert (len(found.train), len(found.val), len(found.test)) == (140, 20, 40)
    assert draws[found.train].max() <= draws[found.val].min()
    assert draws[found.val].max() <= draws[found.test].min()
    np.testing.assert_array_equal(
        np.concatenate([found.train, found.val, found.test]), np.argsort(draws, kind="stable")
    )


def test_none_gives_every_row_to_each_part() -> None:
    found = split(table([0, 1, 1]), options("none", 0.0, 0.0))
    assert_parts(found, [[0, 1, 2]] * 3)
    assert found.resubstitution


@pytest.mark.parametrize("method", ["stratified", "random", "grouped", "ordered"])
def test_parts_are_disjoint_and_complete(method: str) -> None:
    for seed in range(60):
        draws = np.random.default_rng(seed)
        rows = int(draws.integers(40, 200))
        column = None if method in ("stratified", "random") else "g"
        # half of each class in every group of ten: no part can lack one
        data = table(np.arange(rows) % 2, g=np.arange(rows) // 10 * 1.0)
        test, val = draws.uniform(0.15, 0.35, 2)
        found = split(data, options(method, test, val, seed, column))
        assert not found.resubstitution
        whole = np.concatenate([found.train, found.val, found.test])
        np.testing.assert_array_equal(np.sort(whole), np.arange(rows))
        if method != "grouped":
            assert (len(found.test), len(found.val)) == (int(np.ceil(test * rows)), int(np.ceil(val * rows)))


def test_seed_decides_the_rows() -> None:
    data = table(imbalanced(100, 0.4, 0))
    digests = {split(data, options("stratified", 0.2, 0.2, seed)).digest() for seed in (0, 0, 1, 2)}
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("rows", "method", "sizes", "words"),
    [
        (4, "random", (0.9, 0.05), "split.test_size=0.9: of 4 rows none is left"),
        (4, "random", (0.45, 0.5), "split.val_size=0.5: of 4 rows none is left"),
        (8, "stratified", (0.1, 0.0), "1 of 8 rows cannot hold each of the 2 classes"),
        (20, "ordered", (0.2, 0.2), "class 'a' has no row in the test part"),
    ],
)
def test_too_few_rows_are_refused(rows: int, method: str, sizes: tuple[float, float], words: str) -> None:
    data = table(np.arange(rows) >= rows // 2)
    with pytest.raises(UserError) as caught:
        split(data, options(method, *sizes, 0, "x" if method == "ordered" else None))
    assert words in str(caught.value)


def test_too_few_groups_are_refused() -> None:
    data = table([0, 1] * 10, g=np.arange(20) % 2 * 1.0)
    with pytest.raises(UserError, match=r"split\.column=g: .* groups?, too few"):
        split(data, options("grouped", 0.4, 0.4, 0, "g"))


@pytest.mark.parametrize("method", ["grouped", "ordered"])
def test_split_column_must_exist_and_be_full(method: str) -> None:
    data = table([0, 1] * 10, site=pa.array([1.0, None] * 10))
    with pytest.raises(UserError, match=r"split\.column=sit: no such column; did you mean site"):
        split(data, options(method, 0.2, 0.2, 0, "sit"))
    with pytest.raises(UserError, match=r"split\.column=site: missing in 10 rows \(row 2 first\)"):
        split(data, options(method, 0.2, 0.2, 0, "site"))


@pytest.mark.parametrize(
    ("method", "column", "test", "val"),
    [
        ("grouped", None, 0.2, 0.2),
        ("ordered", None, 0.2, 0.2),
        ("random", "x", 0.2, 0.2),
        ("stratified", "x", 0.2, 0.2),
        ("none", "x", 0.0, 0.0),
        ("random", None, 0.5, 0.5),
        ("random", None, 0.6, 0.5),
    ],
)
def test_options_that_contradict_are_refused(method: str, column: str | None, test: float, val: float) -> None:
    with pytest.raises(UserError, match=r"^split\."):
        options(method, test, val, 0, column).check()


KFOLDS = {"stratified": StratifiedKFold, "random": KFold, "grouped": GroupKFold}


@pytest.mark.parametrize("method", KFOLDS)
@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("val", [0.0, 0.1])
def test_folds_are_scikit_learns(method: str, count: int, val: float) -> None:
    target = imbalanced(97, 0.4, 3)
    groups = np.arange(97) % 13
    rows = table(target, g=groups.astype(float))
    column = "g" if method == "grouped" else None
    found = folds(rows, replace(options(method, 0.0, val, 7, column), folds=count))
    expected = KFOLDS[method](count, shuffle=True, random_state=7).split(
        np.zeros(97), target, groups if column else None
    )
    for parts, (rest, test) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(parts.test, test)
        np.testing.assert_array_equal(np.sort(np.concatenate([parts.train, parts.val])), rest)
        if method == "grouped":
            assert not set(groups[parts.val]) & set(groups[parts.train])
        else:
            assert len(parts.val) == int(np.ceil(val * 97))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"folds": 6}, "split.folds=6: there are 5 rows of the smallest class; take fewer folds"),
        ({"folds": 4, "val_size": 0.8}, "split.val_size=0.8: leaves no train rows in 4 folds; use a smaller one"),
        (
            {"method": "grouped", "column": "g", "folds": 4},
            "split.folds=4: there are 3 groups; take fewer folds",
        ),
    ],
)
def test_folds_that_cannot_be(given: dict[str, Any], told: str) -> None:
    rows = table(np.arange(20) < 5, g=(np.arange(20) % 3).astype(float))
    with pytest.raises(UserError) as caught:
        folds(rows, replace(options("stratified", 0.0, 0.1), **given))
    assert str(caught.value) == told


def with_test_part(count: int) -> Table:
    return replace(table(imbalanced(50, 0.4, 1)), test_rows=count)


def test_a_given_test_part_is_kept_and_validation_rows_are_drawn_from_the_rest() -> None:
    rows = with_test_part(12)
    found = split(rows, options("given", 0.0, 0.25, 5))
    train, val = train_test_split(np.arange(38), test_size=10, random_state=5, stratify=rows.target[:38])
    assert_parts(found, [train, val, np.arange(38, 50)])
    alone = split(rows, options("given", 0.0, 0.0))
    assert_parts(alone, [np.arange(38), np.arange(0), np.arange(38, 50)])


def test_validation_rows_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "val.txt"
    path.write_text("# rows\n37\n3\n0  # the first\n8\n9\n10\r\n11\n\n12")
    found = split(with_test_part(12), replace(options("given", 0.0, 0.25), val_rows=str(path)))
    val = [37, 3, 0, 8, 9, 10, 11, 12]
    assert_parts(found, [np.setdiff1d(np.arange(38), val), val, np.arange(38, 50)])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("5\n1\n\n1\n", "FILE line 4: row 1 again, as in line 2; name each row once"),
        ("0\n38\n", "FILE line 2: row 38; must be from 0 to 37"),
        ("-1\n", "FILE line 1: row -1; must be from 0 to 37"),
        ("", "FILE: is empty; must hold row numbers from 0 to 37, one per line"),
        ("# none\n\n", "FILE: is empty; must hold row numbers from 0 to 37, one per line"),
        ("0\none\n", "FILE line 2: 'one'; must hold a whole number per line"),
        ("1 2\n", "FILE line 1: '1 2'; must hold a whole number per line"),
        ("1.5\n", "FILE line 1: '1.5'; must hold a whole number per line"),
        (None, "split.val_rows=FILE: no such file; name one with a row number per line"),
    ],
)
def test_validation_rows_that_cannot_be(tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "val.txt"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError) as caught:
        split(with_test_part(12), replace(options("given", 0.0, 0.25), val_rows=str(path)))
    assert str(caught.value) == told.replace("FILE", str(path))


def test_a_problem_without_a_test_part_has_none_to_give() -> None:
    with pytest.raises(UserError, match=r"split.method=given: the problem has no test part of its own"):
        split(table([0, 1] * 10), options("given", 0.0, 0.2))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"folds": 3, "method": "none"}, "split.folds=3: needs split.method=stratified, random or grouped"),
        ({"folds": 3, "method": "given"}, "split.folds=3: needs split.method=stratified, random or grouped"),
        ({"val_rows": "f"}, "split.val_rows=f: goes with split.method=given and without split.folds"),
    ],
)
def test_options_that_do_not_go_together(given: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError) as caught:
        replace(options("stratified", 0.2, 0.2), **given).check()
    assert str(caught.value) == told
