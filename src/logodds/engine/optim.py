"""What every optimiser can say of itself and do: the base class of the optimisers, and their group."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from logodds.options.option import Option
from logodds.options.registry import Group

if TYPE_CHECKING:
    from torch import Tensor

    from logodds.engine.loss import Loss
    from logodds.engine.passes import Pass
    from logodds.engine.state import MemberOptions, TrainRows, TrainState
    from logodds.engine.update import Update
    from logodds.models.model import Model
    from logodds.models.stacks.stack import Stack


@dataclass(kw_only=True)
class Optim(Option, ABC):
    """Abstract. What optimisers do is that of ``torch.optim``, but that weight decay spares biases and gains.

    Attributes:
        name: by which a configuration chooses it.
        without_effect: keys of ``train`` that the optimiser does not heed, with the values that say nothing.
        keeps_last: whether the last weights are kept, whatever the monitored figure says of them.
    """

    name: str

    without_effect: ClassVar[Mapping[str, Any]] = {}
    keeps_last: ClassVar[bool] = False

    def suits(self, loss: Loss, model: Model) -> None:
        """Check the optimiser against the loss and the model.

        Raises:
            UserError: a loss or a model that the optimiser cannot train.
        """

    def common(self) -> tuple[object, ...] | None:
        """What the optimisers of one stack's members have in common; None: each trains alone."""
        return (self.name,)

    @abstractmethod
    def update(self, members: Sequence[Optim], stack: Stack) -> Update:
        """One update of a stack whose members have these options, all of this kind, each with its own numbers."""

    def slots(self, members: Sequence[Optim], stack: Stack) -> dict[str, Tensor]:
        """The running averages that the optimiser keeps, by name, [slots, width] each, as before the first epoch."""
        return self.update(members, stack).slots

    def one_pass(self, state: TrainState, members: Sequence[MemberOptions], rows: Sequence[TrainRows]) -> Pass:
        """What is one epoch: mini-batches with an update each."""
        from logodds.engine.passes import BatchPass

        return BatchPass(state, members, rows)


OPTIMISERS: Group[Optim] = Group("optim", Optim, "logodds.engine.optimisers", "logodds.optimisers")
