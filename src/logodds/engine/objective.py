"""Losses and their gradients on logits, in one form for training, the exact solver and autograd.

With targets q_c >= 0 of the classes c, each multiplied by its class's weight, and their sum, slope,
    L(z) = -sum_c q_c log p_c(z) = slope * Phi(z) + sum_c shift_c z_c,      shift = -q,
    dL/dz = slope * p(z) + shift.
Many classes: p is the softmax and Phi the logarithm of the sum of exponentials. Two classes have one logit, that of the
positive class: p is the logistic function and Phi its integral, softplus. So the loss of a row is a ``slope`` and a
``shift``. Only the focal loss has another shape: it keeps the row's class in the sign of ``shift``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, addcmul, sigmoid

from logodds.engine.loss import BCE, CrossEntropy, Focal, Loss

LARGEST_LOG = 100.0  # nn.BCELoss: no logarithm of a probability is below -100
SMALLEST_VARIANCE = 1e-12  # and its gradient divides by p (1 - p) or by this


def coefficients(
    target: Tensor, loss: Loss, width: int, dtype: torch.dtype = torch.float32
) -> tuple[Tensor | None, Tensor]:
    """(slope [n, 1], shift [n, width]) of rows with class indices ``target`` [n]; a slope of None stands for 1s.

    Args:
        loss: its weights are numbers, see :func:`logodds.engine.loss.of_counts`.
        width: logits per row, see :func:`logodds.engine.loss.outputs`.
    """
    slope, shift = _by_class(loss, width, dtype, target.device)
    return (None if slope is None else slope[target]), shift[target]


def _by_class(loss: Loss, width: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor | None, Tensor]:
    """The coefficients of a row of each class, in order."""
    if isinstance(loss, CrossEntropy):
        given = [1.0] * width if loss.class_weight is None else loss.class_weight
        weight = torch.tensor(given, dtype=dtype, device=device)
        hard = torch.eye(width, dtype=dtype, device=device)
        share = weight * (hard * (1.0 - loss.label_smoothing) + loss.label_smoothing / width)
        return (None if loss.class_weight is None else share.sum(1, keepdim=True)), -share
    positive = torch.tensor([[0.0], [1.0]], dtype=dtype, device=device)
    if isinstance(loss, Focal):
        alpha = torch.ones_like(positive)
        if loss.alpha is not None:
            alpha = positive * loss.alpha + (1.0 - positive) * (1.0 - loss.alpha)
        return alpha, alpha * (1.0 - 2.0 * positive)
    smooth = positive * (1.0 - loss.label_smoothing) + 0.5 * loss.label_smoothing
    share = smooth * loss.pos_weight
    return (None if loss.pos_weight == 1.0 else share + (1.0 - smooth)), -share


class Objective(ABC):
    """Abstract: one kind of loss over a stack. Logits and shift are [slots, rows, width], slope [slots, rows, 1]; a row
    whose slope and shift are 0 counts for nothing. The last slots may be left out of ``losses``."""

    @abstractmethod
    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        """dL/dz into ``out``."""

    @abstractmethod
    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        """L per row [slots, rows]."""


def objective(losses: Sequence[Loss], slots: int, device: torch.device) -> Objective:
    """The objective of one kind of loss, each member with its own numbers."""
    first = losses[0]
    if isinstance(first, Focal):
        gammas = [loss.gamma for loss in losses if isinstance(loss, Focal)]
        return _Focal(torch.tensor([*gammas, *[0.0] * (slots - len(gammas))], device=device)[:, None, None])
    if isinstance(first, BCE):
        return _Logistic() if first.from_logits else _Probability()
    return _Softmax()


class _Logistic(Objective):
    """Final. One logit."""

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        sigmoid(logits, out=out)
        addcmul(shift, slope, out, out=out)

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        return row_losses(logits, slope, shift)[..., 0]


class _Softmax(Objective):
    """Final. One logit per class."""

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        torch.softmax(logits, -1, out=out)
        addcmul(shift, slope, out, out=out)

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        return slope[..., 0] * logits.logsumexp(-1) + (shift * logits).sum(-1)


class _Probability(Objective):
    """Final. One logit, but by way of its probability as ``nn.BCELoss`` goes, with that loss's bounds."""

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        probability = logits.sigmoid()
        variance = probability * (1.0 - probability)
        torch.mul((slope * probability + shift) / variance.clamp_min(SMALLEST_VARIANCE), variance, out=out)

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        return probability_losses(logits.sigmoid(), slope, shift)[..., 0]


class _Focal(Objective):
    """Final. ``gamma``: [slots, 1, 1]."""

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
