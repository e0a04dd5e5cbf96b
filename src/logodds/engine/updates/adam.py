"""Adam and AdamW over a stack: the formulas of ``torch.optim``, each member with its own hyperparameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

import torch

from logodds.engine.update import Update, column, columns

if TYPE_CHECKING:
    from logodds.engine.optimisers.adam import Adam
    from logodds.models.stacks.stack import Stack


def adam_update(options: Sequence[Adam], stack: Stack, *, decoupled: bool) -> Update:
    """Return the update of a stack by Adam, or by AdamW if weight decay is ``decoupled``."""
    if stack.slots == 1:
        return FusedAdam(options[0], stack, decoupled=decoupled)
    return AdamUpdate(options, stack, decoupled=decoupled)


@final
class AdamUpdate(Update):
    """Adam for several members.

    With gradient g, running means m and v, and update number t, the update is
        m += (1 - beta1) (g - m);   v += (1 - beta2) (g^2 - v);
        w -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps).
    """

    def __init__(self, options: Sequence[Adam], stack: Stack, *, decoupled: bool) -> None:
        self._options = options
        self._stack = stack
        self._flat, self._grad = stack.flat, stack.grad
        self._decoupled = decoupled
        self._decays = [option.weight_decay for option in options]
        l2 = not self._decoupled and any(self._decays)
        self._l2 = column(self._decays, stack) * stack.decayed if l2 else None
        self._new1 = column([1.0 - option.beta1 for option in options], stack)
        self._new2 = column([1.0 - option.beta2 for option in options], stack)
        self._eps = column([option.eps for option in options], stack, padding=1.0)
        self._square = stack.flat.new_zeros(stack.flat.shape)
        self.slots = {name: stack.flat.new_zeros(stack.flat.shape) for name in ("mean", "square")}

    def begin(self, scales: Sequence[float], done: Sequence[int], steps: int) -> None:
        rates = [
            [
                -option.lr * scale / (1.0 - option.beta1 ** (before + step))
                for option, scale, before in zip(self._options, scales, done, strict=True)
            ]
            for step in range(1, steps + 1)
        ]
        roots = [
            [
                (1.0 - option.beta2 ** (before + step)) ** -0.5
                for option, before in zip(self._options, done, strict=True)
            ]
            for step in range(1, steps + 1)
        ]
        self._schedule = zip(columns(rates, self._stack), columns(roots, self._stack), strict=True)
        if self._decoupled and any(self._decays):
            shrink = [
                option.lr * scale * option.weight_decay for option, scale in zip(self._options, scales, strict=True)
            ]
            self._shrink = 1.0 - column(shrink, self._stack) * self._stack.decayed

    def step(self) -> None:
        flat, grad = self._flat, self._grad
        mean, square, root = self.slots["mean"], self.slots["square"], self._square
        rate, inverse = next(self._schedule)
        if self._decoupled and any(self._decays):
            flat.mul_(self._shrink)
        elif self._l2 is not None:
            grad.addcmul_(flat, self._l2)
        mean.lerp_(grad, self._new1)
        square.lerp_(grad.square_(), self._new2)
        torch.sqrt(square, out=root).mul_(inverse).add_(self._eps)
        flat.addcmul_(torch.div(mean, root, out=root), rate)


@final
class FusedAdam(Update):
    """Adam for one large model, by PyTorch's fused kernel, which reads the memory once.

    The kernel has one learning rate for all weights, so it cannot be used for several members.
    """

    def __init__(self, option: Adam, stack: Stack, *, decoupled: bool) -> None:
        self._option = option
        # torch.optim.Adam(fused=True) calls this kernel, but groups its tensors again in every step, which takes 50 µs.
        self._kernel = torch._fused_adamw_ if decoupled else torch._fused_adam_
        self._flat, self._grad = stack.flat[0], stack.grad[0]
        self.slots = {name: torch.zeros_like(stack.flat) for name in ("mean", "square")}
        # Lengths of the sections of weights, which decay, and of biases, which do not.
        decays, lengths = torch.unique_consecutive(option.weight_decay * stack.decayed, return_counts=True)
        self._decays, self._lengths = decays.tolist(), lengths.tolist()

    def begin(self, scales: Sequence[float], done: Sequence[int], steps: int) -> None:
        self._rate = self._option.lr * scales[0]
        parts = [self._flat, self._grad, self.slots["mean"][0], self.slots["square"][0]]
        cut = list(zip(*(torch.split(part, self._lengths) for part in parts), self._decays, strict=True))
        self._groups = []
        for decay in dict.fromkeys(self._decays):
            chosen = [tensors for *tensors, rate in cut if rate == decay]
            steps_done = [torch.tensor(float(done[0]), device=self._flat.device) for _ in chosen]
            self._groups.append(([list(sections) for sections in zip(*chosen, strict=True)], steps_done, decay))

    def step(self) -> None:
        option = self._option
        for (flat, grad, mean, square), done, decay in self._groups:
            for count in done:
                count.add_(1.0)
            self._kernel(
                flat,
                grad,
                mean,
                square,
                [],
                done,
                lr=self._rate,
                beta1=option.beta1,
                beta2=option.beta2,
                eps=option.eps,
                weight_decay=decay,
                amsgrad=False,
                maximize=False,
            )
