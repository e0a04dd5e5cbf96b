"""The stratified draw against scikit-learn's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import StratifiedShuffleSplit, train_test_split
from split_tables import assert_parts, imbalanced, options, table

from logodds.data import stratified
from logodds.data.splitter import split
from logodds.system.errors import UserError


@pytest.mark.parametrize("seed", [0, 1, 7, 42, 12345, 2**32 - 1])
def test_stratified_test_part_equals_stratified_shuffle_split(seed: int) -> None:
    target = imbalanced(200, 0.3, seed)
    found = split(table(target), options("stratified", 0.25, 0.0, seed))
    drawn = StratifiedShuffleSplit(n_splits=1, test_size=0.25, random_state=seed).split(target, target)
    train, test = next(drawn)
    assert_parts(found, [train, train[:0], test])


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("classes", [3, 5])
@pytest.mark.parametrize("seed", range(5))
def test_parts_of_several_classes_equal_scikit_learn(seed: int, classes: int, equal: bool) -> None:
    """In the order of the rows that each draw gives; classes of equal size tie for the rows that remain."""
    share = np.arange(1, classes + 1) / np.arange(1, classes + 1).sum()
    random = np.random.default_rng(seed)
    target = random.permutation(211) % classes if equal else random.choice(classes, 211, p=share)
    data = replace(table(target), classes=tuple("abcde"[:classes]))
    found = split(data, options("stratified", 0.2, 0.25, seed))
    rest, test = train_test_split(np.arange(211), test_size=43, random_state=seed, stratify=target)
    train, val = train_test_split(rest, test_size=53, random_state=seed, stratify=target[rest])
    assert_parts(found, [train, val, test])


def test_stratified_shares_differ_by_less_than_a_row() -> None:
    for seed in range(50):
        target = imbalanced(150, 0.3, seed)
        found = split(table(target), options("stratified", 0.2, 0.2, seed))
        for part in (found.train, found.val, found.test):
            assert abs(target[part].sum() - len(part) * target.mean()) < 1.0


@pytest.mark.parametrize("positives", [0, 1])
def test_class_too_small_names_it_and_its_count(positives: int) -> None:
    data = table([0] * 20 + [1] * positives)
    with pytest.raises(UserError, match=rf"class 'b' has {positives} row"):
        split(data, options("stratified", 0.2, 0.2))


@pytest.mark.parametrize("draws", range(8))
def test_whole_numbers_equal_scikit_learn(draws: int) -> None:
    """The one routine of scikit-learn's that is private: where each class's rows go."""
    from sklearn.utils.extmath import _approximate_mode

    random = np.random.default_rng(draws)
    for _ in range(100):
        counts = random.integers(1, 50, int(random.integers(2, 6)))
        count = int(random.integers(1, counts.sum() + 1))
        seed = int(random.integers(0, 1000))
        np.testing.assert_array_equal(
            stratified._proportional(counts, count, np.random.RandomState(seed)),
            _approximate_mode(counts, count, np.random.RandomState(seed)),
        )


def test_a_class_of_one_row_is_told_with_the_classes_that_leave_it_out() -> None:
    data = replace(table([0] * 20 + [1] * 20 + [2]), classes=("a", "b", "c"))
    with pytest.raises(UserError) as caught:
        split(data, options("stratified", 0.25, 0.25))
    assert str(caught.value) == (
        "split.method=stratified: class 'c' has 1 row where each draw needs 2; add rows, leave it out with "
        "problem.classes=[a,b], or use split.method=random"
    )
