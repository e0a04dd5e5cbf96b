"""Every figure against scikit-learn's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as reference
from sklearn.calibration import calibration_curve as reference_calibration
from sklearn.exceptions import UndefinedMetricWarning

from logodds import metrics

Array = NDArray[Any]
THRESHOLDS = [0.0, 0.1, 0.25, 0.5, 0.5000001, 0.9, 1.0]
EXACT = {"rtol": 1e-12, "atol": 1e-12}


def draw(seed: int, models: int = 4) -> tuple[Array, Array]:
    """Logits [models, n] with ties and a target [n] of any imbalance, both classes present."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(2, 120))
    target = (random.random(rows) < random.choice([0.03, 0.3, 0.5, 0.95])).astype(np.uint8)
    target[:2] = random.permutation([0, 1])
    logits = random.normal(0.0, random.choice([0.1, 2.0, 8.0]), (models, rows)) + target * random.uniform(-1, 3)
    logits[0] = np.round(logits[0])  # ties, and rows exactly at a threshold of 0.5
    logits[-1] = 0.25
    return logits, target


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_figures_of_calls_equal_scikit_learn(seed: int, threshold: float) -> None:
    logits, target = draw(seed)
    found = metrics.counts(logits, target, threshold)
    cases: list[tuple[Callable[[metrics.Counts], Array], Callable[..., float]]] = [
        (metrics.accuracy, lambda y, called: reference.accuracy_score(y, called)),
        (metrics.precision, lambda y, called: reference.precision_score(y, called, zero_division=0)),
        (metrics.recall, lambda y, called: reference.recall_score(y, called, zero_division=0)),
        (metrics.f1, lambda y, called: reference.f1_score(y, called, zero_division=0)),
    ]
    calls = [(metrics.sigmoid(row) >= threshold).astype(int) for row in logits]
    for ours, theirs in cases:
        np.testing.assert_allclose(ours(found), [theirs(target, called) for called in calls], **EXACT)
    matrices = [reference.confusion_matrix(target, called, labels=[0, 1]) for called in calls]
    np.testing.assert_array_equal(np.array([found.tn, found.fp, found.fn, found.tp]).T, np.reshape(matrices, (-1, 4)))


@pytest.mark.parametrize("seed", range(40))
def test_figures_of_scores_equal_scikit_learn(seed: int) -> None:
    logits, target = draw(seed)
    cases: list[tuple[Callable[[Array, Array], Array], Callable[..., float]]] = [
        (metrics.roc_auc, lambda y, row: reference.roc_auc_score(y, row)),
        (metrics.average_precision, lambda y, row: reference.average_precision_score(y, row)),
        (metrics.log_loss, lambda y, row: reference.log_loss(y, metrics.sigmoid(row), labels=[0, 1])),
    ]
    for ours, theirs in cases:
        found = ours(logits, target)
        # scikit-learn's log loss reads 1 - p, which has lost digits where p is near 1
        tolerance = 1e-6 if ours is metrics.log_loss else 1e-12
        np.testing.assert_allclose(found, [theirs(target, row) for row in logits], rtol=tolerance)
        np.testing.assert_array_equal(ours(logits[1], target), found[1])  # one model alone
    brier = [reference.brier_score_loss(target, metrics.sigmoid(row)) for row in logits]
    np.testing.assert_allclose([metrics.report(row, target, 0.5).brier for row in logits], brier, **EXACT)


@pytest.mark.parametrize("seed", range(40))
def test_curves_equal_scikit_learn(seed: int) -> None:
    logits, target = draw(seed)
    for row in logits:
        fpr, tpr, _ = reference.roc_curve(target, row, drop_intermediate=False)
        np.testing.assert_allclose(metrics.roc_curve(row, target), (fpr, tpr), **EXACT)
        precision, recall, _ = reference.precision_recall_curve(target, row)
        found = metrics.precision_recall_curve(row, target)
        np.testing.assert_allclose(found, (precision[::-1], recall[::-1]), **EXACT)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("bins", [2, 3, 10, 37])
