"""Stacks of fully connected networks, with gradients written out by hand.

The biases are the last row of a layer's weight matrix, and the layer's input ends with a column of ones. So a layer
needs one matrix product forward and two backward.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import final

import torch
from torch import Tensor, bmm

from logodds.models.stacks.activations import ACTIVATIONS
from logodds.models.stacks.feed import Feed, WideFeed
from logodds.models.stacks.padding import padded
from logodds.models.stacks.resident import Resident, Wide
from logodds.models.stacks.seeds import generator
from logodds.models.stacks.stack import Stack
from logodds.system.errors import UserError

# torch.bmm takes another code path for one matrix than for more and rounds differently, so a solo run has two slots.
FEWEST_SLOTS = 2
GROUP = 32  # members whose logits are computed at a time, to bound the memory
LARGEST_STACKED = 1 << 14  # weights of a layer; one larger product fills the machine, so stacking gains nothing


def is_large(widths: Sequence[int]) -> bool:
    """Return whether a network is so large that it is never stacked: it trains alone, without a second slot."""
    return any(fan_in * fan_out > LARGEST_STACKED for fan_in, fan_out in pairwise(widths))


@final
class DenseStack(Stack):
    """Several networks inputs -> hidden layers -> logits.

    Args:
        widths: number of inputs, of units of each hidden layer, and of logits.
        activation: activation function of the hidden layers; without effect if there are none.
        dropouts: per member, the probability that a hidden unit is dropped.
        seeds: per member, the seed; initial weights are those of ``torch.nn.Linear`` after ``torch.manual_seed(seed)``.
        batch: rows per batch, already padded.
        device: where parameters and batches are.
        connected: zeros and ones [inputs, first width]; a weight of the first layer is fixed at zero where it has a
            zero. None: no weight is fixed.
    """

    def __init__(
        self,
        widths: Sequence[int],
        activation: str,
        dropouts: Sequence[float],
        seeds: Sequence[int],
        batch: int,
        device: torch.device,
        connected: Tensor | None = None,
    ) -> None:
        self.members = len(seeds)
        self.slots = self.members if is_large(widths) else max(FEWEST_SLOTS, self.members)
        self.outputs, self.heads = widths[-1], 1
        self.device = device
        self._widths = tuple(widths)
        self._activation = ACTIVATIONS[activation]
        self._module = self._activation.module()
        self._made_of = widths, activation, dropouts, seeds, batch, device, connected
        self._drops = [bool(rate) and len(widths) > 2 for rate in dropouts]
        self._connected = None if connected is None else connected.to(device)
        self._shapes = shapes = [(fan_in + 1, fan_out) for fan_in, fan_out in pairwise(widths)]
        size = sum(rows * columns for rows, columns in shapes)
        with torch.inference_mode():
            # Rows of `flat` are padded to whole vectors. Rows of `grad` are not: a product into a gradient that is not
            # contiguous takes twice as long. Because of the different strides, ATen computes row by row whatever reads
            # both buffers or has a number per member.
            self.flat = torch.zeros(self.slots, padded(size), device=device)[:, :size]
            self.grad = torch.zeros(self.slots, size, device=device)
            self.decayed = torch.zeros(size, device=device)
            self._weights = self._views(self.flat, shapes)
            self._gradients = self._views(self.grad, shapes)
            for view in self._views(self.decayed[None], shapes):
                view[:, :-1] = 1.0
            self._back = [weight[:, :-1].transpose(1, 2) for weight in self._weights]
            self._last, self._first = self._weights[-1], self._gradients[0]
            hidden = self._widths[1:-1]
            self._hidden, self._hidden_back = range(len(hidden)), range(len(hidden) - 1, -1, -1)
            self._z = [torch.zeros(self.slots, batch, width, device=device) for width in hidden]
            self._d = [torch.zeros_like(z) for z in self._z]
            self._h = [torch.ones(self.slots, batch, width + 1, device=device) for width in hidden]
            self._h_t = [h.transpose(1, 2) for h in self._h]
            self._units = [h[:, :, :-1] for h in self._h]
            self._masks = self._dropout(dropouts, batch)
            # Only relu may write into `units` directly. With strided output, sigmoid takes its scalar code and torch's
            # gelu writes to the wrong elements. With dropout, the derivative needs the value from before the mask.
            self._straight = activation == "relu" and not self._masks
            self._values = self._units if self._straight else [torch.zeros_like(z) for z in self._z]
            self._generators = [generator("dropout", seed, device) for seed in seeds]
            self._random = [(k, self._generators[k]) for k, drops in enumerate(self._drops) if drops]
            for member, seed in enumerate(seeds):
                self._initialise(member, generator("init", seed, torch.device("cpu")))

    def _views(self, buffer: Tensor, shapes: Sequence[tuple[int, int]]) -> list[Tensor]:
        views, start = [], 0
        for rows, columns in shapes:
            views.append(buffer[:, start : start + rows * columns].view(-1, rows, columns))
            start += rows * columns
        return views

    def _dropout(self, dropouts: Sequence[float], batch: int) -> list[Tensor]:
        if not any(self._drops):
            return []
        rates = [*dropouts, *[0.0] * (self.slots - self.members)]
        self._rate = torch.tensor(rates, device=self.device)[:, None]
        self._kept = 1.0 / (1.0 - self._rate)
        widths = self._widths[1:-1]
        self._noise = torch.zeros(self.slots, batch * sum(widths), device=self.device)
        views, start = [], 0
        for width in widths:
            views.append(self._noise[:, start : start + batch * width].view(self.slots, batch, width))
            start += batch * width
        return views

    def _initialise(self, member: int, random: torch.Generator) -> None:
        for weight in self._weights:
            fan_in, fan_out = weight.shape[1] - 1, weight.shape[2]
            bound = 1.0 / math.sqrt(fan_in)  # torch.nn.Linear: kaiming_uniform(a=sqrt(5)), and the same for its bias
            # The bound as kaiming_uniform rounds it, so that the initial weights are torch's to the last bit.
            spread = math.sqrt(3.0) * (math.sqrt(2.0 / (1 + math.sqrt(5) ** 2)) / math.sqrt(fan_in))
            matrix = torch.empty(fan_out, fan_in).uniform_(-spread, spread, generator=random)
            bias = torch.empty(fan_out).uniform_(-bound, bound, generator=random)
            weight[member, :-1] = matrix.T.to(self.device)
            weight[member, -1] = bias.to(self.device)
        if self._connected is not None:
            self._weights[0][member, :-1] *= self._connected

    def context(self) -> AbstractContextManager[object]:
        return torch.inference_mode()

    def feed(self, residents: Sequence[Resident]) -> Feed:
        return WideFeed([resident for resident in residents if isinstance(resident, Wide)], self.slots)

    def forward(self, inputs: tuple[Tensor, Tensor], logits: Tensor) -> None:
        # An update takes about 10 µs, so that attribute look-ups matter; hence `self._last` and the like.
        masks = self._masks
        if masks:
            self._draw_masks()
        below = inputs[0]
        for layer in self._hidden:
            z = self._z[layer]
            bmm(below, self._weights[layer], out=z)
            self._activation.forward(z, self._values[layer])
            if masks:
                torch.mul(self._values[layer], masks[layer], out=self._units[layer])
            elif not self._straight:
                self._units[layer].copy_(self._values[layer])
            below = self._h[layer]
        bmm(below, self._last, out=logits)

    def backward(self, inputs: tuple[Tensor, Tensor], residual: Tensor) -> None:
        for layer in self._hidden_back:
            bmm(self._h_t[layer], residual, out=self._gradients[layer + 1])
            deeper = self._d[layer]
            bmm(residual, self._back[layer + 1], out=deeper)
            if self._masks:
                deeper.mul_(self._masks[layer])
            self._activation.backward(deeper, self._z[layer], self._values[layer])
            residual = deeper
        bmm(inputs[1], residual, out=self._first)
        if self._connected is not None:
            self._first[:, :-1].mul_(self._connected)

    def _draw_masks(self) -> None:
        """Draw inverted dropout masks, each member's from its own generator: 0 with probability p, else 1 / (1 - p)."""
        for member, random in self._random:
            self._noise[member].uniform_(generator=random)
        torch.ge(self._noise, self._rate, out=self._noise)
        self._noise.mul_(self._kept)

    def logits(self, rows: Resident, members: Sequence[int]) -> Tensor:
        if not isinstance(rows, Wide) or not len(rows):
            return torch.empty(len(members), 0, self.outputs, device=self.device)
        parts = []
        with torch.inference_mode():
            for first in range(0, len(members), GROUP):
                chosen = members[first : first + GROUP]
                # Never compute one slot alone if there are several, see FEWEST_SLOTS.
                stop = min(max(max(chosen) + 1, min(chosen) + FEWEST_SLOTS), self.slots)
                start = max(min(min(chosen), stop - FEWEST_SLOTS), 0)
                blocks = [self._logits(slice(start, stop), block)[:, :count] for block, count in rows.wide()]
                whole = blocks[0] if len(blocks) == 1 else torch.cat(blocks, 1)
                if list(chosen) == list(range(chosen[0], chosen[-1] + 1)):  # a slice makes no copy
                    parts.append(whole[chosen[0] - start : chosen[-1] + 1 - start])
                else:
                    parts.append(whole[[member - start for member in chosen]])
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _logits(self, cut: slice, x: Tensor) -> Tensor:
        """Return the logits [s, n, outputs] of s consecutive slots for rows ``x`` [n, inputs + 1]."""
        first, *others = self._weights
        values = bmm(x.expand(cut.stop - cut.start, -1, -1), first[cut])
        for weight in others:
            matrix = weight[cut]
            values = torch.baddbmm(matrix[:, -1:], self._module(values), matrix[:, :-1])
        return values

    def regrouped(self, staying: Sequence[int], joining: Sequence[Stack]) -> DenseStack:
        widths, activation, _, _, batch, device, connected = self._made_of
        parts = [
            (self, staying),
            *((other, range(other.members)) for other in joining if isinstance(other, DenseStack)),
        ]
        dropouts = [part._made_of[2][k] for part, chosen in parts for k in chosen]
        seeds = [part._made_of[3][k] for part, chosen in parts for k in chosen]
        regrouped = DenseStack(widths, activation, dropouts, seeds, batch, device, connected)
        for slot, (part, member) in enumerate((part, k) for part, chosen in parts for k in chosen):
            regrouped.load_state(slot, part.state(member))
        return regrouped

    def snapshot(self, member: int) -> dict[str, Tensor]:
        return {"flat": self.flat[member].clone()}

    def unpack(self, snapshot: dict[str, Tensor]) -> dict[str, Tensor]:
        weights: dict[str, Tensor] = {}
        for layer, (matrix,) in enumerate(self._views(snapshot["flat"][None], self._shapes)):
            weights[f"layers.{layer}.weight"] = matrix[:-1].T.clone(memory_format=torch.contiguous_format)
            weights[f"layers.{layer}.bias"] = matrix[-1].clone()
        return weights

    def load_weights(self, member: int, weights: dict[str, Tensor]) -> None:
        expected = {name: tensor.shape for name, tensor in self.weights(member).items()}
        if expected != {name: tensor.shape for name, tensor in weights.items()}:
            raise UserError(f"weights do not fit the model: expected {_described(expected)}")
        with torch.inference_mode():
            for layer, weight in enumerate(self._weights):
                weight[member, :-1] = weights[f"layers.{layer}.weight"].T.to(self.device)
                weight[member, -1] = weights[f"layers.{layer}.bias"].to(self.device)

    def state(self, member: int) -> dict[str, Tensor]:
        state = self.snapshot(member)
        if self._drops[member]:
            state["dropout"] = self._generators[member].get_state()
        return state

    def load_state(self, member: int, state: dict[str, Tensor]) -> None:
        with torch.inference_mode():
            self.flat[member] = state["flat"]
        if self._drops[member]:
            self._generators[member].set_state(state["dropout"])


def _described(shapes: dict[str, torch.Size]) -> str:
    return ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
