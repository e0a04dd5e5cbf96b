"""AdamW: Adam with decoupled weight decay."""

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
class AdamW(Optim):
    """``torch.optim.AdamW`` (Loshchilov and Hutter 2019).

    Attributes:
        lr: learning rate.
        beta1: decay of the mean of gradients.
        beta2: decay of the mean of their squares.
        eps: added to the root of that mean.
        weight_decay: decoupled from the gradient.
    """

    name: str = choice("adamw")
    lr: float = number(above=0.0)
    beta1: float = number(least=0.0, below=1.0)
    beta2: float = number(least=0.0, below=1.0)
    eps: float = number(above=0.0)
    weight_decay: float = number(least=0.0)

    def update(self, members: Sequence[Optim], stack: Stack) -> Update:
        from logodds.engine.updates.adam import adam_update

        return adam_update([member for member in members if isinstance(member, AdamW)], stack, decoupled=True)
