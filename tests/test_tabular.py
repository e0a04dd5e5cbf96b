"""Features of tables against scikit-learn's transformers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from logodds.errors import UserError
from logodds.features.tabular import Number, Tabular, TabularOptions, apply, dumps, fit, loads
from logodds.table import Table

STANDARD = TabularOptions(scale="standard")
PLAIN = TabularOptions(scale="none")
WORDS = ["red", "green", "blue", "é", "a=b", None]


def table(**columns: Any) -> Table:
    made = pa.table(columns)
    return Table(made, np.zeros(len(made), np.uint8), "y", ("a", "b"))


def numbers(seed: int, rows: int = 80, gaps: float = 0.2) -> NDArray[np.float64]:
    draws = np.random.default_rng(seed)
    values = draws.normal(draws.uniform(-1e3, 1e3), draws.uniform(1e-3, 1e3), rows)
    values[draws.random(rows) < gaps] = np.nan
    return values


def column(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, from_pandas=True)


def mixed(seed: int, rows: int = 80) -> Table:
    draws = np.random.default_rng(seed)
    words = pa.array([WORDS[index] for index in draws.integers(0, len(WORDS), rows)], pa.string())
    return table(
        n=column(numbers(seed, rows)),
        c=words,
        whole=column(numbers(seed + 100, rows, gaps=0.0)),
        g=column(draws.integers(0, 5, rows).astype(float)),
    )


def train_rows(seed: int, rows: int = 80) -> NDArray[np.int64]:
    return np.random.default_rng(seed + 1).permutation(rows)[: rows // 2]


@pytest.mark.parametrize("seed", range(10))
def test_standard_scaling_equals_scikit_learn(seed: int) -> None:
    values, train = numbers(seed, gaps=0.0), train_rows(seed)
    state = fit(table(x=column(values)), train, STANDARD, None)
    scaler = StandardScaler().fit(values[train, None])
    (fitted,) = state.columns
    assert isinstance(fitted, Number)
    assert (fitted.mean, fitted.scale) == pytest.approx((scaler.mean_[0], scaler.scale_[0]), rel=1e-12)
    found = apply(state, pa.table({"x": values}), np.arange(len(values)))
    np.testing.assert_allclose(found, scaler.transform(values[:, None]), rtol=1e-6, atol=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize("seed", range(10))
def test_gaps_equal_scikit_learn(seed: int) -> None:
    values, train = numbers(seed), train_rows(seed)
    data = table(x=column(values))
    state = fit(data, train, PLAIN, None)
    imputer = SimpleImputer(strategy="median").fit(values[train, None])
    indicator = MissingIndicator().fit(values[train, None])
    (fitted,) = state.columns
    assert isinstance(fitted, Number)
    assert fitted.median == imputer.statistics_[0]
    expected = np.hstack([imputer.transform(values[:, None]), indicator.transform(values[:, None])])
    np.testing.assert_array_equal(apply(state, data.columns, np.arange(len(values))), expected.astype(np.float32))
    assert state.names == ["x", "x is missing"]


@pytest.mark.parametrize("seed", range(5))
def test_scaling_after_imputation_equals_scikit_learn(seed: int) -> None:
    values, train = numbers(seed), train_rows(seed)
    data = table(x=column(values))
    imputer = SimpleImputer(strategy="median").fit(values[train, None])
    scaler = StandardScaler().fit(imputer.transform(values[train, None]))
    expected = scaler.transform(imputer.transform(values[:, None]))[:, 0]
    found = apply(fit(data, train, STANDARD, None), data.columns, np.arange(len(values)))
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(found[:, 1], np.isnan(values))


def test_gap_without_gaps_in_train_has_no_indicator() -> None:
    data = table(x=pa.array([1.0, 2.0, 6.0, None]))
    state = fit(data, np.arange(3), PLAIN, None)
    assert state.names == ["x"]
    assert apply(state, data.columns, np.arange(4)).tolist() == [[1.0], [2.0], [6.0], [2.0]]


@pytest.mark.parametrize("seed", range(10))
def test_one_hot_equals_scikit_learn(seed: int) -> None:
    draws = np.random.default_rng(seed)
    words = np.array(["red", "green", "blue", "é", "a=b", "Z", "10", "9"])[draws.integers(0, 8, 40)]
    train = np.arange(6)  # some words are in the other rows alone
    data = table(c=pa.array(words.tolist()))
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(words[train, None])
    state = fit(data, train, STANDARD, None)
    np.testing.assert_array_equal(apply(state, data.columns, np.arange(40)), encoder.transform(words[:, None]))
    assert state.names == [f"c={word}" for word in encoder.categories_[0]]


def test_gap_among_words_is_all_zeros() -> None:
    data = table(c=pa.array(["a", None, "b"]))
    state = fit(data, np.arange(3), STANDARD, None)
    assert apply(state, data.columns, np.arange(3)).tolist() == [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, -0.7, 1e-9, 1e5 + 0.1, 1e6 + 0.1, 1 / 3])
@pytest.mark.parametrize("rows", [1, 2, 3, 10, 57, 455])
def test_constant_column_is_zero_as_in_scikit_learn(value: float, rows: int) -> None:
    data = table(x=np.full(rows, value))
    state = fit(data, np.arange(rows), STANDARD, None)
    expected = StandardScaler().fit_transform(np.full((rows, 1), value))
    found = apply(state, data.columns, np.arange(rows))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(found, 0.0, atol=1e-6)


@pytest.mark.parametrize("options", [STANDARD, PLAIN], ids=lambda options: options.scale)
@pytest.mark.parametrize("seed", range(5))
def test_other_rows_move_no_fitted_number(options: TabularOptions, seed: int) -> None:
    data, train = mixed(seed), train_rows(seed)
    others = np.setdiff1d(np.arange(len(data)), train)
    n, whole, g = (data.columns.column(name).to_numpy().copy() for name in ("n", "whole", "g"))
    words = data.columns.column("c").to_pylist()
    n[others], whole[others], g[others] = 1e9, np.nan, -1.0
    for place in others:
        words[place] = f"new {place}"
    changed = table(n=column(n), c=pa.array(words), whole=column(whole), g=column(g))
    assert fit(changed, train, options, None) == fit(data, train, options, None)
    assert dumps(fit(changed, train, options, "g")) == dumps(fit(data, train, options, "g"))


def test_rows_are_those_asked_for_in_their_order() -> None:
    data = mixed(0)
    state = fit(data, train_rows(0), STANDARD, None)
    whole = apply(state, data.columns, np.arange(80))
    rows = np.array([7, 0, 79, 7])
    np.testing.assert_array_equal(apply(state, data.columns, rows), whole[rows])
    assert apply(state, data.columns, rows[:0]).shape == (0, len(state.names))


def test_columns_are_found_by_name() -> None:
    data = mixed(0)
    state = fit(data, train_rows(0), STANDARD, "g")
    turned = data.columns.select(["whole", "g", "c", "n"])
    np.testing.assert_array_equal(
        apply(state, turned, np.arange(80)), apply(state, data.columns.drop_columns(["g"]), np.arange(80))
    )


def test_split_column_is_no_input() -> None:
    data = mixed(0)
    assert "g" in fit(data, train_rows(0), STANDARD, None).names
    assert [item.name for item in fit(data, train_rows(0), STANDARD, "g").columns] == ["n", "c", "whole"]


@pytest.mark.parametrize("options", [STANDARD, PLAIN], ids=lambda options: options.scale)
@pytest.mark.parametrize("seed", range(5))
def test_round_trip_is_exact(options: TabularOptions, seed: int) -> None:
    state = fit(mixed(seed), train_rows(seed), options, None)
    assert loads(dumps(state)) == state
    assert dumps(loads(dumps(state))) == dumps(state)


@pytest.mark.parametrize(
    "text", ["", "5", "{}x", "[5]", '[{"name": "x"}]', '[{"kind": "number", "name": "x"}]', '[{"kind": "category"}]']
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="not a fitted state"):
        loads(text)


def test_missing_column_is_refused() -> None:
    data = mixed(0)
    state = fit(data, train_rows(0), STANDARD, None)
    with pytest.raises(UserError, match="column 'whole' is not in the rows"):
        apply(state, data.columns.drop_columns(["whole"]), np.arange(3))


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["1.5", "abc"]),
        pa.array([b"\xff", b"1"]),
        pa.array([[1.0], [2.0]]),
        pa.array([{"a": 1}, None]),
        pa.array([0, 1], pa.timestamp("us")),
    ],
    ids=lambda values: str(values.type),
)
def test_column_that_is_no_number_is_refused_at_serving(values: pa.Array) -> None:
    state = Tabular((Number("x", 0.0, 0.0, 1.0, False),))
    with pytest.raises(UserError, match="column 'x' must hold numbers"):
        apply(state, pa.table({"x": values}), np.arange(2))


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, 0], pa.int64()),
        pa.array([1, 0], pa.uint8()),
        pa.array([1, 0], pa.float32()),
        pa.array(["1", "0.0"]),
        pa.array([True, False]),
        pa.array([1, 0], pa.decimal128(5, 2)),
    ],
    ids=lambda values: str(values.type),
)
def test_other_kinds_of_numbers_serve_as_floats(values: pa.Array) -> None:
    state = Tabular((Number("x", 0.0, 0.5, 2.0, False),))
    assert apply(state, pa.table({"x": values}), np.arange(2)).tolist() == [[0.25], [-0.25]]


def test_empty_column_serves_as_gaps() -> None:
    state = Tabular((Number("x", 3.0, 1.0, 2.0, True),))
    for values in (pa.nulls(2), pa.array([None, None], pa.float64()), pa.array([np.nan, np.nan])):
        assert apply(state, pa.table({"x": values}), np.arange(2)).tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_words_of_a_pandas_category_serve() -> None:
    data = table(c=pa.array(["a", "b"]))
    state = fit(data, np.arange(2), STANDARD, None)
    coded = pa.table({"c": pa.array(["b", "a"]).dictionary_encode()})
    assert apply(state, coded, np.arange(2)).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_column_without_a_value_in_train_is_refused() -> None:
    data = table(x=pa.array([None, None, 1.0]), z=[1.0, 2.0, 3.0])
    with pytest.raises(UserError, match=r"column 'x' has no value in the train rows; use problem\.drop=\[x\]"):
        fit(data, np.arange(2), STANDARD, None)


def test_dates_are_refused_unless_they_split() -> None:
    data = table(t=pa.array([0, 1], pa.timestamp("us")), x=[1.0, 2.0])
    with pytest.raises(UserError, match="column 't' holds dates"):
        fit(data, np.arange(2), STANDARD, None)
    assert fit(data, np.arange(2), STANDARD, "t").names == ["x"]


def test_no_column_left_is_refused() -> None:
    with pytest.raises(UserError, match="no column is left"):
        fit(table(x=[1.0, 2.0]), np.arange(2), STANDARD, "x")
