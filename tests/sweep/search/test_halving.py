"""Successive halving: who is behind at a rung, against counting by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logodds.sweep.search.halving import Halving


@pytest.mark.parametrize(
    ("least", "factor", "rungs"),
    [
        (1, 2, [1, 2, 4, 8, 16, 32, 64]),
        (10, 3, [10, 30, 90]),
        (9, 3, [9, 27, 81]),
        (4, 4, [4, 16, 64]),
        (7, 5, [7, 35]),
    ],
)
def test_rungs_are_powers_of_the_factor_times_the_least(least: int, factor: int, rungs: list[int]) -> None:
    halving = Halving(least, factor, maximize=False)
    assert [epoch for epoch in range(1, 101) if halving.is_rung(epoch)] == rungs


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 16, 40])
def test_of_those_that_come_together_the_best_share_goes_on(count: int, factor: int, maximize: bool) -> None:
    values = np.random.default_rng(count).normal(size=count)
    behind = Halving(1, factor, maximize).behind(1, dict(enumerate(values.tolist())))
    order = np.argsort(-values if maximize else values)
    assert behind == sorted(order[max(1, count // factor) :].tolist())


def test_those_that_come_later_are_held_against_all_that_came_before() -> None:
    halving = Halving(2, 2, maximize=False)
    assert halving.behind(2, {0: 0.4, 1: 0.1, 2: 0.3, 3: 0.2}) == [0, 2]
    assert halving.behind(2, {4: 0.25, 5: 0.05}) == [4]  # of 0.05 .1 .2 .25 .3 .4 the best three
    assert halving.behind(4, {1: 0.1, 3: 0.05}) == [1]  # a rung of its own
    halving.note(2, 0.01)
    assert halving.behind(2, {6: 0.15}) == []  # of eight the best four: .01 .05 .1 .15
    assert halving.behind(2, {7: 0.21}) == [7]


def test_equals_go_on_together_and_nan_is_behind_every_number() -> None:
    halving = Halving(1, 2, maximize=True)
    assert halving.behind(1, {0: 0.5, 1: 0.5, 2: 0.5, 3: 0.1}) == [3]
    assert halving.behind(3, {0: math.nan, 1: -5.0}) == [0]
