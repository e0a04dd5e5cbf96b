"""Results that differ in the seed alone, as one configuration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import numpy as np

from logodds.compose import compose
from logodds.config import Config
from logodds.sweep.repeats import repeated
from logodds.sweep.standings import Result


@cache
def config(lr: float, seed: int, split: int) -> Config:
    return compose(["problem=iris", f"optim.lr={lr}", f"train.seed={seed}", f"split.seed={split}"])


def result(name: str, lr: float, seed: int, figures: Mapping[str, float] | None = None, split: int = 0) -> Result:
    return Result(name, config(lr, seed, split), figures or {}, name, "" if figures else "overflow")


def loss(value: float) -> dict[str, float]:
    return {"best/log_loss": value, "best/f1": 1.0 - value}


RESULTS = [
    result("lr=0.1 seed=0", 0.1, 0, loss(0.3)),
    result("lr=0.2 seed=0", 0.2, 0, loss(0.25)),
    result("lr=0.1 seed=1", 0.1, 1, loss(0.1)),
    result("lr=0.2 seed=1", 0.2, 1, loss(0.35)),
    result("lr=0.1 seed=2", 0.1, 2, loss(0.35)),
    result("lr=0.3 seed=0", 0.3, 0, loss(0.275)),
    result("lr=0.3 seed=1", 0.3, 1),
    result("lr=0.4 seed=0", 0.4, 0),
]


def test_configurations_are_ordered_by_their_mean() -> None:
    found = repeated(RESULTS, "best/log_loss", higher=False)
    assert [each.name for each in found] == ["lr=0.1", "lr=0.2", "lr=0.3"]  # a seed of the last has failed
    assert [[run.name for run in each.results] for each in found] == [
        ["lr=0.1 seed=1", "lr=0.1 seed=0", "lr=0.1 seed=2"],
        ["lr=0.2 seed=0", "lr=0.2 seed=1"],
        ["lr=0.3 seed=0"],
    ]
    assert [each.seeds for each in found] == ["3", "2", "1 of 2"]
    for each, values in zip(found, ([0.1, 0.3, 0.35], [0.25, 0.35], [0.275]), strict=True):
        assert each.values == tuple(values)
        assert each.mean == np.mean(values)
        assert each.best.name == each.results[0].name
    assert [each.sd for each in found] == [np.std([0.1, 0.3, 0.35], ddof=1), np.std([0.25, 0.35], ddof=1), None]
    assert [each.text() for each in found] == ["0.2500 ± 0.1323", "0.3000 ± 0.0707", "0.2750"]


def test_higher_can_be_better() -> None:
    found = repeated(RESULTS, "best/f1", higher=True)
    assert [each.name for each in found] == ["lr=0.1", "lr=0.2", "lr=0.3"]
    assert [each.best.name for each in found] == ["lr=0.1 seed=1", "lr=0.2 seed=0", "lr=0.3 seed=0"]


def test_other_seeds_are_no_repeats() -> None:
    given = [
        result("seed=1 seed=0", 0.1, 0, loss(0.1), 1),
        result("seed=1 seed=1", 0.1, 1, loss(0.2), 1),
        result("seed=2 seed=0", 0.1, 0, loss(0.3), 2),
        result("seed=2 seed=1", 0.1, 1, loss(0.4), 2),
    ]
    found = repeated(given, "best/log_loss", higher=False)
    assert [(each.name, len(each.results)) for each in found] == [("seed=1", 2), ("seed=2", 2)]


def test_where_seeds_alone_are_swept_the_problem_names_them() -> None:
    (found,) = repeated([result(f"seed={k}", 0.1, k, loss(0.1 + k)) for k in range(2)], "best/log_loss", higher=False)
    assert found.name == "iris"


def test_diverged_results_come_last() -> None:
    given = [
        result("lr=0.1 seed=0", 0.1, 0, loss(math.nan)),
        result("lr=0.1 seed=1", 0.1, 1, loss(0.1)),
        result("lr=0.2 seed=0", 0.2, 0, loss(math.inf)),
        result("lr=0.2 seed=1", 0.2, 1, loss(0.2)),
        result("lr=0.3 seed=0", 0.3, 0, loss(5.0)),
    ]
    found = repeated(given, "best/log_loss", higher=False)
    assert [each.name for each in found] == ["lr=0.3", "lr=0.2", "lr=0.1"]
    assert [each.best.name for each in found] == ["lr=0.3 seed=0", "lr=0.2 seed=1", "lr=0.1 seed=1"]


def test_nothing_finished_is_nothing() -> None:
    assert repeated(RESULTS[-2:], "best/log_loss", higher=False) == []
