"""Intervals from figures and counts, against scipy, published standard errors and coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from logodds.evaluation import intervals


@pytest.mark.parametrize(("hits", "rows"), [(0, 1), (1, 1), (0, 30), (30, 30), (111, 114), (1, 2), (5000, 10_000)])
def test_wilson_is_that_of_scipy(hits: int, rows: int) -> None:
    expected = stats.binomtest(hits, rows).proportion_ci(0.95, method="wilson")
    assert intervals.wilson(hits, rows) == pytest.approx((expected.low, expected.high), abs=1e-14)


@pytest.mark.parametrize(
    ("area", "positives", "negatives", "error"),
    # What the R package auctestr prints for its examples.
    [(0.75, 20, 200, 0.06498283), (0.75, 110, 110, 0.03282048), (0.75, 20, 20, 0.07789072)],
)
def test_the_error_of_an_area_is_that_of_hanley_and_mcneil(
    area: float, positives: int, negatives: int, error: float
) -> None:
    found = intervals.hanley_mcneil(area, positives, negatives)
    half = stats.norm.ppf(0.975) * error
    assert found == pytest.approx((area - half, area + half), abs=2e-8)


def test_an_area_near_one_ends_there() -> None:
    found = intervals.hanley_mcneil(0.99, 10, 10)
    assert found is not None
    assert found[1] == 1.0
    assert found[0] < 0.97


@pytest.mark.parametrize(("area", "positives", "negatives"), [(1.0, 9, 9), (0.0, 9, 9), (0.5, 0, 9), (0.5, 9, 0)])
def test_nothing_is_said_of_an_area_whose_error_would_be_none(area: float, positives: int, negatives: int) -> None:
    assert intervals.hanley_mcneil(area, positives, negatives) is None


FIGURES = {
    "best/accuracy": 0.9,
    "best/support": 100.0,
    "best/precision": 40 / 44,
    "best/recall": 40 / 46,
    "best/f1": 80 / 90,
    "best/roc_auc": 0.95,
    "best/log_loss": 0.3,
    "best/brier": 0.1,
    "best/mcc": 0.8,
    "best/average_precision": 0.9,
    "best/tn": 50.0,
    "best/fp": 4.0,
    "best/fn": 6.0,
    "best/tp": 40.0,
    "test/accuracy": 0.5,
    "test/support": 10.0,
}


def test_each_figure_by_its_formula() -> None:
    def of(name: str) -> intervals.ConfidenceInterval | None:
        return intervals.of_figure(name, FIGURES, "best")

    assert of("accuracy") == intervals.wilson(90, 100)
    assert of("precision") == intervals.wilson(40, 44)
    assert of("recall") == intervals.wilson(40, 46)
    assert of("roc_auc") == intervals.hanley_mcneil(0.95, 46, 54)
    low, high = intervals.wilson(40, 50)  # F1/(2-F1) = 40/50
    assert of("f1") == (2 * low / (1 + low), 2 * high / (1 + high))
    assert [of(name) for name in ("log_loss", "brier", "mcc", "average_precision", "absent")] == [None] * 5
    assert intervals.of_figure("accuracy", FIGURES, "test") == intervals.wilson(5, 10)


def test_of_many_classes_only_the_accuracy_has_one() -> None:
    many = {name: value for name, value in FIGURES.items() if name[5:] not in ("tn", "fp", "fn", "tp")}
    assert intervals.of_figure("accuracy", many, "best") == intervals.wilson(90, 100)
    assert [intervals.of_figure(name, many, "best") for name in ("f1", "recall", "roc_auc")] == [None] * 3


def test_without_calls_of_the_positive_class_precision_has_none() -> None:
    none = FIGURES | {"best/tp": 0.0, "best/fp": 0.0, "best/tn": 54.0, "best/fn": 46.0, "best/f1": 0.0}
    assert intervals.of_figure("precision", none, "best") is None
    assert intervals.of_figure("f1", none, "best") is not None


@pytest.mark.parametrize("shares", [(0.6, 0.1, 0.1, 0.2), (0.8, 0.02, 0.05, 0.13)])
def test_f1_is_covered_as_often_as_said(shares: tuple[float, float, float, float]) -> None:
    _, fp, fn, tp = shares
    true = 2 * tp / (2 * tp + fp + fn)
    draws = np.random.default_rng(0).multinomial(200, shares, size=4000)
    covered = 0
    for counts in draws.tolist():
        figures = {f"best/{name}": float(count) for name, count in zip(("tn", "fp", "fn", "tp"), counts, strict=True)}
        found = intervals.of_figure("f1", figures | {"best/f1": 0.0}, "best")
        assert found is not None
        covered += found[0] <= true <= found[1]
    assert covered / len(draws) == pytest.approx(0.95, abs=0.015)
