"""The report of two classes and of many against scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from logits_and_targets import many, two
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn import metrics as reference
from sklearn.exceptions import UndefinedMetricWarning

from logodds.evaluation.metrics.binary import sigmoid
from logodds.evaluation.metrics.multiclass import softmax
from logodds.evaluation.metrics.report import MAIN, as_text, report

pytestmark = pytest.mark.slow

Array = NDArray[Any]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 1.0])
def test_report_equals_scikit_learn(seed: int, threshold: float) -> None:
    logits, target = two(seed)
    for row in logits:
        called = (sigmoid(row) >= threshold).astype(int)
        found = report(row, target, threshold)
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
        assert found.log_loss == pytest.approx(reference.log_loss(target, sigmoid(row)))
        assert found.balanced_accuracy == pytest.approx(reference.balanced_accuracy_score(target, called))
        assert found.mcc == pytest.approx(reference.matthews_corrcoef(target, called))
        assert found.brier == pytest.approx(reference.brier_score_loss(target, sigmoid(row)))
        assert found.class_roc_auc == pytest.approx([found.roc_auc] * 2)
        area = reference.average_precision_score(1 - target, -row)
        assert found.class_average_precision == pytest.approx((area, found.average_precision))
        assert found.threshold == threshold


@pytest.mark.parametrize(
    ("names", "seeds"),
    [
        (("0", "1"), 12),
        *((names, 2) for names in (("no", "yes"), ("benign", "malignant"), ("a" * 12, "b" * 13), ("c" * 40, ""))),
        (("é", "漢"), 2),
    ],
)
def test_text_is_classification_report(names: tuple[str, str], seeds: int) -> None:
    for seed in range(seeds):
        logits, target = two(seed)
        for row in logits:
            for threshold in (0.0, 0.5, 1.0):
                called = (sigmoid(row) >= threshold).astype(int)
                assert as_text(report(row, target, threshold), names) == reference.classification_report(
                    target, called, labels=[0, 1], target_names=names, digits=2, zero_division=0
                )


@pytest.mark.long
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
            found = as_text(report(called * 2.0 - 1.0, target, 0.5), ("a", "b"))
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
    found = as_text(report(called * 2.0 - 1.0, target, 0.5), ("a", "b"))
    assert found == reference.classification_report(
        target, called, labels=[0, 1], target_names=["a", "b"], digits=2, zero_division=0
    )


@pytest.mark.parametrize("seed", range(20))
def test_report_of_many_classes_equals_scikit_learn(seed: int) -> None:
    logits, target = many(seed)
    labels = range(logits.shape[-1])
    options: dict[str, Any] = {"labels": labels, "zero_division": 0}
    for model in logits:
        probability, called = softmax(model), model.argmax(axis=1)
        found = report(model, target, 0.5)
        each = reference.precision_recall_fscore_support(target, called, **options)
        assert [tuple(vars(figures).values()) for figures in found.classes] == list(zip(*each, strict=True))
        for average, got in (("macro", found.macro), ("weighted", found.weighted)):
            wanted = reference.precision_recall_fscore_support(target, called, average=average, **options)
            assert (got.precision, got.recall, got.f1) == pytest.approx(wanted[:3], rel=1e-15)
            assert got.support == len(target)
        assert (found.precision, found.recall, found.f1) == tuple(vars(found.macro).values())[:3]
        assert found.confusion == tuple(map(tuple, reference.confusion_matrix(target, called, labels=labels)))
        assert found.accuracy == reference.accuracy_score(target, called)
        assert found.balanced_accuracy == pytest.approx(reference.balanced_accuracy_score(target, called))
        assert found.mcc == pytest.approx(reference.matthews_corrcoef(target, called))
        assert found.log_loss == pytest.approx(-log_softmax(model, axis=1)[np.arange(len(target)), target].mean())
        assert found.brier == pytest.approx(reference.brier_score_loss(target, probability, labels=labels))
        auc = reference.roc_auc_score(target, probability, multi_class="ovr", average="macro")
        assert found.roc_auc == pytest.approx(auc)
        each_auc = reference.roc_auc_score(target, probability, multi_class="ovr", average=None)
        assert found.class_roc_auc == pytest.approx(each_auc)
        actual = np.eye(len(labels))[target]
        assert found.average_precision == pytest.approx(reference.average_precision_score(actual, probability))
        each_area = reference.average_precision_score(actual, probability, average=None)
        assert found.class_average_precision == pytest.approx(each_area)
        assert found.threshold is None


@pytest.mark.parametrize("length", [1, 12, 13, 40])
def test_text_of_many_classes_is_classification_report(length: int) -> None:
    for seed in range(20):
        logits, target = many(seed)
        names = [f"{'n' * length}{index}" for index in range(logits.shape[-1])]
        for model in logits:
            assert as_text(report(model, target, 0.5), names) == reference.classification_report(
                target, model.argmax(axis=1), labels=range(len(names)), target_names=names, zero_division=0
            )


def test_a_class_without_rows() -> None:
    logits, target = many(2, classes=5)
    kept = target != 3
    model, target = logits[1][kept], target[kept]
    found = report(model, target, 0.5)
    assert found.classes[3].support == 0
    assert [index for index, auc in enumerate(found.class_roc_auc) if np.isnan(auc)] == [3]
    present = [0, 1, 2, 4]
    probability = softmax(model)
    auc = [reference.roc_auc_score(target == index, probability[:, index]) for index in present]
    assert found.roc_auc == pytest.approx(np.mean(auc))
    area = [reference.average_precision_score(target == index, probability[:, index]) for index in present]
    assert found.average_precision == pytest.approx(np.mean(area))
    assert all(np.isfinite(value) for value in found.figures().values())
    alone = report(model, np.zeros(len(model), dtype=int), 0.5)
    assert "roc_auc" not in alone.figures()
    assert alone.average_precision == 1.0
    assert all(np.isfinite(value) for value in alone.figures().values())


def test_figures_of_many_classes_by_name() -> None:
    logits, target = many(3)
    of_many = report(logits[1], target, 0.5).figures()
    binary_logits, binary_target = two(3)
    of_two = report(binary_logits[1], binary_target, 0.5).figures()
    assert [*of_many, "tn", "fp", "fn", "tp"] == list(of_two)
    assert of_many["f1"] == of_many["f1_macro"]


@pytest.mark.parametrize("lone", [0, 1])
@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_lone_class(lone: int, threshold: float) -> None:
    logits = np.random.default_rng(lone).normal(size=9)
    target = np.full(9, lone, np.uint8)
    called = (sigmoid(logits) >= threshold).astype(int)
    found = report(logits, target, threshold)
    assert found.confusion == tuple(map(tuple, reference.confusion_matrix(target, called, labels=[0, 1])))
    assert found.accuracy == pytest.approx(reference.accuracy_score(target, called))
    assert found.recall == reference.recall_score(target, called, zero_division=0)
    assert found.f1 == reference.f1_score(target, called, zero_division=0)
    assert found.log_loss == pytest.approx(reference.log_loss(target, sigmoid(logits), labels=[0, 1]))
    with pytest.warns(UndefinedMetricWarning):
        assert np.isnan(reference.roc_auc_score(target, logits))
    assert np.isnan(found.roc_auc)
    if lone:
        assert found.average_precision == reference.average_precision_score(target, logits)
    else:
        assert np.isnan(found.average_precision)
    assert "roc_auc" not in found.figures()
    assert all(np.isfinite(value) for value in found.figures().values())


def test_figures_by_name() -> None:
    logits, target = two(3)
    found = report(logits[1], target, 0.5)
    figures = found.figures()
    assert [figures[name] for name in ("tn", "fp", "fn", "tp")] == [*found.confusion[0], *found.confusion[1]]
    assert figures["support"] == len(target)
    assert figures["f1_weighted"] == found.weighted.f1
    assert figures["precision_macro"] == found.macro.precision
    assert found.main() == {name: figures[name] for name in MAIN}
