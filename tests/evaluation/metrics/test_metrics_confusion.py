"""Figures of confusion matrices against scikit-learn's figures of the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from logodds.evaluation.metrics import confusion


def draw(seed: int, classes: int) -> tuple[Any, Any]:
    """Actual and called classes of some rows; not every class need be there."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(2, 60))
    actual = random.choice(classes, rows, p=random.dirichlet(np.ones(classes)))
    return actual, np.where(random.random(rows) < 0.5, actual, random.integers(0, classes, rows))


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.filterwarnings("ignore:A single label was found")
def test_equal_to_scikit_learn(seed: int, classes: int) -> None:
    actual, called = draw(seed, classes)
    labels = range(classes)
    matrix = reference.confusion_matrix(actual, called, labels=labels)
    each = reference.precision_recall_fscore_support(actual, called, labels=labels, zero_division=0)
    for ours, theirs in zip((confusion.precision, confusion.recall, confusion.f1), each, strict=False):
        np.testing.assert_array_equal(ours(matrix), theirs)
    assert confusion.accuracy(matrix) == reference.accuracy_score(actual, called)
    assert confusion.balanced_accuracy(matrix) == pytest.approx(reference.balanced_accuracy_score(actual, called))
    assert confusion.mcc(matrix) == pytest.approx(reference.matthews_corrcoef(actual, called))


@pytest.mark.parametrize(
    "figure", [confusion.accuracy, confusion.balanced_accuracy, confusion.mcc, confusion.precision, confusion.f1]
)
def test_models_together_are_each_alone(figure: Any) -> None:
    matrices = np.random.default_rng(0).integers(0, 9, (7, 4, 4))
    np.testing.assert_array_equal(figure(matrices), [figure(matrix) for matrix in matrices])


def test_mcc_of_many_rows_does_not_overflow() -> None:
    assert confusion.mcc(np.array([[10**9, 1], [1, 10**9]])) == pytest.approx(1.0, abs=1e-8)


def test_largest_confusions() -> None:
    matrix = np.array([[50, 3, 0], [7, 60, 3], [0, 1, 9]])
    assert confusion.largest_confusions(matrix, 3) == [(1, 0, 7), (0, 1, 3), (1, 2, 3)]
    assert confusion.largest_confusions(matrix, 99) == [(1, 0, 7), (0, 1, 3), (1, 2, 3), (2, 1, 1)]
    assert confusion.largest_confusions(np.diag([1, 2, 3]), 5) == []
