"""What one epoch of training does: mini-batches of one optimiser step each, or one Newton step over all rows.

Rows stay on the device; a pass gathers them chunk by chunk in the order of ``order.py`` and cuts the chunk into batches
in one call, so that an update is little more than its arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from logodds import optim
from logodds.errors import UserError
from logodds.loss import coefficients, row_losses
from logodds.optim import Newton
from logodds.order import fill, permutation
from logodds.schedule import rate_scale
from logodds.solve import Solution, newton_step
from logodds.stack import Stack, padded

if TYPE_CHECKING:
    from logodds.fit import Data, Member, TrainState

CHUNK_NUMBERS = 1 << 20  # of float32 gathered at a time: 4 MiB stay in the cache between gathering and use


def slots(stack: Stack, members: Sequence[Member]) -> dict[str, Tensor]:
    """The buffers that the members' optimiser needs, as they are before the first epoch."""
    if isinstance(members[0].optim, Newton):
        return NewtonPass.slots(stack)
    return _update(stack, members).slots


def make(state: TrainState, members: Sequence[Member], data: Data) -> BatchPass | NewtonPass:
    """The pass that the members' optimiser asks for; its ``run`` is one epoch and gives each member's loss."""
    return (NewtonPass if isinstance(members[0].optim, Newton) else BatchPass)(state, members, data)


def _update(stack: Stack, members: Sequence[Member]) -> optim.Update:
    return optim.update([member.optim for member in members], stack)


def with_ones(x: NDArray[np.float32], device: torch.device) -> Tensor:
    """Rows on the device, with the column that biases multiply."""
    return torch.from_numpy(np.concatenate([x, np.ones((len(x), 1), np.float32)], axis=1)).to(device)


@dataclass(frozen=True)
class Chunk:
    """Views of the buffers that hold some batches, cut once: at 10 µs per update cutting them each time would show.

    ``rows``, ``shares``, ``gains``: per member, what its rows are gathered into; ``batches``: rows, their transpose,
    slope, shift, logits and number of rows of each batch. The rest holds all batches of the chunk: ``share``, ``gain``,
    ``slope``, ``shift`` [slots, places, 1], ``scale`` [places, 1] minus one over the rows of the place's batch, 0 for
    padding, ``logits`` [slots, batches, padded size].
    """

    rows: list[Tensor]
    shares: list[Tensor]
    gains: list[Tensor]
    batches: list[tuple[Tensor, Tensor, Tensor, Tensor, Tensor, int]]
    share: Tensor
    gain: Tensor
    slope: Tensor
    shift: Tensor
    scale: Tensor
    logits: Tensor


