"""AdamW: Adam with decoupled weight decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.engine.optimisers.adam import Adam
from logodds.options.rules import choice

if TYPE_CHECKING:
    from logodds.engine.optim import Optim
    from logodds.engine.update import Update
    from logodds.models.stacks.stack import Stack


@dataclass(kw_only=True)
class AdamW(Adam):
    """``torch.optim.AdamW`` (Loshchilov and Hutter 2019).

    It has the keys of :class:`Adam`; its ``weight_decay`` shrinks the weights directly instead of adding to the
    gradient.
    """

    name: str = choice("adamw")

    def update(self, members: Sequence[Optim], stack: Stack) -> Update:
        from logodds.engine.updates.adam import adam_update

        return adam_update([member for member in members if isinstance(member, AdamW)], stack, decoupled=True)
