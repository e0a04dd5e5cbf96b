"""The base class of the models, and the registry of all models."""

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
    """A network of fully connected layers; such networks can train as a stack, with hand-written gradients.

    Attributes:
        widths: number of inputs, number of units of each hidden layer, and number of logits.
        activation: activation function of the hidden units; a name in ``stacks/activations.py``.
        dropout: probability that a hidden unit is dropped in training.
    """

    widths: tuple[int, ...]
    activation: str = "relu"
    dropout: float = 0.0


@dataclass(kw_only=True)
class Model(Option):
    """Abstract base class of the models. A subclass overrides either :meth:`layers` or :meth:`module`.

    Attributes:
        name: the name that selects the model in a configuration.
        reads: kinds of rows that the model can read, see ``kind`` in ``features/rows.py``.
        linear: whether the logits are a linear function of the inputs, so that the loss is convex in the weights.
        differ: keys whose values may differ between members of one stack.
    """

    name: str

    reads: ClassVar[tuple[str, ...]]
    linear: ClassVar[bool] = False
    differ: ClassVar[tuple[str, ...]] = ()

    def notes(self) -> list[str]:
        """Return notes for the user about these options, one line each."""
        return []

    def fits(self, rows: Rows) -> None:
        """Check before training that the model can read rows like these.

        Raises:
            UserError: it cannot.
        """

    def layers(self, rows: Rows, outputs: int) -> Layers | None:
        """Return the fully connected layers for rows like these and ``outputs`` logits; None for any other network."""
        return None

    def heads(self) -> int:
        """Return how many networks the module trains at once, each by its own loss; see :meth:`module`."""
        return 1

    def connections(self, rows: Rows) -> NDArray[np.float32] | None:
        """Return which unit of the first layer sees which input, as zeros and ones [inputs, units]; None if all do.

        Raises:
            UserError: the model names an input that the rows do not have.
        """
        return None

    def module(self, rows: Rows, outputs: int, random: torch.Generator) -> nn.Module:
        """Return the network for rows like these, if it is more than fully connected layers.

        Its ``forward`` takes a batch in the form that ``stacks/resident.py`` has for this kind of rows, and returns
        logits [n, outputs]. If there are several :meth:`heads`, it returns [n, heads, outputs] in training mode: the
        loss is then the mean over rows and heads. Draw initial weights from PyTorch's global generator: the caller has
        seeded it with ``train.seed``.

        Args:
            rows: some rows like those that the network will read.
            outputs: logits per row.
            random: a generator for random numbers during training; layers such as ``torch.nn.Dropout``, which draw from
                the global generator, may be used too.
        """
        raise TypeError(f"{type(self).__name__} defines neither layers() nor module()")


MODELS: Group[Model] = Group("model", Model, "logodds.models", "logodds.models")
