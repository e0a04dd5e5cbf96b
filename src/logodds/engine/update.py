"""What an optimiser does to ``flat`` given ``grad`` (see ``stack.py``), per member.

The formulas are those of ``torch.optim``, whose optimisers know one learning rate for all; the tests hold them equal.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from logodds.engine.newton import NewtonPass
from logodds.engine.optim import SGD, Adam, AdamW, Newton, Optim

if TYPE_CHECKING:
    from torch import Tensor

    from logodds.models.stacks.stack import Stack


class Update(ABC):
    """Abstract: one optimiser over a stack. ``slots``: its running averages by name, [slots, width]."""

    slots: dict[str, Tensor]

    @abstractmethod
    def begin(self, scales: Sequence[float], done: Sequence[int], steps: int) -> None:
        """Before an epoch of ``steps`` updates; per member, ``scales`` multiply its learning rate, and ``done`` of its
        updates came before."""

    @abstractmethod
    def step(self) -> None:
        """One update of ``flat`` from ``grad``, which it may overwrite."""


def update(options: Sequence[Optim], stack: Stack) -> Update:
    """The update of one kind of optimiser, each member with its own numbers."""
    if isinstance(options[0], SGD):
        return _SGDUpdate([option for option in options if isinstance(option, SGD)], stack)
    adams = [option for option in options if isinstance(option, Adam | AdamW)]
    return _FusedAdam(adams[0], stack) if stack.slots == 1 else _AdamUpdate(adams, stack)


def slots(stack: Stack, options: Sequence[Optim]) -> dict[str, Tensor]:
    """The buffers that the members' optimiser needs, as they are before the first epoch."""
    return NewtonPass.slots(stack) if isinstance(options[0], Newton) else update(options, stack).slots


def _column(values: Sequence[float], stack: Stack, padding: float = 0.0) -> Tensor:
    """[slots, 1]: a number per member."""
    return torch.tensor([*values, *[padding] * (stack.slots - len(values))], device=stack.device)[:, None]


class _SGDUpdate(Update):
    """Final. b = m b + g; step g + m b (Nesterov) or b; in a stack without momentum the buffer is left out."""

    def __init__(self, options: Sequence[SGD], stack: Stack) -> None:
        self._options = options
        self._stack = stack
        self._flat, self._grad = stack.flat, stack.grad
        self._momentum = _column([option.momentum for option in options], stack)
        decay = _column([option.weight_decay for option in options], stack)
        self._decay = decay * stack.decayed if any(option.weight_decay for option in options) else None
        self.slots = {}
        if any(option.momentum for option in options):
            self.slots["momentum"] = stack.flat.new_zeros(stack.flat.shape)
        self._rates: list[float] = []
        self._ahead = _column([option.momentum * option.nesterov for option in options], stack)
        self._some_ahead = any(option.nesterov for option in options)
        self._all_ahead = all(option.nesterov for option in options)
        self._behind = _column([float(not option.nesterov) for option in options], stack)

    def begin(self, scales: Sequence[float], done: Sequence[int], steps: int) -> None:
        rates = [-option.lr * scale for option, scale in zip(self._options, scales, strict=True)]
        if rates != self._rates:
            self._rates, self._rate = rates, _column(rates, self._stack)

    def step(self) -> None:
        flat, grad = self._flat, self._grad
        if self._decay is not None:
            grad.addcmul_(flat, self._decay)
        if self.slots:
            buffer = self.slots["momentum"]
            buffer.mul_(self._momentum).add_(grad)
            if not self._some_ahead:
                grad = buffer
            elif self._all_ahead:
                grad.addcmul_(buffer, self._ahead)
            else:  # each member takes its own form: g + m b ahead, b behind
                grad = grad.addcmul_(buffer, self._ahead).where(self._behind == 0.0, buffer)
        flat.addcmul_(grad, self._rate)


class _AdamUpdate(Update):
    """Final. m += (1 - b1)(g - m); v += (1 - b2)(g^2 - v); step -lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)."""

    def __init__(self, options: Sequence[Adam | AdamW], stack: Stack) -> None:
        self._options = options
        self._stack = stack
        self._flat, self._grad = stack.flat, stack.grad
        self._decoupled = isinstance(options[0], AdamW)
        self._decays = [option.weight_decay for option in options]
        l2 = not self._decoupled and any(self._decays)
        self._l2 = _column(self._decays, stack) * stack.decayed if l2 else None
        self._new1 = _column([1.0 - option.beta1 for option in options], stack)
        self._new2 = _column([1.0 - option.beta2 for option in options], stack)
        self._eps = _column([option.eps for option in options], stack, padding=1.0)
        self._square = stack.flat.new_zeros(stack.flat.shape)
        self.slots = {name: stack.flat.new_zeros(stack.flat.shape) for name in ("mean", "square")}

    def begin(self, scales: Sequence[float], done: Sequence[int], steps: int) -> None:
        rates: list[Tensor] = []
        roots: list[Tensor] = []
        for step in range(1, steps + 1):
            rate = [
                -option.lr * scale / (1.0 - option.beta1 ** (before + step))
                for option, scale, before in zip(self._options, scales, done, strict=True)
            ]
            rates.append(_column(rate, self._stack))
            root = [
                (1.0 - option.beta2 ** (before + step)) ** -0.5
                for option, before in zip(self._options, done, strict=True)
            ]
            roots.append(_column(root, self._stack))
        self._schedule = iter(zip(rates, roots, strict=True))
        if self._decoupled and any(self._decays):
            shrink = [
                option.lr * scale * option.weight_decay for option, scale in zip(self._options, scales, strict=True)
            ]
            self._shrink = 1.0 - _column(shrink, self._stack) * self._stack.decayed

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


class _FusedAdam(Update):
    """Final. torch's own kernel, which goes over memory once, for one large model; it has one learning rate for all, so
    it is not for stacks."""

    def __init__(self, option: Adam | AdamW, stack: Stack) -> None:
        self._option = option
        self._flat, self._grad = stack.flat[0], stack.grad[0]
        self.slots = {name: torch.zeros_like(stack.flat) for name in ("mean", "square")}
        # Stretches of weights, which decay, and of biases, which do not.
        decays, lengths = torch.unique_consecutive(option.weight_decay * stack.decayed, return_counts=True)
        self._decays, self._lengths = decays.tolist(), lengths.tolist()

    def begin(self, scales: Sequence[float], done: Sequence[int], steps: int) -> None:
        self._rate = self._option.lr * scales[0]
        parts = [self._flat, self._grad, self.slots["mean"][0], self.slots["square"][0]]
        cut = list(zip(*(torch.split(part, self._lengths) for part in parts), self._decays, strict=True))
        self._groups = []
        for decay in dict.fromkeys(self._decays):
            chosen = [tensors for *tensors, each in cut if each == decay]
            steps_done = [torch.tensor(float(done[0]), device=self._flat.device) for _ in chosen]
            self._groups.append(([list(each) for each in zip(*chosen, strict=True)], steps_done, decay))

    def step(self) -> None:
        option = self._option
        # What torch.optim.Adam(fused=True) calls, without the 50 µs in which it sorts its tensors anew in every step.
        update = torch._fused_adamw_ if isinstance(option, AdamW) else torch._fused_adam_
        for (flat, grad, mean, square), done, decay in self._groups:
            for each in done:
                each.add_(1.0)
            update(
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
