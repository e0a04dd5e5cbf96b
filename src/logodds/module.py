"""Any ``torch.nn.Module`` as a stack of one, with gradients by autograd: the general path beside ``dense.py``."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn

from logodds.errors import JobError, UserError
from logodds.stack import Stack, padded


class ModuleStack(Stack):
    """Final. One module, rows [n, inputs] -> logits [n]; its parameters become views of ``flat``.

    Args:
        module: built and initialised; it is moved to ``device``.
        random: the generator that its own dropout layers draw from.
    """

    def __init__(self, module: nn.Module, random: torch.Generator, device: torch.device) -> None:
        self.members = self.slots = 1
        self.device = device
        self._module = module.to(device)
        self._random = random
        parameters = list(module.parameters())
        size = sum(parameter.numel() for parameter in parameters)
        self.flat = torch.zeros(1, padded(size), device=device)
        self.grad = torch.zeros_like(self.flat)
        self.decayed = torch.zeros(self.flat.shape[1], device=device)
        start = 0
        for parameter in parameters:
            stop = start + parameter.numel()
            view = self.flat[0, start:stop].view_as(parameter)
            view.copy_(parameter.detach())
            parameter.data = view
            parameter.grad = self.grad[0, start:stop].view_as(parameter)
            self.decayed[start:stop] = float(parameter.ndim > 1)
            start = stop

    def context(self) -> AbstractContextManager[object]:
        return torch.enable_grad()

    def gradients(self, x: Tensor, x_t: Tensor, slope: Tensor, shift: Tensor, logits: Tensor, valid: int) -> None:
        self._module.train()
        self.grad.zero_()
        try:
            z = self._module(x[0, :valid, :-1])
        except ValueError as error:  # BatchNorm's word for a batch of one row
            raise JobError(f"train.batch_size: {error}; take a batch size that leaves no batch of one row") from error
        logits[0, :valid, 0] = z.detach()
        z.backward(torch.addcmul(shift[0, :valid, 0], slope[0, :valid, 0], z.detach().sigmoid()))

    def logits(self, member: int, x: Tensor) -> Tensor:
        self._module.eval()
        with torch.inference_mode():
            found: Tensor = self._module(x[:, :-1])
            return found

    def snapshot(self, member: int) -> dict[str, Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self._module.state_dict().items()}

    def unpack(self, snapshot: dict[str, Tensor]) -> dict[str, Tensor]:
        return snapshot

    def load_weights(self, member: int, weights: dict[str, Tensor]) -> None:
        try:
            self._module.load_state_dict(weights)
        except RuntimeError as error:
            raise UserError(f"weights do not fit the model: {str(error).splitlines()[-1].strip()}") from error

    def state(self) -> dict[str, Tensor]:
        return {**self.weights(0), "random": self._random.get_state()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        self._random.set_state(state["random"])
        self.load_weights(0, {name: tensor for name, tensor in state.items() if name != "random"})
