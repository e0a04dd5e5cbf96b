"""The exact solver of the convex case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.engine.optim import Optim
from logodds.options.rules import choice, number
from logodds.options.unused import Unused
from logodds.system.errors import UserError

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

MENTIONED = 3  # columns that a note names


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

    keeps_last = True  # the result is to be the optimum of the train loss

    def unused(self) -> list[Unused]:
        whole = {
            "train.batch_size": (32,),
            "train.schedule": ("constant",),
            "train.warmup_epochs": (0,),
            "train.sampling": ("shuffle",),
            "train.clip_norm": (None,),
        }
        return [
            Unused("optim=newton takes all rows in each step", whole),
            Unused("optim=newton starts at zero and draws nothing", {"train.seed": (0,)}),
            Unused("optim=newton stops at the optimum", {"train.patience": (None,), "train.min_delta": (0.0,)}),
        ]

    def suits(self, loss: Loss, model: Model) -> None:
        if not loss.is_log_loss():
            raise UserError("optim=newton: solves loss=bce with loss.from_logits=true only; use optim=sgd")
        if not model.linear:
            raise UserError(f"optim=newton: solves the convex case only, not model={model.name}; use model=logistic")

    def notes(self, x_train: Rows, t_train: NDArray[np.int64]) -> list[str]:
        """Name the inputs of zeros and ones that are one in rows of one class only, whose weights have no finite
        optimum without weight decay."""
        from logodds.features.rows import Matrix

        if self.weight_decay == 0.0 or not isinstance(x_train, Matrix):
            return []
        values = x_train.values
        ones = values.sum(axis=0)
        positive = values[t_train == 1].sum(axis=0)
        binary = ((values == 0.0) | (values == 1.0)).all(axis=0)
        found = [int(index) for index in (binary & (ones > 0) & ((positive == 0) | (positive == ones))).nonzero()[0]]
        if not found:
            return []
        named = ", ".join(f"{x_train.columns[index]!r} ({ones[index]:g} rows)" for index in found[:MENTIONED])
        more = f" and {len(found) - MENTIONED} more" if len(found) > MENTIONED else ""
        cause = f"a value, or a missing one, of {named}{more} is in train rows of one class only"
        return [f"optim=newton: {cause}; optim.weight_decay={self.weight_decay:g} alone bounds its weight"]

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