def test_calibration_equals_scikit_learn(seed: int, bins: int) -> None:
    logits, target = draw(seed)
    for row in logits:
        probability = metrics.sigmoid(row)
        share, mean = reference_calibration(target, probability, n_bins=bins)
        found_mean, found_share, rows = metrics.calibration_curve(row, target, bins)
        np.testing.assert_allclose((found_mean, found_share), (mean, share), **EXACT)
        edges = np.linspace(0.0, 1.0, bins + 1)
        places = np.clip(np.digitize(probability, edges, right=True) - 1, 0, bins - 1)
        np.testing.assert_array_equal(rows, np.unique(places, return_counts=True)[1])


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 1.0])
def test_report_equals_scikit_learn(seed: int, threshold: float) -> None:
    logits, target = draw(seed)
    for row in logits:
        called = (metrics.sigmoid(row) >= threshold).astype(int)
        found = metrics.report(row, target, threshold)
        options: dict[str, Any] = {"labels": [0, 1], "zero_division": 0}
        each = reference.precision_recall_fscore_support(target, called, **options)
        for index, figure in enumerate(found.classes):
            assert [figure.precision, figure.recall, figure.f1, figure.support] == pytest.approx(
                [values[index] for values in each]
            )
        for average, got in (("macro", found.macro), ("weighted", found.weighted)):
            wanted = reference.precision_recall_fscore_support(target, called, average=average, **options)
            assert [got.precision, got.recall, got.f1] == pytest.approx(wanted[:3])
            assert got.support == len(target)
        assert found.confusion == tuple(map(tuple, reference.confusion_matrix(target, called, labels=[0, 1])))
        assert found.accuracy == pytest.approx(reference.accuracy_score(target, called))
        assert (found.precision, found.recall, found.f1) == (each[0][1], each[1][1], each[2][1])
        assert found.roc_auc == pytest.approx(reference.roc_auc_score(target, row))
        assert found.average_precision == pytest.approx(reference.average_precision_score(target, row))
        assert found.log_loss == pytest.approx(reference.log_loss(target, metrics.sigmoid(row)))
        assert found.threshold == threshold


@pytest.mark.parametrize(
    "names", [("0", "1"), ("no", "yes"), ("benign", "malignant"), ("a" * 12, "b" * 13), ("c" * 40, ""), ("é", "漢")]
)
def test_text_is_classification_report(names: tuple[str, str]) -> None:
    for seed in range(12):
        logits, target = draw(seed)
        for row in logits:
            for threshold in (0.0, 0.5, 1.0):
                called = (metrics.sigmoid(row) >= threshold).astype(int)
                assert metrics.as_text(
                    metrics.report(row, target, threshold), names
                ) == reference.classification_report(
                    target, called, labels=[0, 1], target_names=names, digits=2, zero_division=0
                )


