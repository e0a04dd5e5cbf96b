"""Figures of two classes against scikit-learn's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from logits_and_targets import two
from numpy.typing import NDArray
from sklearn import metrics as reference

from logodds.evaluation.metrics import binary

Array = NDArray[Any]
THRESHOLDS = [0.0, 0.1, 0.25, 0.5, 0.5000001, 0.9, 1.0]
EXACT = {"rtol": 1e-12, "atol": 1e-12}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_figures_of_calls_equal_scikit_learn(seed: int, threshold: float) -> None:
    logits, target = two(seed)
    found = binary.counts(logits, target, threshold)
    cases: list[tuple[Callable[[binary.Counts], Array], Callable[..., float]]] = [
        (binary.accuracy, lambda y, called: reference.accuracy_score(y, called)),
        (binary.precision, lambda y, called: reference.precision_score(y, called, zero_division=0)),
        (binary.recall, lambda y, called: reference.recall_score(y, called, zero_division=0)),
        (binary.f1, lambda y, called: reference.f1_score(y, called, zero_division=0)),
    ]
    calls = [(binary.sigmoid(row) >= threshold).astype(int) for row in logits]
    for ours, theirs in cases:
        np.testing.assert_allclose(ours(found), [theirs(target, called) for called in calls], **EXACT)
    matrices = [reference.confusion_matrix(target, called, labels=[0, 1]) for called in calls]
    np.testing.assert_array_equal(np.array([found.tn, found.fp, found.fn, found.tp]).T, np.reshape(matrices, (-1, 4)))


@pytest.mark.parametrize("seed", range(20))
def test_log_loss_equals_scikit_learn(seed: int) -> None:
    logits, target = two(seed)
    found = binary.log_loss(logits, target)
    # scikit-learn reads 1 - p, which has lost digits where p is near 1
    expected = [reference.log_loss(target, binary.sigmoid(row), labels=[0, 1]) for row in logits]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_array_equal(binary.log_loss(logits[1], target), found[1])  # one model alone


@pytest.mark.parametrize("logit", [0.0, -0.0, 1.0, -30.0, 700.0, -745.0, 1e4, -1e4, 1e300, -1e300])
def test_extreme_logits_are_finite(logit: float) -> None:
    expected = 1.0 / (1.0 + np.exp(np.longdouble(-logit))) if abs(logit) < 1e4 else float(logit > 0)
    assert binary.sigmoid(np.array([logit]))[0] == pytest.approx(float(expected), rel=1e-12)
    losses = [float(binary.log_loss(np.array([logit]), np.array([label]))) for label in (0, 1)]
    tail = np.log1p(np.exp(-abs(logit)))
    assert losses == pytest.approx([max(logit, 0.0) + tail, max(-logit, 0.0) + tail], rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("threshold", [0.0, 1e-300, 0.1, 0.5, 0.75, 1.0 - 1e-16, 1.0])
def test_threshold_logit_inverts_the_logistic_function(threshold: float) -> None:
    found = binary.threshold_logit(threshold)
    assert binary.sigmoid(np.array([found]))[0] == pytest.approx(threshold, rel=1e-12)


@pytest.mark.parametrize(
    ("top", "bottom", "expected"), [(1, 2, 0.5), (0, 0, 0.0), (5, 0, 0.0), ([1, 0, 3], [4, 0, 3], [0.25, 0.0, 1.0])]
)
def test_ratio(top: Any, bottom: Any, expected: Any) -> None:
    np.testing.assert_array_equal(binary.ratio(np.array(top), np.array(bottom)), expected)
