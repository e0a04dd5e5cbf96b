"""Multi-layer perceptron: inputs -> hidden layers -> logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from logodds.options.rules import choice, number
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(kw_only=True)
class MLP:
    """``hidden``: width of each hidden layer; ``dropout``: probability that a hidden unit is dropped in training.

    ``groups``: lists of columns that make the first layer locally connected: its units are dealt out evenly, in order,
    and those of a group see that group's columns only. None: every unit sees every column.
    """

    name: str = choice("mlp")
    hidden: list[int] = number(least=1, most=65536)
    activation: str = choice("relu", "tanh", "gelu", "sigmoid")
    dropout: float = number(least=0.0, below=1.0)
    groups: list[list[str]] | None


def connections(model: MLP, columns: Sequence[str]) -> NDArray[np.float32] | None:
    """[inputs, first width] of 0 and 1: which unit of the first layer sees which input.

    Args:
        columns: the raw column that each input was made from.

    Raises:
        UserError: a column that is not there or in no group, or more groups than units.
    """
    if model.groups is None:
        return None
    width = model.hidden[0] if model.hidden else 0
    if not 0 < len(model.groups) <= width:
        raise UserError(f"model.groups: {len(model.groups)} groups for a first layer of {width} units; widen it")
    for name in [name for group in model.groups for name in group]:
        if name not in columns:
            raise UserError(f"model.groups: no input is made from {name!r}; {nearest(name, set(columns))}")
    grouped = {name for group in model.groups for name in group}
    left_out = sorted(set(columns) - grouped)
    if left_out:
        raise UserError(f"model.groups: {', '.join(left_out[:3])} in no group; put it in one, or in problem.drop")
    found = np.zeros((len(columns), width), np.float32)
    for units, group in zip(np.array_split(np.arange(width), len(model.groups)), model.groups, strict=True):
        rows = [index for index, name in enumerate(columns) if name in group]
        found[np.array(rows)[:, None], units] = 1.0
    return found


def note(model: MLP) -> str | None:
    """A warning where gradients vanish: the logistic function's derivative is at most 1/4."""
    layers = len(model.hidden)
    if model.activation != "sigmoid" or layers < 2:
        return None
    return (
        f"model.activation=sigmoid: {layers} hidden layers shrink the first one's gradient to 1/{4**layers} or less; "
        "relu, tanh or gelu train faster"
    )
