"""The base class of the optimisers, and the registry of all optimisers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from logodds.options.option import Option
from logodds.options.registry import Group

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from logodds.engine.loss import Loss
    from logodds.engine.passes import Pass
    from logodds.engine.state import MemberOptions, TrainRows, TrainState
    from logodds.engine.update import Update
    from logodds.features.rows import Rows
    from logodds.models.model import Model
    from logodds.models.stacks.stack import Stack


@dataclass(kw_only=True)
class Optim(Option, ABC):
    """Abstract base class of the optimisers.

    They work as in ``torch.optim``, except that weight decay does not apply to biases and gains (the scales of
    normalisation layers).

    Attributes:
        name: the name that selects the optimiser in a configuration.
        keeps_last: whether the last weights are kept, rather than those of the best epoch by the monitored metric.
    """

    name: str

    keeps_last: ClassVar[bool] = False

    def suits(self, loss: Loss, model: Model) -> None:
        """Check the optimiser against the loss and the model.

        Raises:
            UserError: the optimiser cannot minimise this loss or train this model.
        """

    def notes(self, x_train: Rows, t_train: NDArray[np.int64]) -> list[str]:
        """Return what the user should know about the optimiser and the train rows with their classes [n]."""
        return []

    def common(self) -> tuple[object, ...] | None:
        """Return the values that must be equal for all members of one stack; None if every member trains alone."""
        return (self.name,)

    @abstractmethod
    def update(self, members: Sequence[Optim], stack: Stack) -> Update:
        """Return the object that updates the weights of a stack, batch by batch.

        Args:
            members: the optimiser of each member. All are of this class and agree in :meth:`common`; other numbers,
                such as learning rates, may differ.
            stack: the stack whose weights are updated.
        """

    def slots(self, members: Sequence[Optim], stack: Stack) -> dict[str, Tensor]:
        """Return the running averages that the optimiser keeps, as they are before the first epoch.

        They are given by name, and each is [slots, width].
        """
        return self.update(members, stack).slots

    def one_pass(self, state: TrainState, members: Sequence[MemberOptions], rows: Sequence[TrainRows]) -> Pass:
        """Return the object that trains one epoch; by default with one update per mini-batch."""
        from logodds.engine.passes import BatchPass

        return BatchPass(state, members, rows)


OPTIMISERS: Group[Optim] = Group("optim", Optim, "logodds.engine.optimisers", "logodds.optimisers")
