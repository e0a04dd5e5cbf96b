"""The interface of a stack: several models of one architecture that train together, with one row of parameters each.

An optimiser sees two matrices, ``flat`` and ``grad`` [slots, width], and no layers. Parameters and batches are padded
to whole vectors (see ``padding.py``), so that a member's arithmetic does not depend on its neighbours.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# On some processors, such as AMD's Zen 1, MKL chooses among its kernels by the addresses of the data, so that a product
# would depend on the slot in the stack. Its conditional numerical reproducibility prevents that and costs no time. MKL
# reads the variable at its first product.
os.environ.setdefault("MKL_CBWR", "AUTO")

if TYPE_CHECKING:
    from logodds.models.stacks.feed import Feed
    from logodds.models.stacks.resident import Resident


def log_odds(logits: Tensor) -> NDArray[np.float32]:
    """Convert logits [n, outputs] to the form that metrics read.

    Return the log-odds [n] of the positive class if there are two classes, else the logits [n, C] as they are.
    """
    if logits.shape[1] > 2:
        return logits.cpu().numpy()
    return (logits[:, 0] if logits.shape[1] == 1 else logits[:, 1] - logits[:, 0]).cpu().numpy()


class Stack(ABC):
    """Abstract: several models that train together.

    A member is addressed by its slot, a number below ``members``. Further slots are padding and are never read.

    Attributes:
        members: number of models.
        slots: number of rows of the buffers, at least ``members``.
        outputs: logits per row and head.
        heads: networks of a member that have a loss each; 1 but for ensembles that train as one model.
        device: where parameters and batches are.
        flat: [slots, width] all parameters.
        grad: [slots, width] gradient of the batch's loss by each parameter, after :meth:`backward`.
        decayed: [width] 1 where weight decay applies, that is for weights; 0 for biases and gains.
    """

    members: int
    slots: int
    outputs: int
    heads: int
    device: torch.device
    flat: Tensor
    grad: Tensor
    decayed: Tensor

    @abstractmethod
    def context(self) -> AbstractContextManager[object]:
        """Return the context (autograd on or off) in which :meth:`forward`, :meth:`backward` and updates run."""

    @abstractmethod
    def feed(self, residents: Sequence[Resident]) -> Feed:
        """Return what turns the rows of each member into the ``inputs`` of :meth:`forward` and :meth:`backward`."""

    @abstractmethod
    def forward(self, inputs: Any, logits: Tensor) -> None:
        """Compute the logits of one batch and write them into ``logits`` [slots, batch * heads, outputs], row by row:
        those of a row's heads follow each other."""

    @abstractmethod
    def backward(self, inputs: Any, residual: Tensor) -> None:
        """Compute the gradient of the batch that :meth:`forward` has just processed and write it into ``grad``.

        Args:
            inputs: the same as for :meth:`forward`.
            residual: dL/dz in the shape of the logits, already divided by the number of rows and of heads, and 0 in
                padding.
        """

    @abstractmethod
    def logits(self, rows: Resident, members: Sequence[int]) -> Tensor:
        """Return the logits [members, n, outputs] of some members, in the order of the rows, without dropout."""

    @abstractmethod
    def regrouped(self, staying: Sequence[int], joining: Sequence[Stack]) -> Stack:
        """Return a stack of the members ``staying``, as they are now, followed by all members of ``joining``.

        This stack and those in ``joining`` must not be used any more.
        """

    @abstractmethod
    def snapshot(self, member: int) -> dict[str, Tensor]:
        """Return a copy of a member's parameters and buffers in the stack's own form; cheap enough for every epoch."""

    @abstractmethod
    def unpack(self, snapshot: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the tensors of a snapshot by name, shaped as in ``torch.nn``."""

    def weights(self, member: int) -> dict[str, Tensor]:
        """Return copies of a member's parameters and buffers by name, shaped as in ``torch.nn``."""
        return self.unpack(self.snapshot(member))

    @abstractmethod
    def load_weights(self, member: int, weights: dict[str, Tensor]) -> None:
        """Set parameters and buffers that :meth:`weights` returned.

        Raises:
            UserError: names or shapes are those of another architecture.
        """

    @abstractmethod
    def state(self, member: int) -> dict[str, Tensor]:
        """Return copies of all tensors that a member's next step depends on: parameters, buffers, generators."""

    @abstractmethod
    def load_state(self, member: int, state: dict[str, Tensor]) -> None:
        """Set the state that :meth:`state` returned."""
