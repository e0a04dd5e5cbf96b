"""Piecewise-linear encoding: against the paper's formula, and edges worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from logodds.features.fitted.piecewise import Piecewise, fit


def by_the_paper(value: float, edges: tuple[float, ...]) -> list[float]:
    """Equation 1, one component after the other, t from 1 to T."""
    last = len(edges) - 1
    found = []
    for t in range(1, last + 1):
        low, high = edges[t - 1], edges[t]
        if value < low and t > 1:
            found.append(0.0)
        elif value >= high and t < last:
            found.append(1.0)
        else:
            found.append((value - low) / (high - low))
    return found


@pytest.mark.parametrize("bins", [2, 3, 8, 48])
@pytest.mark.parametrize("seed", range(5))
def test_components_are_those_of_the_paper(seed: int, bins: int) -> None:
    random = np.random.default_rng(seed)
    values = np.where(random.random(300) < 0.4, 3.0, random.normal(0.0, 5.0, 300))
    found = fit(values, bins)
    expected = [by_the_paper(value, found.edges) for value in values]
    np.testing.assert_allclose(found.apply(values), expected, rtol=1e-12)


def test_beyond_the_edges_is_as_at_them() -> None:
    found = Piecewise((0.0, 1.0, 3.0))
    assert found.apply(np.array([-5.0, 0.0, 0.5, 2.0, 3.0, 1e300])).tolist() == [
        *([0.0, 0.0], [0.0, 0.0], [0.5, 0.0], [1.0, 0.5], [1.0, 1.0], [1.0, 1.0])
    ]


def test_few_values_are_all_edges() -> None:
    assert fit(np.array([4.0, 1.0, 2.0, 1.0, 4.0]), 3).edges == (1.0, 2.0, 4.0)


def test_shared_values_are_edges_and_quantiles_describe_the_rest() -> None:
    values = np.concatenate([np.zeros(50), np.full(30, 20.5), np.arange(1.0, 41.0)])
    # Of seven edges 0 and 40 are set; 20.5 has 30 of the 69 rows left, more than a fifth; 1 to 39 are quartered.
    assert fit(values, 6).edges == pytest.approx((0.0, 8.6, 16.2, 20.5, 23.8, 31.4, 40.0))


def test_values_shared_among_the_rest_are_edges_too() -> None:
    values = np.concatenate([np.zeros(900), np.full(9, 7.5), np.arange(1.0, 41.0)])
    # 9 of 949 rows are few, and many of the 48 that are not 0 or 40.
    assert 7.5 in fit(values, 8).edges


@pytest.mark.parametrize("bins", [2, 3, 5, 48, 100])
@pytest.mark.parametrize("seed", range(10))
def test_edges_are_ascending_and_few(seed: int, bins: int) -> None:
    random = np.random.default_rng(seed)
    values = np.round(random.lognormal(0.0, 1.5, 400), int(random.integers(0, 4)))
    edges = np.array(fit(values, bins).edges)
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= bins + 1
    assert (edges[0], edges[-1]) == (values.min(), values.max())
    distinct, counts = np.unique(values, return_counts=True)
    assert set(distinct[counts > len(values) / (bins - 1)]) <= set(edges)
