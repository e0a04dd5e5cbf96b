"""Binary cross-entropy on logits.

With a target t in [0, 1], a positive weight w and a logit z,
    L(z) = -w t log s(z) - (1 - t) log(1 - s(z)) = gain * softplus(z) - share * z,
    dL/dz = gain * s(z) - share,        gain = w t + 1 - t,  share = w t,
where s is the logistic function. Every variant below is a choice of ``gain`` and ``share`` per row, so that training,
the exact solver and autograd use one formula. (PyTorch's BCEWithLogitsLoss has the same ``pos_weight``.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.schema import choice, number

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(kw_only=True)
class BCE:
    """``label_smoothing`` e moves targets to t (1 - e) + e / 2, as Keras's BinaryCrossentropy does; ``pos_weight`` w
    multiplies the loss of positive rows."""

    name: str = choice("bce")
    label_smoothing: float = number(least=0.0, below=1.0)
    pos_weight: float = number(above=0.0)


LOSSES: dict[str, type[BCE]] = {"bce": BCE}


def coefficients(target: Tensor, loss: BCE) -> tuple[Tensor | None, Tensor]:
    """(gain, share) per row for targets [n] of 0 and 1; a gain of None stands for 1 everywhere."""
    smooth = target * (1.0 - loss.label_smoothing) + 0.5 * loss.label_smoothing
    share = smooth * loss.pos_weight
    return (None if loss.pos_weight == 1.0 else share + (1.0 - smooth)), share


def row_losses(logits: Tensor, gain: Tensor | None, share: Tensor) -> Tensor:
    """The loss of each row, in the shape of ``logits``; softplus is exact for every finite logit."""
    # softplus(z) = log(exp(z) + exp(0)); torch's own softplus turns linear at 20 and loses 2e-9.
    plus = logits.logaddexp(logits.new_zeros(()))
    if gain is not None:
        plus = plus * gain
    return plus - share * logits
