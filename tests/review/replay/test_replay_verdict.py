"""Verdicts on results that differ in known places."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from logodds.review.replay import verdict
from logodds.review.replay.verdict import DIFFERENT, IDENTICAL, WITHIN, ComparedResult, judge

HISTORY = "epoch,train/loss,val/f1\n1,0.5,-0.25\n2,0.25,nan\n3,inf,0.75\n"
DIGESTS = ("weights.sha256", "history.sha256", "predictions.sha256")


def result(history: str = HISTORY, bias: float = 2.0, score: float = 0.5, salt: str = "") -> ComparedResult:
    """With digests of its own unless ``salt`` says otherwise."""
    weights = {"a.weight": np.array([[1.0, -4.0]]), "a.bias": np.array([bias])}
    digest = hashlib.sha256(repr((history, bias, salt)).encode()).hexdigest()
    figures = {"best/f1": score, "best/epoch": 2.0}
    return ComparedResult(dict.fromkeys(DIGESTS, digest), history.encode(), weights, figures)


def of_weight(value: float) -> ComparedResult:
    return replace(result(salt=str(value)), weights={**result().weights, "a.weight": np.array([[value, -4.0]])})


def of_score(value: float) -> ComparedResult:
    return replace(result(salt=str(value)), figures={**result().figures, "best/f1": value})


def test_equal_results_are_identical() -> None:
    found = judge(result(), result(), {"threads": ("1", "2")})
    assert (found.word, found.reasons, found.code(False), found.code(True)) == (IDENTICAL, (), 0, 0)
    assert found.apart == {"history": 0.0, "weights": 0.0, "figures": 0.0}
    assert found.machine == {"threads": ("1", "2")}


# 1e-4 of the recorded value, of weights of the largest in their tensor, plus 1e-6: docs/replay.md says so.
@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["more", "less"])
@pytest.mark.parametrize(("beyond", "word"), [(0.99, WITHIN), (1.01, DIFFERENT)], ids=["within", "beyond"])
@pytest.mark.parametrize(
    ("part", "tolerance"),
    [("history", 2.6e-5), ("of a bias", 2.01e-4), ("of a tensor", 4.01e-4), ("figures", -5.1e-5), ("zero", 1e-6)],
)
def test_the_tolerance_is_met_and_passed_on_both_sides(
    part: str, tolerance: float, beyond: float, sign: float, word: str
) -> None:
    apart = sign * beyond * tolerance
    recorded = of_score({"figures": -0.5, "zero": 0.0}.get(part, 0.5))
    again = {
        "history": result(HISTORY.replace("-0.25", repr(-0.25 + apart))),
        "of a bias": result(bias=2.0 + apart),
        "of a tensor": of_weight(1.0 + apart),
        "figures": of_score(-0.5 + apart),
        "zero": of_score(apart),
    }[part]
    found = judge(recorded, again if part in ("figures", "zero") else replace(again, figures=recorded.figures), {})
    assert (found.word, found.code(False), found.code(True)) == (word, int(word == DIFFERENT), 1)
    name = part if part in found.apart else "figures" if part == "zero" else "weights"
    assert found.apart == {**dict.fromkeys(found.apart, 0.0), name: pytest.approx(abs(apart), rel=1e-9)}
    assert [reason.partition(":")[0] for reason in found.reasons] == [name] * (word == DIFFERENT)


@pytest.mark.parametrize(
    ("again", "reason"),
    [
        (
            result(HISTORY.replace("0.25,nan", "0.26,nan").replace("inf", "7")),
            "history: train/loss of epoch 2 is 0.25 in the record, 0.26 now",
        ),
        (result(HISTORY.replace("nan", "0.5")), "history: val/f1 of epoch 2 is nan in the record, 0.5 now"),
        (result(HISTORY.replace("inf", "-inf")), "history: train/loss of epoch 3 is inf in the record, -inf now"),
        (result(HISTORY[: HISTORY.index("3,")]), "history: the number of epochs is 3 in the record, 2 now"),
        (result(f"{HISTORY}4,0.1,0.2\n"), "history: the number of epochs is 3 in the record, 4 now"),
        (result(bias=2.5), "weights: a.bias[0] is 2.0 in the record, 2.5 now"),
        (result(bias=float("inf")), "weights: a.bias[0] is 2.0 in the record, inf now"),
        (result(bias=float("nan")), "weights: a.bias[0] is 2.0 in the record, nan now"),
        (result(score=0.75), "figures: best/f1 is 0.5 in the record, 0.75 now"),
        (
            replace(result(), weights={**result().weights, "a.weight": np.zeros((1, 2))}),
            "weights: a.weight[0, 1] is -4.0 in the record, 0.0 now",
        ),
        (
            replace(result(), weights={**result().weights, "a.weight": np.array([[2.0, -3.9]])}),
            "weights: a.weight[0, 0] is 1.0 in the record, 2.0 now",
        ),
        (
            replace(result(), weights={**result().weights, "a.bias": np.zeros(3)}),
            "weights: the shape of a.bias is [1] in the record, [3] now",
        ),
        (
            replace(result(), weights={**result().weights, "a.weight": np.array([[1.0], [-4.0]])}),
            "weights: the shape of a.weight is [1, 2] in the record, [2, 1] now",
        ),
    ],
)
def test_the_first_difference_is_named(again: ComparedResult, reason: str) -> None:
    found = judge(result(), again, {})
    assert (found.word, found.reasons[0], found.code(False)) == (DIFFERENT, reason, 1)


@pytest.mark.parametrize("value", ["0.5", "nan"])
def test_what_one_of_both_lacks_is_different(value: str) -> None:
    """A NaN is a value, and not the lack of one."""
    rows = [line.split(",") for line in HISTORY.splitlines()]
    wide = "".join(f"{','.join([*row, 'val/recall' if row[0] == 'epoch' else value])}\n" for row in rows)
    column = result(wide)
    figure = replace(result(), figures={**result().figures, "best/recall": float(value)})
    tensor = replace(result(), weights={**result().weights, "b.bias": np.array([float(value)])})
    for more, shown, what in (
        (column, repr(float(value)), "history: val/recall of epoch 1"),
        (figure, repr(float(value)), "figures: best/recall"),
        (tensor, "[1]", "weights: the shape of b.bias"),
    ):
        lost, gained = judge(more, result(), {}), judge(result(), more, {})
        assert (lost.word, lost.reasons) == (DIFFERENT, (f"{what} is {shown} in the record, missing now",))
        assert (gained.word, gained.reasons) == (DIFFERENT, (f"{what} is missing in the record, {shown} now",))


def test_values_without_a_number_are_equal_to_their_like() -> None:
    values: dict[str, Any] = {"a": np.array([np.nan, np.inf, -np.inf, 1.0]), "b": np.array(2.0)}
    recorded = replace(result(), weights=values)
    assert judge(recorded, recorded, {}).word == IDENTICAL
    near = {"a": np.array([np.nan, np.inf, -np.inf, 1.0001]), "b": np.array(2.0)}
    assert judge(recorded, replace(result(salt="x"), weights=near), {}).word == WITHIN  # the largest finite one counts
    far = {"a": np.array([np.nan, np.inf, -np.inf, 1.0]), "b": np.array(3.0)}
    assert judge(recorded, replace(result(salt="x"), weights=far), {}).reasons == (
        "weights: b is 2.0 in the record, 3.0 now",
    )


def test_a_store_s_largest_number_is_infinity() -> None:
    for sign in (1.0, -1.0):
        recorded = of_score(sign * 1.7976931348623157e308)
        endless = replace(recorded, figures={**recorded.figures, "best/f1": sign * float("inf")})
        assert judge(recorded, endless, {}).word == IDENTICAL
        other = replace(recorded, figures={**recorded.figures, "best/f1": -sign * float("inf")})
        assert judge(recorded, other, {}).word == DIFFERENT


def test_every_digest_is_shown_with_that_of_the_record() -> None:
    now = {"weights.sha256": "w", "predictions.sha256": "p"}
    found = judge(replace(result(), digests={"weights.sha256": "v", "seed": "1"}), replace(result(), digests=now), {})
    assert found.digests == {"weights.sha256": ("v", "w"), "predictions.sha256": ("none", "p")}


def test_a_record_that_contradicts_itself_is_different() -> None:
    digest = judge(result(salt="x"), result(), {})
    assert digest.word == DIFFERENT
    assert digest.reasons[0].startswith("weights.sha256: recorded ")
    files = judge(result(), replace(result(bias=2.0000002), digests=result().digests), {})
    assert (files.word, files.reasons) == (DIFFERENT, ("record: its files are not those of its own digests",))


def test_a_history_of_other_text_with_the_same_values_is_not_identical() -> None:
    again = result(HISTORY.replace("0.75", "0.750"))
    assert (judge(result(), again, {}).word, judge(result(), again, {}).code(True)) == (WITHIN, 1)


@pytest.mark.parametrize("text", ["", "no,csv\n\xff", "epoch\n1\n", "a,b\n1\n"])
def test_a_damaged_history_is_different(text: str) -> None:
    assert judge(result(text), result(), {}).word == DIFFERENT


def test_codes() -> None:
    assert [found.code(False) for found in (verdict.not_comparable("x"), verdict.different("x"))] == [3, 1]
