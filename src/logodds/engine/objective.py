"""Values and gradients of the losses on logits, in one form for training, the exact solver and autograd; the formula is
in ``loss.py``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor, addcmul, sigmoid

if TYPE_CHECKING:
    from logodds.engine.loss import Loss


LARGEST_LOG = 100.0  # nn.BCELoss: no logarithm of a probability is below -100
SMALLEST_VARIANCE = 1e-12  # and its gradient divides by p (1 - p) or by this


def coefficients(
    target: Tensor, loss: Loss, width: int, dtype: torch.dtype = torch.float32
) -> tuple[Tensor | None, Tensor]:
    """(slope [n, 1], shift [n, width]) of rows with class indices ``target`` [n]; a slope of None stands for 1s.

    Args:
        loss: its weights are numbers, see :meth:`Loss.of_rows`.
        width: logits per row, see :meth:`Loss.outputs`.
    """
    slope, shift = loss.by_class(width, dtype, target.device)
    return (None if slope is None else slope[target]), shift[target]


class Objective(ABC):
    """Abstract: one kind of loss over a stack. Logits and shift are [slots, rows, width], slope [slots, rows, 1]; a row
    whose slope and shift are 0 counts for nothing. The last slots may be left out of ``losses``."""

    @abstractmethod
    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        """dL/dz into ``out``."""

    @abstractmethod
    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        """L per row [slots, rows]."""


@final
class Logistic(Objective):
    """One logit."""

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        sigmoid(logits, out=out)
        addcmul(shift, slope, out, out=out)

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        return row_losses(logits, slope, shift)[..., 0]


@final
class Softmax(Objective):
    """One logit per class."""

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        torch.softmax(logits, -1, out=out)
        addcmul(shift, slope, out, out=out)

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        return slope[..., 0] * logits.logsumexp(-1) + (shift * logits).sum(-1)


@final
class Probability(Objective):
    """One logit, but by way of its probability as ``nn.BCELoss`` goes, with that loss's bounds."""

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
        gamma: [slots, 1, 1].
    """

    def __init__(self, gamma: Tensor) -> None:
        self._gamma = gamma

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        # With u = z or -z, p = s(u) the probability of the row's class: dL/du = a (1-p)^g (g p log p - (1 - p)).
        sign = -shift.sign()
        right, wrong, logarithm = self._parts(sign * logits)
        factor = wrong.pow(self._gamma) * (self._gamma * right * logarithm - wrong)
        torch.mul(slope * sign, factor, out=out)

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        _, wrong, logarithm = self._parts(-shift.sign() * logits)
        found: Tensor = -slope * wrong.pow(self._gamma[: len(logits)]) * logarithm
        return found[..., 0]

    @staticmethod
    def _parts(u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """p, 1 - p and log p, each without the other's cancellation."""
        return u.sigmoid(), (-u).sigmoid(), -(-u).logaddexp(u.new_zeros(()))


def row_losses(logits: Tensor, slope: Tensor | None, shift: Tensor) -> Tensor:
    """L of one logit per row, in the shape of ``logits``; exact for every finite logit."""
    # softplus(z) = log(exp(z) + exp(0)); torch's own softplus turns linear at 20 and loses 2e-9.
    plus = logits.logaddexp(logits.new_zeros(()))
    if slope is not None:
        plus = plus * slope
    return plus + shift * logits


def probability_losses(probability: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
    """L of one probability per row, in its shape; finite for every probability in [0, 1]."""
    negative = (1.0 - probability).log().clamp_min(-LARGEST_LOG)
    return shift * probability.log().clamp_min(-LARGEST_LOG) - (slope + shift) * negative
