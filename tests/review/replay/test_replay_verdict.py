"""Verdicts on results that differ in known places."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from logodds.review.replay import verdict
from logodds.review.replay.verdict import ABSOLUTE, DIFFERENT, IDENTICAL, RELATIVE, WITHIN, ComparedResult, judge

HISTORY = "epoch,train/loss,val/f1\n1,0.5,0.25\n2,0.25,nan\n3,inf,0.75\n"
DIGESTS = ("weights.sha256", "history.sha256", "predictions.sha256")


def result(history: str = HISTORY, bias: float = 2.0, score: float = 0.5, salt: str = "") -> ComparedResult:
    """With digests of its own unless ``salt`` says otherwise."""
    weights = {"a.weight": np.array([[1.0, -4.0]], np.float32), "a.bias": np.array([bias], np.float32)}
    digest = hashlib.sha256(repr((history, bias, salt)).encode()).hexdigest()
    figures = {"best/f1": score, "best/epoch": 2.0}
    return ComparedResult(dict.fromkeys(DIGESTS, digest), history.encode(), weights, figures)


def test_equal_results_are_identical() -> None:
    found = judge(result(), result(), {"threads": ("1", "2")})
    assert (found.word, found.reasons, found.code(True)) == (IDENTICAL, (), 0)
    assert found.apart == {"history": 0.0, "weights": 0.0, "figures": 0.0}
    assert found.machine == {"threads": ("1", "2")}


@pytest.mark.parametrize(
    "again",
    [
        result(HISTORY.replace("0.25\n", "0.250001\n")),
        result(bias=2.0 + RELATIVE),
        replace(result(salt="x"), figures={"best/f1": 0.5 + ABSOLUTE, "best/epoch": 2.0}),
    ],
    ids=["history", "weights", "figures"],
)
def test_what_is_close_is_within_tolerance(again: ComparedResult) -> None:
    found = judge(result(), again, {})
    assert (found.word, found.reasons, found.code(False), found.code(True)) == (WITHIN, (), 0, 1)
    assert max(found.apart.values()) > 0.0


@pytest.mark.parametrize(
    ("again", "reason"),
    [
        (
            result(HISTORY.replace("0.25,nan", "0.26,nan")),
            "history: train/loss of epoch 2 is 0.25 in the record, 0.26 now",
        ),
        (result(HISTORY.replace("nan", "0.5")), "history: val/f1 of epoch 2 is nan in the record, 0.5 now"),
        (result(HISTORY.replace("inf", "-inf")), "history: train/loss of epoch 3 is inf in the record, -inf now"),
        (
            result(HISTORY[: HISTORY.index("3,")]),
            "history: the number of epochs is 3.0 in the record, 2.0 now",
        ),
        (result(bias=2.5), "weights: a.bias[0] is 2.0 in the record, 2.5 now"),
        (result(score=0.75), "figures: best/f1 is 0.5 in the record, 0.75 now"),
        (
            replace(result(), weights={"a.weight": np.zeros((1, 2), np.float32)}),
            "weights: a.weight[0, 1] is -4.0 in the record, 0.0 now",
        ),
        (
            replace(result(), weights={**result().weights, "a.bias": np.zeros(3, np.float32)}),
            "weights: the number of values of a.bias is 1.0 in the record, 4.0 now",
        ),
    ],
)
def test_the_first_difference_is_named(again: ComparedResult, reason: str) -> None:
    found = judge(result(), again, {})
    assert (found.word, found.reasons[0], found.code(False)) == (DIFFERENT, reason, 1)


def test_small_weights_are_held_to_their_tensors_size() -> None:
    near: dict[str, Any] = {**result().weights, "a.weight": np.array([[1.0003, -4.0]], np.float32)}
    found = judge(result(), replace(result(salt="x"), weights=near), {})
    assert found.word == WITHIN
    assert found.apart["weights"] == pytest.approx(0.0003, rel=1e-3)


def test_a_store_s_largest_number_is_infinity() -> None:
    recorded = replace(result(), figures={"best/f1": 1.7976931348623157e308})
    assert judge(recorded, replace(result(), figures={"best/f1": float("inf")}), {}).word == IDENTICAL


def test_a_record_that_contradicts_itself_is_different() -> None:
    digest = judge(result(salt="x"), result(), {})
    assert digest.word == DIFFERENT
    assert digest.reasons[0].startswith("weights.sha256: recorded ")
    files = judge(result(), replace(result(bias=2.0000002), digests=result().digests), {})
    assert (files.word, files.reasons) == (DIFFERENT, ("record: its files are not those of its own digests",))


@pytest.mark.parametrize("text", ["", "no,csv\n\xff", "epoch\n1\n", "a,b\n1\n"])
def test_a_damaged_history_is_different(text: str) -> None:
    assert judge(result(text), result(), {}).word == DIFFERENT


def test_codes() -> None:
    assert [found.code(False) for found in (verdict.not_comparable("x"), verdict.different("x"))] == [3, 1]
