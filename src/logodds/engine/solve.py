"""Newton's method (iteratively reweighted least squares) for one logistic layer: the exact optimum.

The objective is mean(L) + weight_decay / 2 |w|^2 without the bias, all in float64: columns that nearly depend on each
other, or lie far from zero, leave no digits to a float32 Hessian. Rows are visited in blocks that stay in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from logodds.engine.objective import row_losses
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.engine.optimisers.newton import Newton

BLOCK = 4096
HALVINGS = 40
RANK = 1e-13  # eigenvalues of the scaled Hessian below this share of the largest are its rounding


@dataclass
class Solution:
    """Where the iteration stands. ``weights`` [inputs + 1] float64, the bias last; ``terms``: what `_derivatives` gave
    there, which the next step needs and may compute again."""

    weights: Tensor
    loss: float = float("inf")
    converged: bool = False
    terms: tuple[float, Tensor, Tensor, Tensor] | None = None


def newton_step(
    x: Tensor, slope: Tensor | None, shift: Tensor, solution: Solution, options: Newton, decayed: Tensor
) -> Solution:
    """One step, halved until the objective does not rise.

    Args:
        x: rows [n, inputs + 1] float32, a column of ones last.
        slope, shift: the loss per row [n, 1], see ``objective.py``.
        decayed: [inputs + 1] 1 where weight decay applies.

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
        # Nearly every first size is taken, so the next step's derivatives are computed along with the loss.
        weights = solution.weights - size * step
        terms = _derivatives(x, slope, shift, weights)
        reached = terms[0] + float(0.5 * (penalty * weights.square()).sum())
        if reached <= loss:
            break
        size *= 0.5
    else:
        return Solution(solution.weights, loss, converged=True)  # nothing below this within float64
    if options.weight_decay == 0.0:
        _refuse_separable(terms[3], (terms[3] - logits) / size, slope, shift)
    return Solution(weights, reached, terms=terms)


def _derivatives(
    x: Tensor, slope: Tensor | None, shift: Tensor, weights: Tensor
) -> tuple[float, Tensor, Tensor, Tensor]:
    """Mean loss, its gradient and its Hessian at ``weights``, and the logits."""
    size = x.shape[1]
    gradient = torch.zeros(size, dtype=torch.float64, device=x.device)
    hessian = torch.zeros(size, size, dtype=torch.float64, device=x.device)
    total = torch.zeros((), dtype=torch.float64, device=x.device)
    every = torch.zeros(len(x), dtype=torch.float64, device=x.device)
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        moved = shift[rows, 0].double()
        weight = None if slope is None else slope[rows, 0].double()
        wide = x[rows].double()
        logits = torch.mv(wide, weights, out=every[rows])
        probability = logits.sigmoid()
        curvature = probability * (1.0 - probability)
        if weight is not None:
            curvature *= weight
            probability *= weight
        total += row_losses(logits, weight, moved).sum()
        gradient += wide.T @ (probability + moved)
        hessian.addmm_(wide.T, wide * curvature[:, None])
    rows_count = len(x)
    return float(total) / rows_count, gradient / rows_count, hessian / rows_count, every


def _solve(hessian: Tensor, gradient: Tensor) -> Tensor:
    """hessian^-1 gradient, of least norm where columns depend on each other; scaled, so that units do not matter."""
    scale = hessian.diagonal().clamp_min(torch.finfo(torch.float64).tiny).rsqrt()
    values, vectors = torch.linalg.eigh(hessian * scale * scale[:, None])
    kept = values > values[-1] * RANK
    inverse = torch.where(kept, values, torch.ones_like(values)).reciprocal() * kept
    step: Tensor = scale * (vectors @ (inverse * (vectors.T @ (scale * gradient))))
    return step


def _refuse_separable(logits: Tensor, change: Tensor, slope: Tensor | None, shift: Tensor) -> None:
    """With hard targets, weights that sort all rows can grow for ever, and each growth lowers the loss; so can a part
    of the weights that sorts some rows and leaves the others where they are (a step far out moves the former by 1)."""
    share = -shift[:, 0]
    positive = share > 0.0
    soft = positive & (share < (1.0 if slope is None else slope[:, 0]))
    if bool(soft.any()):
        return  # smoothed targets bound the optimum
    sign = positive.double().mul_(2.0).sub_(1.0)
    moved = sign * change
    if float((sign * logits).min()) > 0.0 or (float(moved.min()) > -1e-8 and float(moved.max()) > 0.5):
        raise UserError(
            "optim=newton: the train rows are separable, so the loss has no finite optimum; "
            "set optim.weight_decay > 0 (or loss.label_smoothing > 0)"
        )
