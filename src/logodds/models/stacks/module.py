"""Any ``torch.nn.Module`` as a stack of one member, with gradients by autograd; ``dense.py`` is the fast path."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, final

import torch
from torch import Tensor, nn

from logodds.models.stacks.feed import Feed, ModuleFeed
from logodds.models.stacks.padding import padded
from logodds.models.stacks.resident import Resident
from logodds.models.stacks.seeds import generator
from logodds.models.stacks.stack import Stack
from logodds.system.errors import JobError, UserError, of_added_code

ONE_ROW = "more than 1 value per channel"  # in the error of batch normalisation


@final
class ModuleStack(Stack):
    """A stack of one module, whose parameters become views of ``flat``.

    Args:
        module: the network, initialised; it maps what :meth:`Resident.take` returns to logits [n, outputs] or, in
            training with several heads, [n, heads, outputs]. It is moved to ``device``.
        outputs: logits per row and head.
        heads: networks of the module that have a loss each.
        random: the generator from which this project's own layers draw, such as ``networks/dropout.py``.
        seed: seed for PyTorch's layers, such as ``nn.Dropout``. They draw from the global generator, whose state is
            replaced by the module's own while the module runs.
        device: where parameters and batches are.
    """

    def __init__(
        self, module: nn.Module, outputs: int, heads: int, random: torch.Generator, seed: int, device: torch.device
    ) -> None:
        self.members = self.slots = 1
        self.outputs, self.heads = outputs, heads
        self.device = device
        self._module = module.to(device)
        self._random = random
        self._drawn = generator("module", seed, device).get_state()
        self._parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
        if not self._parameters:
            raise UserError("model: its module has no parameters to train; mend the model")
        if any(nn.parameter.is_lazy(parameter) for parameter in self._parameters):
            raise UserError("model: its module has lazy layers, whose width is not known before it runs; state it")
        size = sum(parameter.numel() for parameter in self._parameters)
        self.flat = torch.zeros(1, padded(size), device=device)
        self.grad = torch.zeros_like(self.flat)
        self.decayed = torch.zeros(self.flat.shape[1], device=device)
        start = 0
        for parameter in self._parameters:
            stop = start + parameter.numel()
            view = self.flat[0, start:stop].view_as(parameter)
            view.copy_(parameter.detach())
            parameter.data = view
            self.decayed[start:stop] = float(parameter.ndim > 1)
            start = stop
        self._written = self.grad[0, :size]

    def context(self) -> AbstractContextManager[object]:
        return torch.enable_grad()

    def feed(self, residents: Sequence[Resident]) -> Feed:
        return ModuleFeed(residents[0])

    def forward(self, inputs: Any, logits: Tensor) -> None:
        self._module.train()
        outside = _global_state(self.device)
        _set_global_state(self.device, self._drawn)
        try:
            self._z = self._run(inputs, self.heads).reshape(-1, self.outputs)
        finally:
            self._drawn = _global_state(self.device)
            _set_global_state(self.device, outside)
        logits[0, : len(self._z)] = self._z.detach()

    def backward(self, inputs: Any, residual: Tensor) -> None:
        # Cheaper than clearing `.grad` and adding to it, which matters if an embedding is large.
        with of_added_code("model: backward", "mend the model"):
            gradients = torch.autograd.grad(
                self._z, self._parameters, residual[0, : len(self._z)], allow_unused=True, materialize_grads=True
            )
        with torch.no_grad():
            torch.cat([gradient.reshape(-1) for gradient in gradients], out=self._written)

    def logits(self, rows: Resident, members: Sequence[int]) -> Tensor:
        self._module.eval()
        logits = torch.empty(1, len(rows), self.outputs, device=self.device)
        with torch.inference_mode():
            for block in rows.blocks() if len(rows) else ():
                logits[0, block] = self._run(rows.take(block), 1)
        return logits

    def _run(self, inputs: Any, heads: int) -> Tensor:
        """Return the logits of a batch: [n, outputs], or [n, heads, outputs] of several heads.

        Raises:
            UserError: the module is not as it should be: it raises an exception, or returns something else.
            JobError: it has batch normalisation, and the batch has one row.
        """
        rows = len(inputs[-1] if isinstance(inputs, tuple) else inputs)
        with of_added_code("model: forward()", "mend the model"):
            try:
                z = self._module(inputs)
            except ValueError as error:
                if rows == 1 and ONE_ROW in str(error):
                    advice = "take a batch size that leaves no batch of one row"
                    raise JobError(f"train.batch_size: {error}; {advice}") from error
                raise
        wanted = [rows, self.outputs] if heads == 1 else [rows, heads, self.outputs]
        if not isinstance(z, Tensor) or list(z.shape) != wanted:
            given = list(z.shape) if isinstance(z, Tensor) else type(z).__name__
            raise UserError(f"model: forward() returns {given} for {rows} rows, not {wanted}; mend it")
        return z

    def regrouped(self, staying: Sequence[int], joining: Sequence[Stack]) -> Stack:
        return self if staying else joining[0]

    def snapshot(self, member: int) -> dict[str, Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self._module.state_dict().items()}

    def unpack(self, snapshot: dict[str, Tensor]) -> dict[str, Tensor]:
        return snapshot

    def load_weights(self, member: int, weights: dict[str, Tensor]) -> None:
        try:
            self._module.load_state_dict(weights)
        except RuntimeError as error:
            raise UserError(f"weights do not fit the model: {str(error).splitlines()[-1].strip()}") from error

    def state(self, member: int) -> dict[str, Tensor]:
        return {**self.weights(0), "random": self._random.get_state(), "drawn": self._drawn.clone()}

    def load_state(self, member: int, state: dict[str, Tensor]) -> None:
        self._random.set_state(state["random"])
        self._drawn = state["drawn"].clone()
        self.load_weights(0, {name: tensor for name, tensor in state.items() if name not in ("random", "drawn")})


def _global_state(device: torch.device) -> Tensor:
    """Return the state of the global generator, from which PyTorch's own layers draw."""
    return torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state()


def _set_global_state(device: torch.device, state: Tensor) -> None:
    if device.type == "cuda":
        torch.cuda.set_rng_state(state, device)
    else:
        torch.set_rng_state(state)
