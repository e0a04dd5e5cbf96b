"""The locally connected first layer's pattern, and the warning about vanishing gradients."""

from __future__ import annotations

import numpy as np
import pytest
from builders import mlp

from logodds.features.rows import Matrix
from logodds.system.errors import UserError

COLUMNS = ("age", "colour", "colour", "city")


def rows() -> Matrix:
    return Matrix(np.zeros((1, len(COLUMNS)), np.float32), COLUMNS)


def test_units_are_dealt_out_to_the_groups_in_order() -> None:
    model = mlp(hidden=[5, 2], groups=[["age", "city"], ["colour"]])
    found = model.connections(rows())
    expected = [[1, 1, 1, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [1, 1, 1, 0, 0]]
    np.testing.assert_array_equal(found, expected)


def test_a_column_may_be_in_two_groups() -> None:
    found = mlp(hidden=[2], groups=[["age", "city"], ["age", "colour"]]).connections(rows())
    np.testing.assert_array_equal(found, [[1, 1], [0, 1], [0, 1], [1, 0]])


@pytest.mark.parametrize("groups", [[[*COLUMNS]], [["age", "city"], ["colour"], ["age"]]], ids=["one", "three"])
def test_there_may_be_as_many_groups_as_units(groups: list[list[str]]) -> None:
    found = mlp(hidden=[len(groups)], groups=groups).connections(rows())
    np.testing.assert_array_equal(found, [[name in group for group in groups] for name in COLUMNS])


def test_without_groups_every_unit_sees_every_column() -> None:
    assert mlp(groups=None).connections(rows()) is None


@pytest.mark.parametrize(
    ("groups", "hidden", "told"),
    [
        ([["age"], ["color", "city"]], [4], "model.groups: no input is made from 'color'; did you mean colour?"),
        ([["age"], ["city"]], [4], "model.groups: colour in no group; put it in one, or in problem.drop"),
        ([["age"], ["city", "colour"]], [1], "model.groups: 2 groups for a first layer of 1 units; widen it"),
        ([], [4], "model.groups: 0 groups for a first layer of 4 units; widen it"),
        ([["age", "city", "colour"]], [], "model.groups: 1 groups for a first layer of 0 units; widen it"),
    ],
)
def test_groups_that_cannot_be(groups: list[list[str]], hidden: list[int], told: str) -> None:
    with pytest.raises(UserError) as caught:
        mlp(hidden=hidden, groups=groups).connections(rows())
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("activation", "hidden", "shrunk"),
    [("sigmoid", [4, 4], 16), ("sigmoid", [4, 4, 4], 64), ("sigmoid", [4], None), ("relu", [4, 4, 4], None)],
)
def test_hidden_sigmoids_are_warned_of(activation: str, hidden: list[int], shrunk: int | None) -> None:
    notes = mlp(activation=activation, hidden=hidden).notes()
    assert len(notes) == (shrunk is not None)
    assert all(f" 1/{shrunk} or less" in note for note in notes)
