"""Newton's method (iteratively reweighted least squares) for one logistic layer: the exact optimum.

The objective is mean(L) + weight_decay / 2 |w|^2, where w does not include the bias. All is computed in float64: with
nearly dependent columns, or columns far from zero, a float32 Hessian would have no correct digits. Rows are processed
in blocks that stay in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from logodds.engine.objective import row_losses
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.engine.optimisers.newton import Newton

BLOCK = 4096  # rows
HALVINGS = 40  # of a step at most
MOVING = 0.05  # of the largest change of a logit by one input; inputs below it do not take part in a direction
RANK = 1e-13  # smaller eigenvalues of the scaled Hessian, relative to the largest, are rounding errors


@dataclass
class Solution:
    """State of the iteration.

    Attributes:
        weights: [inputs + 1] float64, the bias last.
        loss: the objective at ``weights``.
        converged: whether ``weights`` are the optimum.
        terms: result of :func:`_derivatives` at ``weights``, for the next step; if None, that step computes it.
    """

    weights: Tensor
    loss: float = float("inf")
    converged: bool = False
    terms: tuple[float, Tensor, Tensor, Tensor] | None = None


def newton_step(
    x: Tensor,
    slope: Tensor | None,
    shift: Tensor,
    solution: Solution,
    options: Newton,
    decayed: Tensor,
    columns: Sequence[str],
) -> Solution:
    """Make one Newton step, halved until the objective does not rise, and return the new state.

    Args:
        x: rows [n, inputs + 1] float32; the last column is ones.
        slope: coefficient of each row's loss [n, 1], see ``loss.py``; None means that all are 1.
        shift: the other coefficient [n, 1].
        solution: the state before the step.
        options: weight decay and tolerance.
        decayed: [inputs + 1] 1 where weight decay applies, else 0.
        columns: [inputs] the raw column of each input, for messages.

    Raises:
        UserError: the rows are separable and there is no weight decay, so no finite optimum exists.
    """
    penalty = options.weight_decay * decayed.double()
    loss, gradient, hessian, logits = solution.terms or _derivatives(x, slope, shift, solution.weights)
    loss += float(0.5 * (penalty * solution.weights.square()).sum())
    gradient = gradient + penalty * solution.weights
    hessian = hessian + penalty.diag()
    step = _solve(hessian, gradient)
    gap = 0.5 * float(gradient @ step)
    if gap <= options.tolerance:
        return Solution(solution.weights, loss, converged=True)
    size = 1.0
    for _ in range(HALVINGS):
        # The full step is nearly always accepted, so the next step's derivatives are computed along with the loss.
        weights = solution.weights - size * step
        terms = _derivatives(x, slope, shift, weights)
        reached = terms[0] + float(0.5 * (penalty * weights.square()).sum())
        if reached <= loss:
            break
        size *= 0.5
    else:
        return Solution(solution.weights, loss, converged=True)  # float64 cannot resolve a lower value
    if options.weight_decay == 0.0:
        _refuse_separable(x, terms[3], (terms[3] - logits) / size, slope, shift, -step, columns)
    return Solution(weights, reached, terms=terms)


def _derivatives(
    x: Tensor, slope: Tensor | None, shift: Tensor, weights: Tensor
) -> tuple[float, Tensor, Tensor, Tensor]:
    """Return the mean loss, its gradient and its Hessian at ``weights``, without weight decay, and the logits [n]."""
    size = x.shape[1]
    gradient = torch.zeros(size, dtype=torch.float64, device=x.device)
    hessian = torch.zeros(size, size, dtype=torch.float64, device=x.device)
    total = torch.zeros((), dtype=torch.float64, device=x.device)
    all_logits = torch.zeros(len(x), dtype=torch.float64, device=x.device)
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        block_shift = shift[rows, 0].double()
        block_slope = None if slope is None else slope[rows, 0].double()
        wide = x[rows].double()
        logits = torch.mv(wide, weights, out=all_logits[rows])
        probability = logits.sigmoid()
        curvature = probability * (1.0 - probability)
        if block_slope is not None:
            curvature *= block_slope
            probability *= block_slope
        total += row_losses(logits, block_slope, block_shift).sum()
        gradient += wide.T @ (probability + block_shift)
        hessian.addmm_(wide.T, wide * curvature[:, None])
    rows_count = len(x)
    return float(total) / rows_count, gradient / rows_count, hessian / rows_count, all_logits


def _solve(hessian: Tensor, gradient: Tensor) -> Tensor:
    """Return hessian^-1 gradient; if columns depend on each other, the solution of least norm.

    The Hessian is scaled to a diagonal of ones first, so that the units of the columns do not matter.
    """
    scale = hessian.diagonal().clamp_min(torch.finfo(torch.float64).tiny).rsqrt()
    values, vectors = torch.linalg.eigh(hessian * scale * scale[:, None])
    kept = values > values[-1] * RANK
    inverse = torch.where(kept, values, torch.ones_like(values)).reciprocal() * kept
    step: Tensor = scale * (vectors @ (inverse * (vectors.T @ (scale * gradient))))
    return step


def _refuse_separable(
    x: Tensor,
    logits: Tensor,
    change: Tensor,
    slope: Tensor | None,
    shift: Tensor,
    direction: Tensor,
    columns: Sequence[str],
) -> None:
    """Refuse rows whose loss has no finite optimum because they are linearly separable.

    With hard targets, weights that classify all rows correctly can grow without bound, and the loss falls all the time.
    The same is true if the weights can move in a direction that improves the logits of some rows and leaves those of
    all others unchanged; far out, a Newton step then changes the improving logits by about 1.

    Args:
        x: rows [n, inputs + 1].
        logits: [n] after the step.
        change: [n] by which the full step would change the logits.
        slope: coefficient of each row's loss [n, 1], see ``loss.py``; None means that all are 1.
        shift: the other coefficient [n, 1].
        direction: [inputs + 1] by which the full step would change the weights.
        columns: [inputs] the raw column of each input.

    Raises:
        UserError: the rows are separable.
    """
    share = -shift[:, 0]
    positive = share > 0.0
    soft = positive & (share < (1.0 if slope is None else slope[:, 0]))
    if bool(soft.any()):
        return  # smoothed targets bound the optimum
    sign = positive.double().mul_(2.0).sub_(1.0)
    moved = sign * change
    whole = float((sign * logits).min()) > 0.0
    if whole or (float(moved.min()) > -1e-8 and float(moved.max()) > 0.5):
        rows = "the train rows" if whole else f"{int((moved > 0.5).sum())} of {len(x)} train rows"
        found = _moving(x, direction, columns)
        by = f" by column {found[0]!r}" if len(found) == 1 else ""
        raise UserError(
            f"optim=newton: {rows} are separable{by}, so the loss has no finite optimum; "
            "set optim.weight_decay > 0, such as 1e-6 (or loss.label_smoothing > 0)"
        )


def _moving(x: Tensor, direction: Tensor, columns: Sequence[str]) -> list[str]:
    """Return the raw columns whose inputs change some logits by a step in this direction, to a few percent."""
    inputs = x[:, :-1]
    reach = direction[:-1].abs() * (inputs.amax(0) - inputs.amin(0)).double()
    chosen = (reach > MOVING * reach.max()).tolist()
    return list(dict.fromkeys(name for name, moves in zip(columns, chosen, strict=True) if moves))
