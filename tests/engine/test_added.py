"""Losses and optimisers of other packages, and how their mistakes are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from builders import bce, cross_entropy, focal, sgd
from torch import Tensor

from logodds.engine import added
from logodds.engine.loss import LOSSES, Loss
from logodds.engine.objective import Objective
from logodds.system.errors import UserError

ROWS = np.array([0, 1, 1, 2, 3, 4])  # class indices of train rows


class Squared(Objective):
    """(p - t)^2 of the probability p of one logit, as docs/extending.md shows it."""

    def __init__(self, factor: float, shape: str) -> None:
        self.factor, self.shape = factor, shape

    def residual(self, logits: Tensor, slope: Tensor, shift: Tensor, out: Tensor) -> None:
        p = logits.sigmoid()
        out.copy_(self.factor * (slope * p + shift) * p * (1.0 - p))

    def losses(self, logits: Tensor, slope: Tensor, shift: Tensor) -> Tensor:
        rows = (slope * (logits.sigmoid() + shift / slope) ** 2)[..., 0]
        return rows if self.shape == "rows" else rows.mean(-1)


@dataclass(kw_only=True)
class Brier(Loss):
    """``factor``: 2 is the derivative."""

    name: str = "brier"
    factor: float = 2.0
    shape: str = "rows"

    def by_class(self, width: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor | None, Tensor]:
        return None, torch.tensor([[0.0], [-1.0]], dtype=dtype, device=device)

    def objective(self, members: Sequence[Loss], slots: int, device: torch.device) -> Objective:
        return Squared(self.factor, self.shape)


def test_a_right_loss_is_taken() -> None:
    added.refuse_wrong_gradient(Brier(), ROWS, 2)


def test_own_losses_would_pass_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a right loss of another package, of whatever kind, is not refused."""
    monkeypatch.setattr(type(LOSSES), "is_own", lambda group, option: False)
    for loss in (bce(label_smoothing=0.2), bce(pos_weight=7.0), focal(gamma=2.0)):
        added.refuse_wrong_gradient(loss, ROWS, 2)
    added.refuse_wrong_gradient(cross_entropy(label_smoothing=0.1), ROWS, 5)


@pytest.mark.parametrize(
    ("loss", "classes", "message"),
    [
        (
            Brier(factor=1.0),
            2,
            r"loss=brier: residual\(\) writes .* where the derivative of losses\(\) is .*; mend the loss",
        ),
        (Brier(factor=float("nan")), 2, r"loss=brier: residual\(\) writes nan where the derivative .*; mend the loss"),
        (
            Brier(shape="mean"),
            2,
            r"loss=brier: losses\(\) returns shape \[1\] for logits \[1, 6, 1\], not \[1, 6\]; mend",
        ),
        (Brier(), 3, r"loss=brier: needs two classes and there are 3; use loss=cross_entropy"),
    ],
    ids=["factor", "not a number", "shape", "classes"],
)
def test_a_wrong_loss_is_one_line(loss: Loss, classes: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        added.refuse_wrong_gradient(loss, ROWS, classes)


def test_an_exception_is_one_line_if_an_option_is_added() -> None:
    with (
        pytest.raises(UserError, match=r"^training with loss=brier failed \(KeyError in .*: 'x'\); mend the option$"),
        added.guarded(Brier(), sgd()),
    ):
        raise KeyError("x")
    with pytest.raises(KeyError), added.guarded(bce(), sgd()):
        raise KeyError("x")
