"""Features of tables against scikit-learn's transformers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from logodds.data.table import Table
from logodds.features.features import dumps, loads
from logodds.features.fitted import tabular
from logodds.features.fitted.number import Number
from logodds.features.fitted.scaling import Standard
from logodds.features.fitted.tabular import TabularFeatures, fit
from logodds.features.tabular import TabularOptions
from logodds.system.errors import UserError

STANDARD = TabularOptions(name="tabular", scale="standard", bins=None, rare=0, max_categories=100)
PLAIN = replace(STANDARD, scale="none")
QUANTILE = replace(STANDARD, scale="quantile", rare=5)
BINS = replace(STANDARD, bins=7, rare=30)
ALL = pytest.mark.parametrize(
    "options", [STANDARD, PLAIN, QUANTILE, BINS], ids=["standard", "none", "quantile", "bins"]
)
WORDS = ["red", "green", "blue", "é", "a=b", None]


def table(**columns: Any) -> Table:
    made = pa.table(columns)
    return Table(made, np.zeros(len(made), np.int64), "y", ("a", "b"))


def apply(state: TabularFeatures, columns: pa.Table, rows: Any) -> NDArray[np.float32]:
    return state.apply(columns, np.asarray(rows, np.int64)).values


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
    assert isinstance(fitted.scaling, Standard)
    assert (fitted.scaling.mean, fitted.scaling.scale) == pytest.approx((scaler.mean_[0], scaler.scale_[0]), rel=1e-12)
    found = apply(state, pa.table({"x": values}), np.arange(len(values)))
    np.testing.assert_allclose(found, scaler.transform(values[:, None]), rtol=1e-6, atol=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize("spread", [1e-6, 0.03, 0.6])
def test_small_spreads_are_scaled_as_scikit_learn_does(spread: float) -> None:
    values, train = np.random.default_rng(3).normal(0.2, spread, 80), train_rows(3)
    expected = StandardScaler().fit(values[train, None]).transform(values[:, None])
    found = apply(fit(table(x=column(values)), train, STANDARD, None), pa.table({"x": values}), np.arange(80))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_numbers_whose_squares_are_zero_are_scaled_as_others_are() -> None:
    values, train = numbers(0, gaps=0.0), np.arange(80)
    expected = apply(fit(table(x=column(values)), train, STANDARD, None), pa.table({"x": values}), train)
    tiny = values * 1e-200
    found = apply(fit(table(x=column(tiny)), train, STANDARD, None), pa.table({"x": tiny}), train)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("values", "scale", "told"),
    [
        ([1.0, 2.0, 3.0, 4.0, 1e30], "standard", True),
        ([1.0, 2.0, 3.0, 4.0, 1e30], "quantile", True),
        ([2.0**24, 2.0**24 + 1.0] * 4, "none", True),
        ([2.0**24, 2.0**24 + 1.0] * 4, "standard", False),
        ([1e-47, 2e-47, 3e-47, np.nan], "none", True),
        ([1e9, 2e9, 3e9, np.nan], "standard", False),
    ],
)
def test_numbers_that_float32_holds_as_one_are_told(values: list[float], scale: str, told: bool) -> None:
    options = replace(STANDARD, scale=scale)
    state = fit(table(x=column(np.array(values))), np.arange(len(values)), options, None)
    note = "columns of which float32 holds most different numbers as one: x; features.bins=48 tells them apart"
    assert (note in state.notes) == told
    present = [value for value in values if not np.isnan(value)]
    scaled = apply(state, pa.table({"x": present}), np.arange(len(present)))[:, 0]
    assert (2 * len(np.unique(scaled)) <= len(set(present))) == told
    binned = fit(table(x=column(np.array(values))), np.arange(len(values)), replace(options, bins=48), None)
    rows = apply(binned, pa.table({"x": present}), np.arange(len(present)))
    assert len(np.unique(rows, axis=0)) == len(set(present))
    assert binned.notes == ()


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


def test_rows_are_encoded_in_blocks_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = mixed(0)
    state = fit(
        rows, train_rows(0), TabularOptions(name="tabular", scale="standard", bins=None, rare=0, max_categories=9), None
    )
    order = np.random.default_rng(1).permutation(len(rows))
    whole = apply(state, rows.columns, order)
    monkeypatch.setattr(tabular, "BLOCK", 7)
    np.testing.assert_array_equal(apply(state, rows.columns, order), whole)


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


def test_gap_among_words_has_its_own_level() -> None:
    data = table(c=pa.array(["a", None, "b", ""]))
    state = fit(data, np.arange(3), STANDARD, None)
    assert state.names == ["c=a", "c=b", "c is missing"]
    assert apply(state, data.columns, np.arange(4)).tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]]


def test_gap_among_words_without_gaps_in_train_is_all_zeros() -> None:
    data = table(c=pa.array(["a", "b", None]))
    state = fit(data, np.arange(2), STANDARD, None)
    assert apply(state, data.columns, np.arange(3)).tolist() == [[1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rare", [2, 5, 9])
def test_rare_words_equal_scikit_learn(seed: int, rare: int) -> None:
    draws = np.random.default_rng(seed)
    words = np.array(list("abcdefghij"))[np.minimum(draws.geometric(0.25, 90) - 1, 9)]
    train = np.arange(60)
    data = table(c=pa.array([*words.tolist(), "new"]))
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=rare, sparse_output=False)
    encoder.fit(words[train, None])
    state = fit(data, train, replace(STANDARD, rare=rare), None)
    expected = encoder.transform(np.array([*words, "new"])[:, None])
    np.testing.assert_array_equal(apply(state, data.columns, np.arange(91)), expected)
    infrequent = encoder.infrequent_categories_[0]
    assert state.names[-1] == ("c is rare" if infrequent is not None else f"c={encoder.categories_[0][-1]}")


def test_rare_words_and_gaps_are_told_apart() -> None:
    data = table(c=pa.array(["a", "a", "b", None, "new"]))
    state = fit(data, np.arange(4), replace(STANDARD, rare=2), None)
    assert state.names == ["c=a", "c is rare", "c is missing"]
    assert apply(state, data.columns, [0, 2, 3, 4]).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]


@ALL
@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 + 0.1])
def test_column_of_one_value_is_left_out_and_told(options: TabularOptions, value: float) -> None:
    data = table(
        x=np.array([value] * 4 + [7.0]),
        c=pa.array(["one"] * 4 + ["two"]),
        e=pa.array([None] * 4 + [1.0]),
        kept=np.arange(5.0),
    )
    state = fit(data, np.arange(4), options, None)
    assert list(state.inputs()) == ["kept"]
    assert state.notes == (
        "columns left out, without a value in the train rows: e",
        "columns left out, with one value in the train rows: x, c",
    )


def test_zeros_of_both_signs_are_one_value() -> None:
    data = table(x=[0.0, -0.0, 0.0], kept=[1.0, 2.0, 3.0])
    state = fit(data, np.arange(3), STANDARD, None)
    assert state.notes == ("columns left out, with one value in the train rows: x",)


@ALL
@pytest.mark.parametrize("rows", [30, 2000])
def test_columns_that_are_fitted_together_are_as_alone(options: TabularOptions, rows: int) -> None:
    values = {f"x{seed}": numbers(seed, rows, gaps=0.2 * (seed % 3 == 0)) for seed in range(20)}
    values["tiny"] = 1e-160 * numbers(0, rows, gaps=0.0)
    data = table(**{name: column(each) for name, each in values.items()})
    train = train_rows(0, rows)
    state = fit(data, train, options, None)
    assert state.columns == tuple(
        fit(table(**{name: data.columns[name]}), train, options, None).columns[0] for name in values
    )
    if options is STANDARD:
        for item, each in zip(state.columns, values.values(), strict=True):
            assert isinstance(item, Number)
            filled = np.where(np.isnan(each[train]), item.median, each[train])
            assert item.median == np.median(each[train][~np.isnan(each[train])])
            assert item.scaling == Standard(filled.mean(), filled.std() if item.name != "tiny" else item.scaling.scale)


def test_words_that_are_all_rare_are_left_out_and_told() -> None:
    data = table(c=pa.array(["a", "b", "c"]), x=[1.0, 2.0, 3.0])
    state = fit(data, np.arange(3), replace(STANDARD, rare=2), None)
    assert state.notes == ("columns left out, with one value in the train rows: c",)


@ALL
def test_one_value_with_gaps_is_told_by_its_indicator(options: TabularOptions) -> None:
    data = table(x=pa.array([5.0, 5.0, None]))
    state = fit(data, np.arange(3), options, None)
    expected = 5.0 if options is PLAIN else 0.0
    assert apply(state, data.columns, np.arange(3)).tolist() == [[expected, 0.0], [expected, 0.0], [expected, 1.0]]


@ALL
def test_rounding_of_one_value_with_gaps_is_no_spread(options: TabularOptions) -> None:
    """The mean of many 0.1 is not 0.1, and their deviation from it is not 0."""
    values = np.full(60, 0.1)
    values[7] = np.nan
    assert np.std(np.full(60, 0.1)) > 0.0
    found = apply(fit(table(x=column(values)), np.arange(60), options, None), pa.table({"x": values}), np.arange(60))
    np.testing.assert_allclose(found[:, 0], 0.1 if options is PLAIN else 0.0, rtol=1e-6, atol=1e-12)
    np.testing.assert_array_equal(found[:, 1], np.isnan(values))


def test_bins_and_gaps_by_hand() -> None:
    """Edges 0, 1, 3, 7; the median 1 fills the gap; the indicator is beside the three bins."""
    data = table(x=pa.array([0.0, 1.0, 1.0, None, 3.0, 7.0]))
    state = fit(data, np.arange(6), BINS, None)
    assert state.names == ["x bin 1", "x bin 2", "x bin 3", "x is missing"]
    assert state.raw_columns == ("x",) * 4
    new = pa.table({"x": pa.array([0.5, 2.0, None, 6.0, 9.0])})
    assert apply(state, new, np.arange(5)).tolist() == [
        *([0.5, 0.0, 0.0, 0.0], [1.0, 0.5, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.75, 0.0]),
        [1.0, 1.0, 1.0, 0.0],
    ]


@ALL
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
    assert list(fit(data, train_rows(0), STANDARD, "g").inputs()) == ["n", "c", "whole"]


def test_inputs_say_what_columns_hold() -> None:
    assert fit(mixed(0), train_rows(0), STANDARD, None).inputs() == {
        "n": "double",
        "c": "string",
        "whole": "double",
        "g": "double",
    }


@ALL
@pytest.mark.parametrize("seed", range(5))
def test_round_trip_is_exact(options: TabularOptions, seed: int) -> None:
    state = fit(mixed(seed), train_rows(seed), options, None)
    assert loads(dumps(state)) == state
    assert dumps(loads(dumps(state))) == dumps(state)


@pytest.mark.parametrize(
    "text",
    [
        *("", "5", "{}", "{}x", "[5]", '{"kind": "other"}', '{"kind": "tabular"}', '{"kind": "tabular", "columns": 5}'),
        *('{"kind": "tabular", "columns": [5]}', '{"kind": "tabular", "columns": [{"kind": "number", "name": "x"}]}'),
    ],
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
        pa.array([b"\xff", b"1"]),
        pa.array([[1.0], [2.0]]),
        pa.array([{"a": 1}, None]),
        pa.array([0, 1], pa.timestamp("us")),
    ],
    ids=lambda values: str(values.type),
)
def test_column_that_is_no_number_is_refused_at_serving(values: pa.Array) -> None:
    state = TabularFeatures((Number("x", 0.0, Standard(0.0, 1.0), False),))
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
    state = TabularFeatures((Number("x", 0.0, Standard(0.5, 2.0), False),))
    assert apply(state, pa.table({"x": values}), np.arange(2)).tolist() == [[0.25], [-0.25]]


def test_empty_column_serves_as_gaps() -> None:
    state = TabularFeatures((Number("x", 3.0, Standard(1.0, 2.0), True),))
    for values in (pa.nulls(2), pa.array([None, None], pa.float64()), pa.array([np.nan, np.nan])):
        assert apply(state, pa.table({"x": values}), np.arange(2)).tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_words_of_a_pandas_category_serve() -> None:
    data = table(c=pa.array(["a", "b"]))
    state = fit(data, np.arange(2), STANDARD, None)
    coded = pa.table({"c": pa.array(["b", "a"]).dictionary_encode()})
    assert apply(state, coded, np.arange(2)).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_column_that_is_no_word_is_refused_at_serving() -> None:
    state = fit(table(c=pa.array(["a", "b"])), np.arange(2), STANDARD, None)
    with pytest.raises(UserError, match="column 'c' must hold words"):
        apply(state, pa.table({"c": pa.array([["a"], ["b"]])}), np.arange(2))


def test_texts_and_pictures_are_refused_with_the_features_that_read_them() -> None:
    texts = table(t=pa.array(["a b", "c d"], pa.large_string()))
    with pytest.raises(UserError, match=r"no column is left .*texts, which features=ngrams or tokens reads: t\)"):
        fit(texts, np.arange(2), STANDARD, None)
    state = fit(table(t=texts.columns.column("t"), x=[1.0, 2.0]), np.arange(2), STANDARD, None)
    assert (state.names, state.notes) == (["x"], ("columns left out, texts, which features=ngrams or tokens reads: t",))
    pixels = pa.FixedShapeTensorArray.from_numpy_ndarray(np.zeros((2, 1, 2, 2), np.uint8))
    with pytest.raises(UserError, match=r"'p' holds pictures.*features=pixels"):
        fit(table(p=pixels), np.arange(2), STANDARD, None)


def test_a_column_of_too_many_words_is_left_out() -> None:
    data = table(c=pa.array([f"w{index // 2}" for index in range(20)]), x=np.arange(20) % 3.0)
    state = fit(data, np.arange(20), replace(STANDARD, max_categories=9), None)
    told = "columns left out, with more different words than features.max_categories (raise it or features.rare): c"
    assert (state.names, state.notes) == (["x"], (told,))
    data = table(c=data.columns.column("c"))
    assert len(fit(data, np.arange(20), replace(STANDARD, max_categories=10), None).names) == 10


def test_dates_are_no_input_where_they_split() -> None:
    data = table(t=pa.array([0, 1], pa.timestamp("us")), x=[1.0, 2.0])
    assert fit(data, np.arange(2), STANDARD, "t").names == ["x"]


def test_no_column_left_is_refused() -> None:
    with pytest.raises(UserError, match="no column is left"):
        fit(table(x=[1.0, 2.0]), np.arange(2), STANDARD, "x")
    with pytest.raises(UserError, match=r"no column is left.*with one value in the train rows: x\)"):
        fit(table(x=[1.0, 1.0]), np.arange(2), STANDARD, None)


def test_what_no_train_row_had_is_counted_by_column() -> None:
    train = table(c=["x", "y", "x", "y"], g=["x", None, "z", "x"], n=[1.0, 2.0, 3.0, 4.0], m=[1.0, None, 3.0, 4.0])
    state = fit(train, np.arange(4), STANDARD, None)
    new = pa.table({"c": ["v", None, "x", "w", "v"], "g": ["x", None, "z", None, "u"]})
    new = new.append_column("n", pa.array([None, 9.0, 9.0, None, 9.0])).append_column("m", pa.array([None] * 5))
    assert state.unseen(new, np.arange(len(new))) == [
        "column 'c': 3 rows with a word that no train row had ('v', 'w'), read as none of the known words",
        "column 'c': 1 row without a word, which no train row was, read as none of the known words",
        "column 'g': 1 row with a word that no train row had ('u'), read as none of the known words",
        "column 'n': 2 rows without a number, which no train row was, read as the median 2.5",
    ]
    assert state.unseen(train.columns, np.arange(len(train.columns))) == []


def test_rare_words_are_told_as_such_and_shortened() -> None:
    train = table(c=["x"] * 5 + ["y"] * 5 + ["z"], n=np.arange(11.0) ** 2)
    state = fit(train, np.arange(11), replace(STANDARD, rare=2), None)
    new = pa.table({"c": ["z", "a" * 50, "b", "c", "x"], "n": [1.0] * 5})
    start = "column 'c': 4 rows with a word that too few train rows had ('z', 'aaa"
    (note,) = state.unseen(new, np.arange(len(new)))
    assert note.startswith(start)
    assert note.endswith("aa', 'b'), read as rare")
    assert "…" in note
