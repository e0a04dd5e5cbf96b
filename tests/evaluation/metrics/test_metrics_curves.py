"""ROC and precision-recall curves and the areas under them, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from logits_and_targets import many, two
from sklearn import metrics as reference
from sklearn.calibration import calibration_curve as reference_calibration

from logodds.evaluation.metrics import curves, multiclass
from logodds.evaluation.metrics.binary import sigmoid

EXACT = {"rtol": 1e-12, "atol": 1e-12}


@pytest.mark.parametrize("seed", range(40))
def test_areas_equal_scikit_learn(seed: int) -> None:
    logits, target = two(seed)
    for label in (0, 1):
        positive = np.full(len(logits), label)
        auc = [reference.roc_auc_score(target == label, row) for row in logits]
        np.testing.assert_allclose(curves.roc_auc(logits, target, positive), auc, **EXACT)
        area = [reference.average_precision_score(target == label, row) for row in logits]
        np.testing.assert_allclose(curves.average_precision(logits, target, positive), area, **EXACT)


@pytest.mark.parametrize("seed", range(20))
def test_one_vs_rest_equals_scikit_learn(seed: int) -> None:
    logits, target = many(seed)
    probability = multiclass.softmax(logits)
    auc = [reference.roc_auc_score(target, model, multi_class="ovr", average=None) for model in probability]
    np.testing.assert_allclose(curves.one_vs_rest_auc(probability, target), auc, **EXACT)
    actual = np.eye(logits.shape[-1])[target]
    area = [reference.average_precision_score(actual, model, average=None) for model in probability]
    np.testing.assert_allclose(curves.one_vs_rest_precision(probability, target), area, **EXACT)


def test_a_class_without_rows_has_no_figure() -> None:
    logits, target = many(3, classes=4)
    kept = target != 2
    probability, target = multiclass.softmax(logits[:, kept]), target[kept]
    for figure in (curves.one_vs_rest_auc, curves.one_vs_rest_precision):
        found = figure(probability, target)
        np.testing.assert_array_equal(np.isnan(found), [[False, False, True, False]] * len(logits))
        expected = found[:, [0, 1, 3]].mean(axis=1)
        np.testing.assert_allclose(curves.mean_of_defined(found), expected, **EXACT)
    assert np.isnan(curves.mean_of_defined(np.full(3, np.nan)))


@pytest.mark.parametrize("block", [1, 300, 2**18])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    logits, target = two(5, models=9)
    whole = curves.roc_auc(logits, target, np.ones(9))
    monkeypatch.setattr(curves, "BLOCK", block)
    np.testing.assert_array_equal(curves.roc_auc(logits, target, np.ones(9)), whole)


@pytest.mark.parametrize("seed", range(40))
def test_curves_equal_scikit_learn(seed: int) -> None:
    logits, target = two(seed)
    for row in logits:
        fpr, tpr, _ = reference.roc_curve(target, row, drop_intermediate=False)
        np.testing.assert_allclose(curves.roc_curve(row, target), (fpr, tpr), **EXACT)
        precision, recall, _ = reference.precision_recall_curve(target, row)
        found = curves.precision_recall_curve(row, target)
        np.testing.assert_allclose(found, (precision[::-1], recall[::-1]), **EXACT)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("bins", [2, 3, 10, 37])
def test_calibration_equals_scikit_learn(seed: int, bins: int) -> None:
    logits, target = two(seed)
    for row in logits:
        probability = sigmoid(row)
        share, mean = reference_calibration(target, probability, n_bins=bins)
        found_mean, found_share, rows = curves.calibration_curve(probability, target, bins)
        np.testing.assert_allclose((found_mean, found_share), (mean, share), **EXACT)
        edges = np.linspace(0.0, 1.0, bins + 1)
        places = np.clip(np.digitize(probability, edges, right=True) - 1, 0, bins - 1)
        np.testing.assert_array_equal(rows, np.unique(places, return_counts=True)[1])


def test_corners_keep_the_line() -> None:
    x, y = np.array([0.0, 0.0, 0.0, 0.5, 1.0, 1.0]), np.array([0.0, 0.25, 0.5, 0.75, 1.0, 1.0])
    np.testing.assert_array_equal(curves.corners(x, y), [[0.0, 0.0, 1.0], [0.0, 0.5, 1.0]])
    for seed in range(10):
        logits, target = two(seed)
        whole, short = curves.roc_curve(logits[0], target), curves.corners(*curves.roc_curve(logits[0], target))
        grid = np.linspace(0.001, 0.999, 1000)
        np.testing.assert_allclose(np.interp(grid, *short), np.interp(grid, *whole), **EXACT)
