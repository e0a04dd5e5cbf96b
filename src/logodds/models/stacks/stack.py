"""K models of one architecture as one: their parameters in one buffer, a row each.

An optimiser sees two matrices, ``flat`` and ``grad`` [slots, width], and nothing of layers. Rows are padded to whole
vectors, and batches too (see ``VECTOR``), so that a member's arithmetic is the same whatever its neighbours are.
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

# MKL picks among its kernels by the addresses of the data on some processors (AMD's Zen 1, for one), so that a product
# would depend on the place in the stack. With its conditional reproducibility it does not; it costs no time. MKL reads
# the setting at its first product.
os.environ.setdefault("MKL_CBWR", "AUTO")

if TYPE_CHECKING:
    from logodds.models.stacks.feed import Feed
    from logodds.models.stacks.resident import Resident


def log_odds(logits: Tensor) -> NDArray[np.float32]:
    """Logits [n, outputs] as metrics read them: of two classes the log-odds [n] of the positive one, else [n, C]."""
    if logits.shape[1] > 2:
        return logits.cpu().numpy()
    return (logits[:, 0] if logits.shape[1] == 1 else logits[:, 1] - logits[:, 0]).cpu().numpy()


class Stack(ABC):
    """Abstract. A member is addressed by its index below ``members``; slots beyond are padding, never looked at."""

    members: int
    slots: int
    outputs: int  # logits per row
    device: torch.device
    flat: Tensor  # [slots, width] every parameter
    grad: Tensor  # [slots, width] its gradient of the batch's loss, after `backward`
    decayed: Tensor  # [width] 1 where weight decay applies: weights, not biases or gains

    @abstractmethod
    def context(self) -> AbstractContextManager[object]:
        """The grad mode in which `forward`, `backward` and updates run."""

    @abstractmethod
    def feed(self, residents: Sequence[Resident]) -> Feed:
        """What turns each member's rows into the ``inputs`` of `forward` and `backward`."""

    @abstractmethod
    def forward(self, inputs: Any, logits: Tensor) -> None:
        """One batch: write ``logits`` [slots, batch, outputs]."""

    @abstractmethod
    def backward(self, inputs: Any, residual: Tensor) -> None:
        """The batch that `forward` has just seen: write ``grad``, for ``residual`` [slots, batch, outputs] = dL/dz.

        A mean over rows is in it already, and rows that are padding have zeros.
        """

    @abstractmethod
    def logits(self, rows: Resident, members: Sequence[int]) -> Tensor:
        """Logits [members, n, outputs] of some members, in the rows' order, without dropout."""

    @abstractmethod
    def regrouped(self, staying: Sequence[int], joining: Sequence[Stack]) -> Stack:
        """A stack of some of the members as they are now, followed by all of others', to go on with; those stacks are
        not to be used any more."""

    @abstractmethod
    def snapshot(self, member: int) -> dict[str, Tensor]:
        """A copy of one member's parameters and buffers in the stack's own form, cheap enough for every epoch."""

    @abstractmethod
    def unpack(self, snapshot: dict[str, Tensor]) -> dict[str, Tensor]:
        """A snapshot by name, shaped as in ``torch.nn``."""

    def weights(self, member: int) -> dict[str, Tensor]:
        """One member's parameters and buffers by name, shaped as in ``torch.nn``; copies."""
        return self.unpack(self.snapshot(member))

    @abstractmethod
    def load_weights(self, member: int, weights: dict[str, Tensor]) -> None:
        """Set what :meth:`weights` gave.

        Raises:
            UserError: a name or a shape of another architecture.
        """

    @abstractmethod
    def state(self, member: int) -> dict[str, Tensor]:
        """All that a member's next step depends on: parameters, buffers, generators; copies."""

    @abstractmethod
    def load_state(self, member: int, state: dict[str, Tensor]) -> None:
        """Set what :meth:`state` gave."""
