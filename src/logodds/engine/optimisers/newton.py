"""The exact solver of the convex case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from logodds.engine.optim import Optim
from logodds.options.rules import choice, number
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

    from logodds.engine.loss import Loss
    from logodds.engine.passes import Pass
    from logodds.engine.state import MemberOptions, TrainRows, TrainState
    from logodds.engine.update import Update
    from logodds.models.model import Model
    from logodds.models.stacks.stack import Stack


@dataclass(kw_only=True)
class Newton(Optim):
    """Newton's method (``solve.py``) for logistic regression; an epoch is one step over all rows.

    Attributes:
        weight_decay: factor of the L2 term weight_decay / 2 |w|^2 of the objective.
        tolerance: training stops when half the squared Newton decrement is at most this. It estimates how far the
            objective is above its minimum.
    """

    name: str = choice("newton")
    weight_decay: float = number(least=0.0)
    tolerance: float = number(above=0.0)

    without_effect: ClassVar[Mapping[str, Any]] = {
        "schedule": "constant",
        "warmup_epochs": 0,
        "sampling": "shuffle",
        "clip_norm": None,
    }
    keeps_last = True  # the result is to be the optimum of the train loss

    def suits(self, loss: Loss, model: Model) -> None:
        if not loss.is_log_loss():
            raise UserError("optim=newton: solves loss=bce with loss.from_logits=true only; use optim=sgd")
        if not model.linear:
            raise UserError(f"optim=newton: solves the convex case only, not model={model.name}; use model=logistic")

    def common(self) -> None:
        return None

    def update(self, members: Sequence[Optim], stack: Stack) -> Update:
        raise TypeError("Newton's method has no updates by batch, see one_pass()")

    def slots(self, members: Sequence[Optim], stack: Stack) -> dict[str, Tensor]:
        from logodds.engine.newton import NewtonPass

        return NewtonPass.slots(stack)

    def one_pass(self, state: TrainState, members: Sequence[MemberOptions], rows: Sequence[TrainRows]) -> Pass:
        from logodds.engine.newton import NewtonPass

        return NewtonPass(state, members, rows)
