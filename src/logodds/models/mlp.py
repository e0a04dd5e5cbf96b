"""Options of the multi-layer perceptron: inputs -> hidden layers -> logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.models.model import Layers, Model
from logodds.options.rules import choice, number
from logodds.options.suggestion import nearest
from logodds.options.unused import Unused
from logodds.system.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from logodds.features.rows import Rows


@dataclass(kw_only=True)
class MLP(Model):
    """Fully connected hidden layers.

    Attributes:
        hidden: width of each hidden layer.
        activation: activation function of the hidden units.
        dropout: probability that a hidden unit is dropped in training.
        groups: lists of columns that make the first layer locally connected. Its units are divided evenly among the
            groups, in order, and the units of a group see the columns of that group only. With None, every unit sees
            every column.
    """

    name: str = choice("mlp")
    hidden: list[int] = number(least=1, most=65536)
    activation: str = choice("relu", "tanh", "gelu", "sigmoid")
    dropout: float = number(least=0.0, below=1.0)
    groups: list[list[str]] | None

    reads = ("matrix", "pixels")
    differ = ("dropout",)

    def unused(self) -> list[Unused]:
        if self.hidden:
            return []
        keys = {"model.activation": ("relu",), "model.dropout": (0.0,)}
        return [Unused("model.hidden=[] leaves no hidden units", keys)]

    def notes(self) -> list[str]:
        """Warn if gradients would vanish: the derivative of the logistic function is at most 1/4."""
        layers = len(self.hidden)
        if self.activation != "sigmoid" or layers < 2:
            return []
        return [
            f"model.activation=sigmoid: {layers} hidden layers shrink the first one's gradient to 1/{4**layers} or "
            "less; relu, tanh or gelu train faster"
        ]

    def fits(self, rows: Rows) -> None:
        if rows.kind == "matrix":
            self.connections(rows)

    def layers(self, rows: Rows, outputs: int) -> Layers:
        return Layers((rows.width, *self.hidden, outputs), self.activation, self.dropout)

    def connections(self, rows: Rows) -> NDArray[np.float32] | None:
        if self.groups is None:
            return None
        import numpy as np

        from logodds.features.rows import Matrix

        if not isinstance(rows, Matrix):
            raise UserError(
                "model.groups: names columns of a table, which features=pixels does not have; set it to null"
            )
        columns = rows.columns
        width = self.hidden[0] if self.hidden else 0
        if not 0 < len(self.groups) <= width:
            raise UserError(f"model.groups: {len(self.groups)} groups for a first layer of {width} units; widen it")
        grouped = [name for group in self.groups for name in group]
        for name in grouped:
            if name not in columns:
                raise UserError(f"model.groups: no input is made from {name!r}; {nearest(name, set(columns))}")
        left_out = sorted(set(columns) - set(grouped))
        if left_out:
            raise UserError(f"model.groups: {', '.join(left_out[:3])} in no group; put it in one, or in problem.drop")
        connected = np.zeros((len(columns), width), np.float32)
        for units, group in zip(np.array_split(np.arange(width), len(self.groups)), self.groups, strict=True):
            inputs = [index for index, name in enumerate(columns) if name in group]
            connected[np.array(inputs)[:, None], units] = 1.0
        return connected
