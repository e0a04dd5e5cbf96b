"""SGD over a stack: the formulas of ``torch.optim.SGD``, each member with its own hyperparameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

from logodds.engine.update import Update, column

if TYPE_CHECKING:
    from logodds.engine.optimisers.sgd import SGD
    from logodds.models.stacks.stack import Stack


@final
class SGDUpdate(Update):
    """SGD for several members.

    With gradient g, momentum m and buffer b, b becomes m b + g, and the weights change by -lr (g + m b) with Nesterov
    momentum, else by -lr b. A stack without momentum has no buffer.
    """

    def __init__(self, options: Sequence[SGD], stack: Stack) -> None:
        self._options = options
        self._stack = stack
        self._flat, self._grad = stack.flat, stack.grad
        self._momentum = column([option.momentum for option in options], stack)
        decay = column([option.weight_decay for option in options], stack)
        self._decay = decay * stack.decayed if any(option.weight_decay for option in options) else None
        self.slots = {}
        if any(option.momentum for option in options):
            self.slots["momentum"] = stack.flat.new_zeros(stack.flat.shape)
        self._rates: list[float] = []
        self._ahead = column([option.momentum * option.nesterov for option in options], stack)
        self._some_ahead = any(option.nesterov for option in options)
        self._all_ahead = all(option.nesterov for option in options)
        self._behind = column([float(not option.nesterov) for option in options], stack)

    def begin(self, scales: Sequence[float], done: Sequence[int], steps: int) -> None:
        rates = [-option.lr * scale for option, scale in zip(self._options, scales, strict=True)]
        if rates != self._rates:
            self._rates, self._rate = rates, column(rates, self._stack)

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
            else:  # some members use Nesterov momentum, g + m b, and the others b
                grad = grad.addcmul_(buffer, self._ahead).where(self._behind == 0.0, buffer)
        flat.addcmul_(grad, self._rate)
