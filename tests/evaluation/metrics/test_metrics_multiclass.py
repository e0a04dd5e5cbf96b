"""Figures of many classes against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from logits_and_targets import many
from scipy import special
from sklearn import metrics as reference

from logodds.evaluation.metrics import binary, multiclass


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_loss_equals_scikit_learn(seed: int, dtype: type[np.floating]) -> None:
    logits, target = many(seed)
    logits = (logits / 4.0).astype(dtype)  # scikit-learn clips probabilities below 2.2e-16
    labels = range(logits.shape[-1])
    expected = [reference.log_loss(target, multiclass.softmax(model), labels=labels) for model in logits]
    np.testing.assert_allclose(multiclass.log_loss(logits, target), expected, rtol=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_wide_logits_equal_scipy(seed: int) -> None:
    logits, target = many(seed)
    logits *= 20.0
    np.testing.assert_allclose(multiclass.softmax(logits), special.softmax(logits, axis=-1), rtol=1e-12)
    rows = special.log_softmax(logits, axis=-1)[:, np.arange(len(target)), target]
    np.testing.assert_allclose(multiclass.log_loss(logits, target), -rows.mean(axis=-1), rtol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_confusion_matrices_equal_scikit_learn(seed: int) -> None:
    logits, target = many(seed)
    labels = range(logits.shape[-1])
    expected = [reference.confusion_matrix(target, model.argmax(axis=1), labels=labels) for model in logits]
    np.testing.assert_array_equal(multiclass.confusion(logits, target.astype(np.uint8)), expected)


@pytest.mark.parametrize("seed", range(5))
def test_two_logits_are_their_difference(seed: int) -> None:
    logits, target = many(seed, classes=2)
    difference = logits[..., 1] - logits[..., 0]
    np.testing.assert_allclose(multiclass.log_loss(logits, target), binary.log_loss(difference, target), rtol=1e-12)
    np.testing.assert_allclose(multiclass.softmax(logits)[..., 1], binary.sigmoid(difference), rtol=1e-12)


def test_extreme_logits_are_finite() -> None:
    logits = np.array([[[1e300, 0.0, -1e300], [-745.0, 745.0, 0.0], [0.0, 0.0, 0.0]]])
    assert multiclass.log_loss(logits, np.array([0, 1, 2]))[0] == pytest.approx(np.log(3.0) / 3.0)
    assert multiclass.log_loss(logits, np.array([0, 0, 2]))[0] == pytest.approx((1490.0 + np.log(3.0)) / 3.0)
    np.testing.assert_array_equal(multiclass.softmax(logits)[0, :, 0], [1.0, 0.0, 1.0 / 3.0])


@pytest.mark.parametrize("block", [1, 500, 2**20])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    logits, target = many(7, models=9)
    whole = multiclass.log_loss(logits, target)
    monkeypatch.setattr(multiclass, "BLOCK", block)
    np.testing.assert_array_equal(multiclass.log_loss(logits, target), whole)
