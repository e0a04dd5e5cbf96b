"""K models of one architecture as one: their parameters in one buffer, a row each.

An optimiser sees two matrices, ``flat`` and ``grad`` [slots, width], and nothing of layers. Rows are padded to whole
vectors, and batches too (see ``VECTOR``), so that a member's arithmetic is the same whatever its neighbours are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

import torch
from torch import Tensor

# ATen's elementwise kernels take 2 x 16 floats at a time (AVX-512) and finish with scalar code whose exp rounds
# otherwise. Buffers of whole multiples never reach the scalar code, so no result depends on a position in the stack.
VECTOR = 32


def padded(count: int) -> int:
    """The next multiple of ``VECTOR``."""
    return -(-count // VECTOR) * VECTOR


class Stack(ABC):
    """Abstract. A member is addressed by its index below ``members``; slots beyond are padding, never looked at."""

    members: int
    slots: int
    device: torch.device
    flat: Tensor  # [slots, width] every parameter
    grad: Tensor  # [slots, width] its gradient of the mean loss, after `gradients`
    decayed: Tensor  # [width] 1 where weight decay applies: weights, not biases or gains

    @abstractmethod
    def context(self) -> AbstractContextManager[object]:
        """The grad mode in which `gradients` and updates run."""

    @abstractmethod
    def gradients(self, x: Tensor, x_t: Tensor, slope: Tensor, shift: Tensor, logits: Tensor, valid: int) -> None:
        """One batch: write ``logits`` [slots, batch, 1] and ``grad``.

        ``x`` [slots, batch, inputs + 1] ends with a column of ones; ``x_t`` is its transpose. The batch's loss is the
        sum over rows of slope * softplus(z) + shift * z, so dL/dz = slope * s(z) + shift, with ``slope`` and ``shift``
        [slots, batch, 1]: a mean is in them already, and rows from ``valid`` on are padding and have zeros.
        """

    @abstractmethod
    def logits(self, member: int, x: Tensor) -> Tensor:
        """Logits [n] of one member for rows ``x`` [n, inputs + 1], without dropout."""

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
    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on: parameters, buffers, generators."""

    @abstractmethod
    def load_state(self, state: dict[str, Tensor]) -> None:
        """Set what :meth:`state` gave."""
