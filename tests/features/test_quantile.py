"""Numbers to a normal distribution, against scikit-learn's QuantileTransformer."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.preprocessing import QuantileTransformer

from logodds.features.fitted.quantile import SMALLEST, count, fit, of


def draws(seed: int, kind: str, rows: int = 700) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    return {
        "normal": lambda: random.normal(40.0, 12.0, rows),
        "skewed": lambda: random.lognormal(5.0, 2.0, rows),
        "whole": lambda: random.integers(0, 9, rows).astype(float),
        "mostly zero": lambda: np.where(random.random(rows) < 0.9, 0.0, random.lognormal(8.0, 1.0, rows)),
    }[kind]()


@pytest.mark.parametrize("kind", ["normal", "skewed", "whole", "mostly zero"])
@pytest.mark.parametrize("seed", range(5))
def test_transform_equals_scikit_learn(kind: str, seed: int) -> None:
    values = draws(seed, kind)
    train, others = values[:500], np.concatenate([values, [-1e9, 1e9]])
    theirs = QuantileTransformer(n_quantiles=count(500), output_distribution="normal", subsample=None)
    expected = theirs.fit(train[:, None]).transform(others[:, None])
    found = of(train, count(500))
    np.testing.assert_allclose(found.values, theirs.quantiles_[:, 0], rtol=1e-14)
    np.testing.assert_allclose(found.apply(others), expected, rtol=1e-9, atol=1e-9)


def test_number_of_quantiles() -> None:
    assert [count(rows) for rows in (1, 2, 9, 10, 300, 330, 3000, 30_000, 10**6)] == [
        2,
        2,
        9,
        10,
        10,
        11,
        100,
        1000,
        1000,
    ]


def test_equal_values_get_quantiles_of_their_own() -> None:
    values = draws(0, "mostly zero", 30_000)
    found = fit(values, "gain")
    assert len(set(found.values)) == len(found.values) == 1000
    np.testing.assert_allclose(found.values, of(values, 1000).values, atol=1e-4 * values.std())


def test_noise_depends_on_the_name_alone() -> None:
    values = draws(0, "whole")
    assert fit(values, "a") == fit(values.copy(), "a")
    assert fit(values, "a") != fit(values, "b")


@pytest.mark.parametrize("unit", [1e-30, 1e-9, 1.0, 1e9, 1e30])
def test_units_do_not_matter(unit: float) -> None:
    values = draws(1, "normal")
    found, expected = of(values * unit, 23).apply(values * unit), of(values, 23).apply(values)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_ends_are_bounded() -> None:
    ends = of(np.arange(10.0), 10).apply(np.array([-1e300, 0.0, 9.0, 1e300]))[:, 0]
    assert SMALLEST < 1e-7
    np.testing.assert_allclose(ends, [-5.199337582187471, -5.199337582187471, 5.199337582187471, 5.199337582187471])
