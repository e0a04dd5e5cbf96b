"""What every architecture can say of itself and make: the base class of the models, and their group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from logodds.options.option import Option
from logodds.options.registry import Group

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from logodds.features.rows import Rows


@dataclass(frozen=True)
class Layers:
    """Fully connected layers, which train as a stack with hand-written gradients.

    Attributes:
        widths: numbers of inputs, of units of each hidden layer, and of logits.
        activation: of the hidden units; a name in ``stacks/activations.py``.
        dropout: probability that a hidden unit is dropped in training.
    """

    widths: tuple[int, ...]
    activation: str = "relu"
    dropout: float = 0.0


@dataclass(kw_only=True)
class Model(Option):
    """Abstract. An architecture: either :meth:`layers` or :meth:`module` is a subclass's own.

    Attributes:
        name: by which a configuration chooses it.
        reads: kinds of rows that it takes, see ``kind`` in ``features/rows.py``.
        linear: whether the logits are a linear function of the inputs, so that the loss is convex in the weights.
        differ: keys in which members of one stack may differ.
    """

    name: str

    reads: ClassVar[tuple[str, ...]]
    linear: ClassVar[bool] = False
    differ: ClassVar[tuple[str, ...]] = ()

    def notes(self) -> list[str]:
        """What a person should know about this choice, a line each."""
        return []

    def fits(self, rows: Rows) -> None:
        """Check the model against rows before anything trains.

        Raises:
            UserError: the model cannot read such rows.
        """

    def layers(self, rows: Rows, outputs: int) -> Layers | None:
        """The model as fully connected layers for such rows, with ``outputs`` logits; None for any other network."""
        return None

    def connections(self, rows: Rows) -> NDArray[np.float32] | None:
        """[inputs, first width] of 0 and 1: which unit of the first layer sees which input; None: each sees all.

        Raises:
            UserError: the rows lack an input that the model names.
        """
        return None

    def module(self, rows: Rows, outputs: int, random: torch.Generator) -> nn.Module:
        """The network for such rows, where it is not made of fully connected layers alone.

        Its ``forward`` takes a batch in the form that ``stacks/resident.py`` gives rows of this kind, and returns
        logits [n, outputs]. Initial weights are drawn from torch's global generator, seeded with ``train.seed``.

        Args:
            rows: some rows as the network will read them.
            outputs: logits per row.
            random: a generator of its own for what is drawn while it trains; ``torch.nn.Dropout`` may be used too.
        """
        raise TypeError(f"{type(self).__name__} defines neither layers() nor module()")


MODELS: Group[Model] = Group("model", Model, "logodds.models", "logodds.models")
