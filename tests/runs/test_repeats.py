"""Results that differ in the seed alone, as one configuration."""

from __future__ import annotations

import math

import numpy as np

from logodds.runs.repeats import Repeated, repeated

RESULTS = [
    ("lr=0.1", 0, 0.3),
    ("lr=0.2", 0, 0.25),
    ("lr=0.1", 1, 0.1),
    ("lr=0.2", 1, 0.35),
    ("lr=0.1", 2, 0.35),
    ("lr=0.3", 0, 0.275),
    ("lr=0.3", 1, None),
    ("lr=0.4", 0, None),
]


def of(results: list[tuple[str, int, float | None]], higher: bool = False) -> list[Repeated[tuple[str, int]]]:
    return repeated(
        [(name, seed) for name, seed, _ in results],
        [name for name, _, _ in results],
        [value for _, _, value in results],
        higher,
    )


def test_configurations_are_ordered_by_their_mean() -> None:
    found = of(RESULTS)
    assert [each.results for each in found] == [  # a seed of the last has failed
        (("lr=0.1", 1), ("lr=0.1", 0), ("lr=0.1", 2)),
        (("lr=0.2", 0), ("lr=0.2", 1)),
        (("lr=0.3", 0),),
    ]
    assert [each.seeds for each in found] == ["3", "2", "1 of 2"]
    for each, values in zip(found, ([0.1, 0.3, 0.35], [0.25, 0.35], [0.275]), strict=True):
        assert each.values == tuple(values)
        assert each.mean == np.mean(values)
        assert each.best == each.results[0]
    assert [each.sd for each in found] == [np.std([0.1, 0.3, 0.35], ddof=1), np.std([0.25, 0.35], ddof=1), None]
    assert [each.text() for each in found] == ["0.2500 ± 0.1323", "0.3000 ± 0.0707", "0.2750"]


def test_higher_can_be_better() -> None:
    found = of([(name, seed, None if value is None else 1.0 - value) for name, seed, value in RESULTS], higher=True)
    assert [each.best for each in found] == [("lr=0.1", 1), ("lr=0.2", 0), ("lr=0.3", 0)]


def test_diverged_results_come_last() -> None:
    given: list[tuple[str, int, float | None]] = [
        ("lr=0.1", 0, math.nan),
        ("lr=0.1", 1, 0.1),
        ("lr=0.2", 0, math.inf),
        ("lr=0.2", 1, 0.2),
        ("lr=0.3", 0, 5.0),
    ]
    assert [each.best for each in of(given)] == [("lr=0.3", 0), ("lr=0.2", 1), ("lr=0.1", 1)]


def test_nothing_finished_is_nothing() -> None:
    assert of(RESULTS[-2:]) == []
