"""Which problems get a picture of what was learned, and that it shows the model's own probabilities over the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from numpy.typing import NDArray

from logodds.data.split import Split
from logodds.data.table import Table
from logodds.evaluation.plots import fitted as pictures
from logodds.features.tabular import TabularOptions
from logodds.models.mlp import MLP
from logodds.models.stacks.build import build
from logodds.models.stacks.padding import VECTOR
from logodds.runs import fitted as learned
from logodds.runs.inputs import Inputs, fitted
from logodds.serving.package import Package

pytestmark = pytest.mark.slow

MODEL = MLP(name="mlp", hidden=[5], activation="tanh", dropout=0.0, groups=None)
OPTIONS = TabularOptions(name="tabular", scale="standard", bins=None, rare=0, max_categories=1000)
NAMES = {2: ("no", "yes"), 3: ("a", "b", "c")}
PART = "train and val rows"
ROWS = 60
TEST = 10


def columns(count: int, rows: int = ROWS, seed: int = 0) -> dict[str, pa.Array]:
    draws = np.random.default_rng(seed)
    return {f"x{index}": pa.array(draws.normal(3.0 * index, 10.0**index, rows)) for index in range(count)}


def case(given: dict[str, pa.Array], classes: int) -> tuple[Package, Inputs]:
    """A model with its first weights; the last rows are test rows, every third of the others is for validation."""
    rows = len(next(iter(given.values())))
    order = np.arange(rows - TEST)
    parts = Split(order[order % 3 > 0], order[order % 3 == 0], np.arange(rows - TEST, rows), resubstitution=False)
    target = np.random.default_rng(1).permutation(np.arange(rows) % classes)
    inputs = fitted(Table(pa.table(given), target, "y", NAMES[classes]), parts, OPTIONS, None)
    outputs = 1 if classes == 2 else classes
    x = inputs.features.apply(inputs.table.columns, parts.train)
    stack = build([MODEL], x, outputs, [7], VECTOR, torch.device("cpu"))
    return Package(MODEL, outputs, inputs.features, stack.weights(0), NAMES[classes], 0.4), inputs


def axis(values: NDArray[Any]) -> NDArray[Any]:
    reach = values.max() - values.min()
    return np.linspace(values.min() - 0.05 * reach, values.max() + 0.05 * reach, 200)


def seen(inputs: Inputs) -> tuple[NDArray[Any], NDArray[Any]]:
    """Values [n, columns] and targets [n] of the train and validation rows, in the order of the file."""
    rows = np.sort(np.concatenate([inputs.split.train, inputs.split.val]))
    return inputs.table.columns.to_pandas().to_numpy()[rows], inputs.table.target[rows]


def test_one_column_gives_the_fitted_probability() -> None:
    package, inputs = case(columns(1), 2)
    points, target = seen(inputs)
    grid = axis(points[:, 0])
    probability = package.probabilities(pa.table({"x0": grid}))[:, 1]
    expected = pictures.sigmoid_fit(grid, probability, points[:, 0], target, "x0", NAMES[2], 0.4, PART)
    assert learned.artifacts(package, inputs) == {"fitted_probability.png": expected}


@pytest.mark.parametrize("classes", [2, 3])
def test_two_columns_give_the_decision_boundary(classes: int) -> None:
    package, inputs = case(columns(2), classes)
    points, target = seen(inputs)
    across, up = axis(points[:, 0]), axis(points[:, 1])
    surface = np.empty((200, 200, classes))
    for row, value in enumerate(up):
        surface[row] = package.probabilities(pa.table({"x0": across, "x1": np.full(200, value)}))
    shown = surface[..., 1] if classes == 2 else surface
    expected = pictures.decision_boundary(across, up, shown, points, target, ("x0", "x1"), NAMES[classes], 0.4, PART)
    assert learned.artifacts(package, inputs) == {"decision_boundary.png": expected}


def test_a_row_of_both_parts_is_drawn_once() -> None:
    """As without a split, where the train rows are the validation rows."""
    package, inputs = case(columns(1), 2)
    rows = np.arange(ROWS)
    whole = Inputs(inputs.table, Split(rows, rows, rows, resubstitution=True), inputs.features)
    points = inputs.table.columns.column("x0").to_numpy()
    grid = axis(points)
    probability = package.probabilities(pa.table({"x0": grid}))[:, 1]
    expected = pictures.sigmoid_fit(grid, probability, points, inputs.table.target, "x0", NAMES[2], 0.4, PART)
    assert learned.artifacts(package, whole) == {"fitted_probability.png": expected}


WORDS = pa.array(["red", "blue", "green"] * 20)


@pytest.mark.parametrize(
    ("given", "classes"),
    [
        (columns(1), 3),
        (columns(3), 2),
        (columns(3), 3),
        ({"c": WORDS}, 2),
        ({**columns(1), "c": WORDS}, 2),
        ({**columns(1), "c": WORDS}, 3),
    ],
    ids=["one column, three classes", "three", "three, three classes", "words", "words beside", "words beside, three"],
)
def test_others_give_nothing(given: dict[str, pa.Array], classes: int) -> None:
    assert learned.artifacts(*case(given, classes)) == {}


def test_a_column_that_is_not_read_does_not_count() -> None:
    package, inputs = case({**columns(1), "gap": pa.array([None] * ROWS, pa.float64())}, 2)
    assert list(inputs.features.inputs()) == ["x0"]
    assert list(learned.artifacts(package, inputs)) == ["fitted_probability.png"]


def with_gaps(values: pa.Array, rows: Any) -> pa.Array:
    gone = np.zeros(len(values), bool)
    gone[rows] = True
    return pa.array(values.to_numpy(), mask=gone)


def test_rows_with_gaps_are_not_drawn() -> None:
    plain = columns(2)
    gaps = {"x0": with_gaps(plain["x0"], [0, 5]), "x1": with_gaps(plain["x1"], [5, 8])}
    package, inputs = case(gaps, 2)
    kept = np.setdiff1d(np.arange(ROWS - TEST), [0, 5, 8])
    shorter = Inputs(inputs.table, Split(kept, kept[:1], inputs.split.test, resubstitution=False), inputs.features)
    assert learned.artifacts(package, inputs) == learned.artifacts(package, shorter)


def test_gaps_in_every_row_give_nothing() -> None:
    plain, half = columns(2), np.arange(ROWS) % 2 == 0
    package, inputs = case({"x0": with_gaps(plain["x0"], half), "x1": with_gaps(plain["x1"], ~half)}, 2)
    assert learned.artifacts(package, inputs) == {}


@pytest.mark.parametrize("values", [[1.0, 3.0, 2.0], [5.0, 5.0], [-1e-9, 1e-9], [0.0], [-1e6, 1e-6]], ids=str)
def test_the_grid_covers_the_rows(values: list[float]) -> None:
    found = learned._axis(np.array(values))
    assert found[0] < min(values)
    assert found[-1] > max(values)
    assert (np.diff(found) > 0.0).all()
    assert len(found) == 200


def test_many_rows_are_thinned() -> None:
    """Every third of 4,500 rows is drawn: no more than 2,000."""
    package, inputs = case(columns(1, rows=4500 + TEST), 2)
    third = np.arange(0, 4500, 3)
    fewer = Inputs(inputs.table, Split(third, third[:0], inputs.split.test, resubstitution=False), inputs.features)
    assert learned.artifacts(package, inputs) == learned.artifacts(package, fewer)
