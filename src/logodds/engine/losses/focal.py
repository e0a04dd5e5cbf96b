"""Focal loss (Lin et al. 2017, "Focal Loss for Dense Object Detection", equation 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.engine.loss import Loss
from logodds.options.rules import choice, number

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from logodds.engine.objective import Objective


@dataclass(kw_only=True)
class Focal(Loss):
    """The loss -alpha_t (1 - p_t)^gamma log p_t of one logit, where p_t is the probability of the row's own class.

    Attributes:
        gamma: the larger it is, the less rows count that are already classified correctly; 0 gives cross-entropy.
        alpha: weight of positive rows; negative rows have the weight 1 - alpha. With null both weights are 1.
    """

    name: str = choice("focal")
    gamma: float = number(least=0.0, most=100.0)
    alpha: float | None = number(above=0.0, below=1.0)

    def by_class(self, width: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor | None, Tensor]:
        """Return alpha_t as slope; the sign of the shift gives the row's class, negative for a positive row."""
        import torch

        positive = torch.tensor([[0.0], [1.0]], dtype=dtype, device=device)
        alpha = torch.ones_like(positive)
        if self.alpha is not None:
            alpha = positive * self.alpha + (1.0 - positive) * (1.0 - self.alpha)
        return alpha, alpha * (1.0 - 2.0 * positive)

    def objective(self, members: Sequence[Loss], slots: int, device: torch.device) -> Objective:
        import torch

        from logodds.engine.objective import FocalObjective

        gammas = [member.gamma for member in members if isinstance(member, Focal)]
        return FocalObjective(torch.tensor([*gammas, *[0.0] * (slots - len(gammas))], device=device)[:, None, None])
