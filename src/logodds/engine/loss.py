"""The base class of the losses, and the registry of all losses.

All losses except the focal loss have one form. Let q_c >= 0 be a row's target for class c, multiplied by the weight of
the class, and slope the sum of all q_c. Then
    L(z) = -sum_c q_c log p_c(z) = slope * Phi(z) + sum_c shift_c z_c,      shift = -q,
    dL/dz = slope * p(z) + shift.
With many classes, p is the softmax and Phi is log-sum-exp. With two classes there is one logit, that of the positive
class; p is the logistic function and Phi its integral, softplus. A row's loss is therefore given by two coefficients,
``slope`` and ``shift``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.options.option import Option
from logodds.options.registry import Group
from logodds.system.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from logodds.engine.objective import Objective


@dataclass(kw_only=True)
class Loss(Option, ABC):
    """Abstract base class of the losses.

    Attributes:
        name: the name that selects the loss in a configuration.
    """

    name: str

    def outputs(self, classes: int) -> int:
        """Return how many logits per row the loss needs; by default one, for a loss that is defined for two classes.

        Raises:
            UserError: the loss is defined for two classes only and there are more, or the number of class weights is
                not the number of classes.
        """
        if classes != 2:
            raise UserError(f"loss={self.name}: needs two classes and there are {classes}; use loss=cross_entropy")
        return 1

    def weighs_rows(self) -> bool:
        """Return whether the weight of a row depends on its class."""
        return False

    def is_log_loss(self) -> bool:
        """Return whether the loss is slope * softplus(z) + shift * z of one logit z, which the exact solver needs."""
        return False

    def of_rows(self, target: NDArray[np.int64], classes: int) -> Loss:
        """Return the loss with weights such as ``auto`` or ``balanced`` replaced by numbers.

        Args:
            target: class indices [n] of the train rows, from which the numbers are computed.
            classes: number of classes.
        """
        return self

    def common(self) -> tuple[object, ...]:
        """Return the values that must be equal for all members of one stack."""
        return (self.name,)

    @abstractmethod
    def by_class(self, width: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor | None, Tensor]:
        """Return slope [classes, 1] and shift [classes, width] of a row of each class, in the order of the classes.

        A slope of None means that all are 1.

        Args:
            width: logits per row, see :meth:`outputs`.
        """

    @abstractmethod
    def objective(self, members: Sequence[Loss], slots: int, device: torch.device) -> Objective:
        """Return the object that computes values and gradients of the loss for a whole stack.

        Args:
            members: the loss of each member. All are of this class and agree in :meth:`common`; other numbers, such as
                weights, may differ.
            slots: number of slots of the stack, at least the number of members.
        """


LOSSES: Group[Loss] = Group("loss", Loss, "logodds.engine.losses", "logodds.losses")
