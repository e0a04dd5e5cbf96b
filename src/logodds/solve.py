"""Newton's method (iteratively reweighted least squares) for one logistic layer: the exact optimum.

The objective is mean(L) + weight_decay / 2 |w|^2 without the bias, in float64. Rows are visited in blocks that stay in
the cache. The Hessian is summed in float32 inside a block: it only steers the step, the gradient decides the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from logodds.errors import UserError
from logodds.loss import row_losses
from logodds.optim import Newton

BLOCK = 4096
HALVINGS = 40
LARGE_LOGIT = 50.0  # s(50) = 1 - 2e-22: a fit that still grows there grows for ever


@dataclass
class Solution:
    """Where the iteration stands. ``weights`` [inputs + 1] float64, the bias last."""

    weights: Tensor
    loss: float = float("inf")
    converged: bool = False


def newton_step(
    x: Tensor, gain: Tensor | None, share: Tensor, solution: Solution, options: Newton, decayed: Tensor
) -> Solution:
    """One step, halved until the objective does not rise.

    Args:
        x: rows [n, inputs + 1] float32, a column of ones last.
        gain, share: the loss per row, see ``loss.py``.
        decayed: [inputs + 1] 1 where weight decay applies.

    Raises:
        UserError: the rows are separable and there is no weight decay, so no finite optimum exists.
    """
    penalty = options.weight_decay * decayed.double()
    loss, gradient, hessian = _derivatives(x, gain, share, solution.weights)
    loss += float(0.5 * (penalty * solution.weights.square()).sum())
    gradient += penalty * solution.weights
    hessian.diagonal().add_(penalty)
    step = _solve(hessian, gradient)
    gap = 0.5 * float(gradient @ step)
    if gap <= options.tolerance:
        return Solution(solution.weights, loss, converged=True)
    size = 1.0
    for _ in range(HALVINGS):
        weights = solution.weights - size * step
        logits = _logits(x, weights)
        reached = float(row_losses(logits, _double(gain), share.double()).mean())
        reached += float(0.5 * (penalty * weights.square()).sum())
        if reached <= loss:
            break
        size *= 0.5
    else:
        return Solution(solution.weights, loss, converged=True)  # nothing below this within float64
    if options.weight_decay == 0.0:
        _refuse_separable(logits, gain, share)
    return Solution(weights, reached)


def _double(values: Tensor | None) -> Tensor | None:
    return None if values is None else values.double()


def _logits(x: Tensor, weights: Tensor) -> Tensor:
    return torch.cat([block.double() @ weights for block in torch.split(x, BLOCK)])


def _derivatives(x: Tensor, gain: Tensor | None, share: Tensor, weights: Tensor) -> tuple[float, Tensor, Tensor]:
    """Mean loss, its gradient and its Hessian at ``weights``."""
    size = x.shape[1]
    gradient = torch.zeros(size, dtype=torch.float64, device=x.device)
    hessian = torch.zeros(size, size, dtype=torch.float64, device=x.device)
    total = torch.zeros((), dtype=torch.float64, device=x.device)
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        block, target = x[rows], share[rows].double()
        weight = None if gain is None else gain[rows].double()
        wide = block.double()
        logits = wide @ weights
        probability = logits.sigmoid()
        curvature = probability * (1.0 - probability)
        if weight is not None:
            curvature *= weight
            probability *= weight
        total += row_losses(logits, weight, target).sum()
        gradient += wide.T @ (probability - target)
        hessian += block.T @ (block * curvature.float()[:, None])
    rows_count = len(x)
    return float(total) / rows_count, gradient / rows_count, hessian / rows_count


def _solve(hessian: Tensor, gradient: Tensor) -> Tensor:
    """hessian^-1 gradient, of least norm where columns depend on each other; scaled, so that units do not matter."""
    scale = hessian.diagonal().clamp_min(torch.finfo(torch.float64).tiny).rsqrt()
    values, vectors = torch.linalg.eigh(hessian * scale * scale[:, None])
    kept = values > values[-1] * 1e-7  # float32 sums leave this much noise in the small ones
    inverse = torch.where(kept, values, torch.ones_like(values)).reciprocal() * kept
    step: Tensor = scale * (vectors @ (inverse * (vectors.T @ (scale * gradient))))
    return step


def _refuse_separable(logits: Tensor, gain: Tensor | None, share: Tensor) -> None:
    """With hard targets, weights that sort all rows can grow for ever, and each growth lowers the loss."""
    positive = share > 0.0
    soft = positive & (share < (1.0 if gain is None else gain))
    if bool(soft.any()):
        return  # smoothed targets bound the optimum
    margins = torch.where(positive, logits, -logits)
    largest = float(logits.abs().max())
    if float(margins.min()) > 0.0 or (largest > LARGE_LOGIT and float(margins.min()) > -1e-6 * largest):
        raise UserError(
            "optim=newton: the train rows are separable, so the loss has no finite optimum; "
            "set optim.weight_decay > 0 (or loss.label_smoothing > 0)"
        )