class BatchPass:
    """Final. One epoch of mini-batches."""

    def __init__(self, state: TrainState, members: Sequence[Member], data: Data) -> None:
        self._state, self._members = state, members
        stack = state.stack
        self._rows = len(data.t_train)
        self._size = min(members[0].train.batch_size, self._rows)
        self._padded = padded(self._size)
        self._count = -(-self._rows // self._size)
        self._last = self._rows - (self._count - 1) * self._size  # rows of the last batch
        with stack.context():
            self._update = _update(stack, members)
            self._update.slots.update(state.slots)  # the state's buffers, so that a restored run goes on from them
            self._x = with_ones(data.x_train, stack.device)
            target = torch.from_numpy(data.t_train.astype(np.float32)).to(stack.device)
            self._loss = [coefficients(target[:, None], member.loss) for member in members]
            self._weighted = any(gain is not None for gain, _ in self._loss)
            self._length = min(self._count, max(1, CHUNK_NUMBERS // (stack.slots * self._padded * self._x.shape[1])))
            self._chunks = self._cut_chunks()
            # Places that hold no row repeat row 0, and count for nothing.
            self._places = [torch.zeros(self._count, self._padded, dtype=torch.int64) for _ in members]
            self._means = torch.zeros(stack.slots, self._count, dtype=torch.float64, device=stack.device)
            sizes = [self._size] * (self._count - 1) + [self._last]
            self._sizes = torch.tensor(sizes, dtype=torch.float64, device=stack.device)
            self._clip = None
            clips = [member.train.clip_norm for member in members]
            if any(clip is not None for clip in clips):
                norms = [float("inf") if clip is None else clip for clip in clips]
                self._clip = torch.tensor([*norms, *[1.0] * (stack.slots - len(norms))], device=stack.device)[:, None]

    def _cut_chunks(self) -> list[tuple[int, int, Chunk]]:
        """First batch, last batch and views of each chunk; the buffers behind them are the same."""
        stack, places = self._state.stack, self._length * self._padded
        x = torch.zeros(stack.slots, places, self._x.shape[1], device=stack.device)
        share, gain, shift = (torch.ones(stack.slots, places, 1, device=stack.device) for _ in range(3))
        logits = torch.zeros(self._length, stack.slots, self._padded, 1, device=stack.device)
        chunks: list[tuple[int, int, Chunk]] = []
        for first in range(0, self._count, self._length):
            last = min(first + self._length, self._count)
            if chunks and last < self._count:
                chunks.append((first, last, chunks[0][2]))
                continue
            cut, short = slice((last - first) * self._padded), self._last if last == self._count else self._size
            chunk = self._cut(x[:, cut], share[:, cut], gain[:, cut], shift[:, cut], logits[: last - first], short)
            chunks.append((first, last, chunk))
        return chunks

    def _cut(self, x: Tensor, share: Tensor, gain: Tensor, shift: Tensor, logits: Tensor, short: int) -> Chunk:
        """Views of one chunk, the last batch of which has ``short`` rows."""
        stack, size = self._state.stack, self._padded
        rows = [self._size] * (len(logits) - 1) + [short]
        scale = torch.zeros(len(logits), size, 1, device=x.device)
        for index, count in enumerate(rows):
            scale[index, :count] = 1.0 / count
        scale = scale.view(-1, 1)
        slope = scale.repeat(stack.slots, 1, 1)
        transposed = torch.split(x.transpose(1, 2), size, 2)
        parts = [torch.split(part, size, 1) for part in (x, slope, shift)]
        return Chunk(
            rows=[x[k] for k in range(stack.members)],
            shares=[share[k] for k in range(stack.members)],
            gains=[gain[k] for k in range(stack.members)],
            batches=list(zip(parts[0], transposed, *parts[1:], logits.unbind(0), rows, strict=True)),
            share=share,
            gain=gain,
            slope=slope,
            shift=shift,
            scale=-scale,
            logits=logits.transpose(0, 1)[..., 0],
        )

    def run(self) -> list[float]:
        """Every row once; the loss is the mean over rows, each at its own batch, as a running loss is."""
        state, stack = self._state, self._state.stack
        scales = [rate_scale(member.train, state.epoch) for member in self._members]
        self._update.begin(scales, state.step, self._count)
        for order, random in zip(self._places, state.orders, strict=True):
            fill(order, permutation(random, self._rows), self._size)
        places = [order.to(stack.device) for order in self._places]
        for first, last, chunk in self._chunks:
            self._train(chunk, [order[first:last].view(-1) for order in places])
            # By batch: chunks are shorter in larger stacks, and another order of summation has other last bits.
            losses = row_losses(chunk.logits, chunk.slope.view_as(chunk.logits), -chunk.shift.view_as(chunk.logits))
            torch.sum(losses, 2, dtype=torch.float64, out=self._means[:, first:last])
        state.step += self._count
        return [total / self._rows for total in (self._means * self._sizes).sum(1).tolist()[: stack.members]]

    def _train(self, chunk: Chunk, rows: Sequence[Tensor]) -> None:
        """Gather each member's rows of the chunk and make an update per batch."""
        stack = self._state.stack
        for k, (gain, share) in enumerate(self._loss):
            torch.index_select(self._x, 0, rows[k], out=chunk.rows[k])
            torch.index_select(share, 0, rows[k], out=chunk.shares[k])
            if gain is not None:
                torch.index_select(gain, 0, rows[k], out=chunk.gains[k])
        torch.mul(chunk.share, chunk.scale, out=chunk.shift)
        if self._weighted:
            torch.mul(chunk.gain, chunk.scale, out=chunk.slope).neg_()
        gradients, step, clip = stack.gradients, self._update.step, self._clip
        for batch in chunk.batches:
            gradients(*batch)
            if clip is not None:
                # torch.nn.utils.clip_grad_norm_: the same 1e-6 and the same clamp at 1
                norm = torch.linalg.vector_norm(stack.grad, dim=1, keepdim=True)
                stack.grad.mul_((clip / (norm + 1e-6)).clamp_max_(1.0))
            step()


class NewtonPass:
    """Final. One epoch of the exact solver, member by member."""

    def __init__(self, state: TrainState, members: Sequence[Member], data: Data) -> None:
        self._state, self._members = state, members
        device = state.stack.device
        self._x = with_ones(data.x_train, device)
        target = torch.from_numpy(data.t_train.astype(np.float32)).to(device)
        self._loss = [coefficients(target, member.loss) for member in members]
        self._size = size = self._x.shape[1]
        if list(state.stack.weights(0)) != ["layers.0.weight", "layers.0.bias"]:
            raise UserError("optim=newton: solves the convex case only; use model=logistic")
        self._decayed = torch.ones(size, device=device)
        self._decayed[-1] = 0.0
        self._solutions: list[Solution | None] = [None] * len(members)

    @staticmethod
    def slots(stack: Stack) -> dict[str, Tensor]:
        """The float64 weights and the loss of each member: the stack's float32 would not resume to the last bit.

        From zero, not from random weights: the first step is then the same for every seed, and safe.
        """
        shape = stack.flat.shape
        weights = torch.zeros(shape, dtype=torch.float64, device=stack.device)
        return {"weights": weights, "loss": torch.zeros(shape[0], dtype=torch.float64, device=stack.device)}

    def run(self) -> list[float]:
        """One Newton step per member that has not converged."""
        for k, member in enumerate(self._members):
            if self._state.finished[k] or not isinstance(member.optim, Newton):
                continue
            gain, share = self._loss[k]
            start = self._solutions[k] or Solution(self._state.slots["weights"][k, : self._size].clone())
            solution = newton_step(self._x, gain, share, start, member.optim, self._decayed)
            self._solutions[k] = solution
            self._state.slots["weights"][k, : self._size] = solution.weights
            self._state.slots["loss"][k] = solution.loss
            self._state.finished[k] = solution.converged
            weights = {"layers.0.weight": solution.weights[None, :-1], "layers.0.bias": solution.weights[-1:]}
            self._state.stack.load_weights(k, weights)
        self._state.step += 1
        return self._state.slots["loss"][: len(self._members)].tolist()
