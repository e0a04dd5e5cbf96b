"""Values and gradients of the losses as functions of the logits.

Training, the exact solver and autograd all use them. The formula with ``slope`` and ``shift`` is in ``loss.py``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor, addcmul, sigmoid

if TYPE_CHECKING:
    from logodds.engine.loss import Loss


LARGEST_LOG = 100.0  # nn.BCELoss clamps the logarithm of a probability at -100
SMALLEST_VARIANCE = 1e-12  # the gradient of nn.BCELoss divides by p (1 - p), but never by less than this


def coefficients(
    target: Tensor, loss: Loss, width: int, dtype: torch.dtype = torch.float32
) -> tuple[Tensor | None, Tensor]:
    """Return slope [n, 1] and shift [n, width] of each row; a slope of None means that all are 1.

    Args:
        target: class indices [n].
        loss: a loss whose weights are numbers already, see :meth:`Loss.of_rows`.
        width: logits per row, see :meth:`Loss.outputs`.
    """
    slope, shift = loss.by_class(width, dtype, target.device)
    return (None if slope is None else slope[target]), shift[target]


class Objective(ABC):
    """Abstract: one kind of loss, computed for all slots of a stack.

    Logits and shift are [slots, rows, width], slope is [slots, rows, 1]. A row whose slope and shift are 0 contributes
    nothing. :meth:`losses` may also be called with the first slots only.
    """

    @abstractmethod
    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        """Write dL/dz [slots, rows, width] into ``out``."""

    @abstractmethod
    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        """Return the loss of each row [slots, rows]."""


@final
class Logistic(Objective):
    """Logistic loss of one logit."""

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        sigmoid(logits, out=out)
        addcmul(shift, slope, out, out=out)

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        return row_losses(logits, slope, shift)[..., 0]


@final
class Softmax(Objective):
    """Softmax cross-entropy of one logit per class."""

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        torch.softmax(logits, -1, out=out)
        addcmul(shift, slope, out, out=out)

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        return slope[..., 0] * logits.logsumexp(-1) + (shift * logits).sum(-1)


@final
class Probability(Objective):
    """Logistic loss of one logit, computed from its probability as ``nn.BCELoss`` does, with the same bounds."""

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        probability = logits.sigmoid()
        variance = probability * (1.0 - probability)
        torch.mul((slope * probability + shift) / variance.clamp_min(SMALLEST_VARIANCE), variance, out=out)

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        return probability_losses(logits.sigmoid(), slope, shift)[..., 0]


@final
class FocalObjective(Objective):
    """The focal loss of one logit.

    Args:
        gamma: the exponent of each slot, [slots, 1, 1].
    """

    def __init__(self, gamma: Tensor) -> None:
        self._gamma = gamma

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        # u is z for a positive row and -z for a negative row, and p = sigmoid(u) is the probability of the row's class:
        # dL/du = a (1-p)^g (g p log p - (1 - p)).
        sign = -shift.sign()
        right, wrong, logarithm = self._parts(sign * logits)
        factor = wrong.pow(self._gamma) * (self._gamma * right * logarithm - wrong)
        torch.mul(slope * sign, factor, out=out)

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        _, wrong, logarithm = self._parts(-shift.sign() * logits)
        losses: Tensor = -slope * wrong.pow(self._gamma[: len(logits)]) * logarithm
        return losses[..., 0]

    @staticmethod
    def _parts(u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return p, 1 - p and log p for p = sigmoid(u), each computed from ``u`` so that no digits cancel."""
        return u.sigmoid(), (-u).sigmoid(), -(-u).logaddexp(u.new_zeros(()))


def row_losses(logits: Tensor, slope: Tensor | None, shift: Tensor) -> Tensor:
    """Return the loss of each row, for one logit per row, in the shape of ``logits``; exact for every finite logit."""
    # softplus(z) = log(exp(z) + exp(0)); torch's own softplus becomes linear at 20, an error of 2e-9.
    plus = logits.logaddexp(logits.new_zeros(()))
    if slope is not None:
        plus = plus * slope
    return plus + shift * logits


def probability_losses(probability: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
    """Return the loss of each row, in the shape of ``probability``; finite for every probability in [0, 1]."""
    negative = (1.0 - probability).log().clamp_min(-LARGEST_LOG)
    return shift * probability.log().clamp_min(-LARGEST_LOG) - (slope + shift) * negative