@pytest.mark.parametrize("rows", [2, 4, 5, 8])
def test_text_is_classification_report_for_every_small_case(rows: int) -> None:
    """Few rows give figures half-way between two roundings: 0.125, 0.375, ..."""
    codes = np.arange(2**rows)[:, None] >> np.arange(rows) & 1
    targets = codes[(codes.sum(axis=1) > 0) & (codes.sum(axis=1) < rows)]
    random = np.random.default_rng(rows)
    for target in targets[: 2**rows // 2]:
        for called in random.permutation(codes)[:2]:
            if (called != target).all():  # scikit-learn then prints the supports as 1.0
                continue
            found = metrics.as_text(metrics.report(called * 2.0 - 1.0, target, 0.5), ("a", "b"))
            assert found == reference.classification_report(
                target, called, labels=[0, 1], target_names=["a", "b"], digits=2, zero_division=0
            )


@pytest.mark.parametrize(
    "cells",
    [(0, 1, 2, 9), (0, 1, 10, 9), (0, 3, 2, 7), (0, 7, 9, 9), (1, 0, 9, 10), (1, 1, 7, 1), (1, 2, 1, 6)],
    ids=str,
)
def test_text_rounds_as_classification_report(cells: tuple[int, int, int, int]) -> None:
    """Weighted averages half-way between two roundings, where the order of a product and a quotient shows."""
    target, called = np.repeat([0, 0, 1, 1], cells), np.repeat([0, 1, 0, 1], cells)
    found = metrics.as_text(metrics.report(called * 2.0 - 1.0, target, 0.5), ("a", "b"))
    assert found == reference.classification_report(
        target, called, labels=[0, 1], target_names=["a", "b"], digits=2, zero_division=0
    )


@pytest.mark.parametrize("lone", [0, 1])
@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_lone_class(lone: int, threshold: float) -> None:
    logits = np.random.default_rng(lone).normal(size=9)
    target = np.full(9, lone, np.uint8)
    called = (metrics.sigmoid(logits) >= threshold).astype(int)
    found = metrics.report(logits, target, threshold)
    assert found.confusion == tuple(map(tuple, reference.confusion_matrix(target, called, labels=[0, 1])))
    assert found.accuracy == pytest.approx(reference.accuracy_score(target, called))
    assert found.recall == reference.recall_score(target, called, zero_division=0)
    assert found.f1 == reference.f1_score(target, called, zero_division=0)
    assert found.log_loss == pytest.approx(reference.log_loss(target, metrics.sigmoid(logits), labels=[0, 1]))
    with pytest.warns(UndefinedMetricWarning):
        assert np.isnan(reference.roc_auc_score(target, logits))
    assert np.isnan(found.roc_auc)
    if lone:
        assert found.average_precision == reference.average_precision_score(target, logits)
    else:
        assert np.isnan(found.average_precision)
    assert "roc_auc" not in found.figures()
    assert all(np.isfinite(value) for value in found.figures().values())
    assert np.isnan(metrics.roc_auc(np.stack([logits, -logits]), target)).all()


def test_figures_by_name() -> None:
    logits, target = draw(3)
    found = metrics.report(logits[1], target, 0.5)
    figures = found.figures()
    assert [figures[name] for name in ("tn", "fp", "fn", "tp")] == [*found.confusion[0], *found.confusion[1]]
    assert figures["support"] == len(target)
    assert figures["f1_weighted"] == found.weighted.f1
    assert figures["precision_macro"] == found.macro.precision
    assert found.main() == {name: figures[name] for name in metrics.MAIN}


@pytest.mark.parametrize("seed", range(5))
def test_monitors_are_the_figures_of_the_report(seed: int) -> None:
    logits, target = draw(seed)
    reports = [metrics.report(row, target, 0.4) for row in logits]
    for name, (higher, monitor) in metrics.MONITORS.items():
        attribute = "log_loss" if name == "loss" else name
        np.testing.assert_allclose(
            monitor(logits, target, 0.4), [getattr(each, attribute) for each in reports], **EXACT
        )
        assert higher is (name != "loss")


@pytest.mark.parametrize("logit", [0.0, -0.0, 1.0, -30.0, 700.0, -745.0, 1e4, -1e4, 1e300, -1e300])
def test_extreme_logits_are_finite(logit: float) -> None:
    expected = 1.0 / (1.0 + np.exp(np.longdouble(-logit))) if abs(logit) < 1e4 else float(logit > 0)
    assert metrics.sigmoid(np.array([logit]))[0] == pytest.approx(float(expected), rel=1e-12)
    losses = [float(metrics.log_loss(np.array([logit]), np.array([label]))) for label in (0, 1)]
    tail = np.log1p(np.exp(-abs(logit)))
    assert losses == pytest.approx([max(logit, 0.0) + tail, max(-logit, 0.0) + tail], rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("threshold", [0.0, 1e-300, 0.1, 0.5, 0.75, 1.0 - 1e-16, 1.0])
def test_threshold_logit_inverts_the_logistic_function(threshold: float) -> None:
    found = metrics.threshold_logit(threshold)
    assert metrics.sigmoid(np.array([found]))[0] == pytest.approx(threshold, rel=1e-12)


@pytest.mark.parametrize(
    ("top", "bottom", "expected"), [(1, 2, 0.5), (0, 0, 0.0), (5, 0, 0.0), ([1, 0, 3], [4, 0, 3], [0.25, 0.0, 1.0])]
)
def test_ratio(top: Any, bottom: Any, expected: Any) -> None:
    np.testing.assert_array_equal(metrics.ratio(np.array(top), np.array(bottom)), expected)
