"""What every loss can say of itself: the base class of the losses, and their group.

All losses but the focal one have one form. With targets q_c >= 0 of the classes c, each multiplied by the weight of its
class, and their sum, slope,
    L(z) = -sum_c q_c log p_c(z) = slope * Phi(z) + sum_c shift_c z_c,      shift = -q,
    dL/dz = slope * p(z) + shift.
Many classes: p is the softmax and Phi the logarithm of the sum of exponentials. Two classes have one logit, that of the
positive class: p is the logistic function and Phi its integral, softplus. So the loss of a row is a ``slope`` and a
``shift``.
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
    """Abstract.

    Attributes:
        name: by which a configuration chooses it.
    """

    name: str

    def outputs(self, classes: int) -> int:
        """Logits per row that the loss needs: one, where two classes are all that it knows.

        Raises:
            UserError: a loss of two classes where there are more, or not as many weights as classes.
        """
        if classes != 2:
            raise UserError(f"loss={self.name}: needs two classes and there are {classes}; use loss=cross_entropy")
        return 1

    def weighs_rows(self) -> bool:
        """Whether rows count differently by their class."""
        return False

    def is_log_loss(self) -> bool:
        """Whether it is slope * softplus(z) + shift * z of one logit z, which the exact solver minimises."""
        return False

    def of_rows(self, target: NDArray[np.int64], classes: int) -> Loss:
        """The loss with the numbers that it takes from the train rows' class indices ``target`` [n]."""
        return self

    def common(self) -> tuple[object, ...]:
        """What the losses of one stack's members have in common."""
        return (self.name,)

    @abstractmethod
    def by_class(self, width: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor | None, Tensor]:
        """(slope [classes, 1], shift [classes, width]) of a row of each class, in order; a slope of None stands for 1s.

        Args:
            width: logits per row, see :meth:`outputs`.
        """

    @abstractmethod
    def objective(self, members: Sequence[Loss], slots: int, device: torch.device) -> Objective:
        """Values and gradients over a stack whose members have these losses, all of this kind, each with its own
        numbers.

        Args:
            members: one per member; :meth:`common` is the same of all.
            slots: of the stack, at least as many as members.
        """


LOSSES: Group[Loss] = Group("loss", Loss, "logodds.engine.losses", "logodds.losses")
