"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.engine.optim import Optim
from logodds.options.rules import choice, number
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.engine.update import Update
    from logodds.models.stacks.stack import Stack


@dataclass(kw_only=True)
class SGD(Optim):
    """``torch.optim.SGD``: momentum without dampening.

    Attributes:
        lr: learning rate.
        momentum: share of the last step that the next step keeps.
        nesterov: whether to use Nesterov momentum, in the form of ``torch.optim.SGD``.
        weight_decay: factor of the weights in the gradient (an L2 term).
    """

    name: str = choice("sgd")
    lr: float = number(above=0.0)
    momentum: float = number(least=0.0, below=1.0)
    nesterov: bool
    weight_decay: float = number(least=0.0)

    def check(self) -> None:
        if self.nesterov and self.momentum == 0.0:
            raise UserError("optim.nesterov=true: needs optim.momentum > 0")

    def common(self) -> tuple[object, ...]:
        return (self.name, self.momentum > 0.0)  # without momentum a member has no buffer to save

    def update(self, members: Sequence[Optim], stack: Stack) -> Update:
        from logodds.engine.updates.sgd import SGDUpdate

        return SGDUpdate([member for member in members if isinstance(member, SGD)], stack)
