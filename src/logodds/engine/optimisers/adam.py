"""Adam, with weight decay in the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.engine.optim import Optim
from logodds.options.rules import choice, number

if TYPE_CHECKING:
    from logodds.engine.update import Update
    from logodds.models.stacks.stack import Stack


@dataclass(kw_only=True)
class Adam(Optim):
    """``torch.optim.Adam`` (Kingma and Ba 2015).

    Attributes:
        lr: learning rate.
        beta1: decay of the running mean of gradients.
        beta2: decay of the running mean of squared gradients.
        eps: added to the square root of the mean of squares.
        weight_decay: factor of the weights in the gradient (an L2 term).
    """

    name: str = choice("adam")
    lr: float = number(above=0.0)
    beta1: float = number(least=0.0, below=1.0)
    beta2: float = number(least=0.0, below=1.0)
    eps: float = number(above=0.0)
    weight_decay: float = number(least=0.0)

    def update(self, members: Sequence[Optim], stack: Stack) -> Update:
        from logodds.engine.updates.adam import adam_update

        return adam_update([member for member in members if isinstance(member, Adam)], stack, decoupled=False)
