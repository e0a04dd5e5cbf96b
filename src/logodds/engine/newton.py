"""One epoch of the exact solver: a Newton step over all rows, member by member."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast, final

import torch
from torch import Tensor

from logodds.engine.objective import coefficients
from logodds.engine.passes import Pass
from logodds.engine.solve import Solution, newton_step
from logodds.features.rows import Matrix
from logodds.models.stacks.resident import ResidentMatrix
from logodds.models.stacks.stack import Stack
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.engine.optimisers.newton import Newton
    from logodds.engine.state import MemberOptions, TrainRows, TrainState


@final
class NewtonPass(Pass):
    """One Newton step for each member that has not converged yet."""

    def __init__(self, state: TrainState, members: Sequence[MemberOptions], rows: Sequence[TrainRows]) -> None:
        self._state, self._members = state, members
        device = state.stack.device
        self._x = [own.resident.values for own in rows if isinstance(own.resident, ResidentMatrix)]
        losses = [member.loss for member in members if member.loss.is_log_loss()]
        weights = list(state.stack.weights(0))
        if not (len(self._x) == len(losses) == len(members)) or weights != ["layers.0.weight", "layers.0.bias"]:
            raise UserError("optim=newton: solves the convex case only; use model=logistic and loss=bce on tables")
        read = [self._state.members[k].data.x_train for k in state.member_in_slot]
        self._columns = [rows.columns for rows in read if isinstance(rows, Matrix)]
        self._loss = [coefficients(own.target, loss, 1) for own, loss in zip(rows, losses, strict=True)]
        self._size = size = self._x[0].shape[1]
        self._decayed = torch.ones(size, device=device)
        self._decayed[-1] = 0.0
        self._solutions: list[Solution | None] = [None] * len(members)

    @staticmethod
    def slots(stack: Stack) -> dict[str, Tensor]:
        """Return the solver's own state before the first step: ``weights`` [slots, width] and ``loss`` [slots].

        Both are float64, because a run could not resume with equal bits from the float32 weights of the stack. The
        weights start at zero rather than at random: the first step is then the same for every seed, and safe.
        """
        shape = stack.flat.shape
        weights = torch.zeros(shape, dtype=torch.float64, device=stack.device)
        return {"weights": weights, "loss": torch.zeros(shape[0], dtype=torch.float64, device=stack.device)}

    def run(self, pause: Callable[[], None] | None) -> list[float]:
        """Make one Newton step for each member that has not converged, and return the loss of each member."""
        for k, member in enumerate(self._members):
            state = self._state.members[self._state.member_in_slot[k]]
            if state.finished:
                continue
            slope, shift = self._loss[k]
            start = self._solutions[k] or Solution(self._state.slots["weights"][k, : self._size].clone())
            optim = cast("Newton", member.optim)
            solution = newton_step(self._x[k], slope, shift, start, optim, self._decayed, self._columns[k])
            self._solutions[k] = solution
            self._state.slots["weights"][k, : self._size] = solution.weights
            self._state.slots["loss"][k] = solution.loss
            state.step += 1
            state.finished = solution.converged
            weights = {"layers.0.weight": solution.weights[None, :-1], "layers.0.bias": solution.weights[-1:]}
            self._state.stack.load_weights(k, weights)
        return self._state.slots["loss"][: len(self._members)].tolist()
