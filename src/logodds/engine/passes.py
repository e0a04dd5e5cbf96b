"""One epoch of training: the interface, and mini-batches with one optimiser step each; for the exact solver see
``newton.py``.

Rows stay on the device. A pass gathers them chunk by chunk in the order given by ``order.py``. The views of a chunk's
batches are made once, so that an update costs little more than its arithmetic.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from logodds.engine import order
from logodds.engine.objective import coefficients
from logodds.engine.schedule import rate_scale
from logodds.models.stacks.padding import padded

if TYPE_CHECKING:
    from logodds.engine.state import MemberOptions, TrainRows, TrainState

CHUNK_NUMBERS = 1 << 20  # float32 numbers gathered at a time: 4 MiB stay in the cache until they are used


def layout(rows: int, batch_size: int) -> tuple[int, int]:
    """Return the number of batches of an epoch and the number of rows of a batch with its padding.

    Members with different rows may train in one stack, with the same results as alone, if their layouts are equal.
    """
    size = min(batch_size, rows)
    return -(-rows // size), padded(size)


class Pass(ABC):
    """Abstract: one epoch of training for all members of a stack."""

    @abstractmethod
    def run(self, pause: Callable[[], None] | None) -> list[float]:
        """Train for one epoch and return the train loss of each member.

        Args:
            pause: called from time to time, at moments when the state can be saved.
        """


@dataclass(frozen=True)
class Chunk:
    """Views of the buffers that hold the batches of a chunk. An update takes about 10 µs, so they are made only once.

    "Rows" are the rows of all batches of the chunk one after the other, with padding; "size" is the number of rows of a
    batch with padding. If the stack has several heads, a row stands there once for each head. Slope and shift are the
    coefficients of ``loss.py``, divided by the number of rows in the batch and by that of the heads.

    Attributes:
        shifts: per member, its part [rows, outputs] of ``shift``.
        slopes: per member, its part [rows, 1] of ``slope``.
        batches: per batch, the views slope [slots, size, 1], shift, logits and residual [slots, size, outputs].
        slope: [slots, rows, 1].
        shift: [slots, rows, outputs].
        share: [slots, rows, 1] one over the number of rows in the row's batch, and of heads; 0 in padding.
        known: logits [members, batches, size, outputs], slope [members, rows, 1] and shift [members, rows, outputs]
            without the empty slots of the stack.
        valid: number of rows of each batch without padding, for the first member.
    """

    shifts: list[Tensor]
    slopes: list[Tensor]
    batches: list[tuple[Tensor, Tensor, Tensor, Tensor]]
    slope: Tensor
    shift: Tensor
    share: Tensor
    known: tuple[Tensor, Tensor, Tensor]
    valid: list[int]


@final
class BatchPass(Pass):
    """One epoch of mini-batches."""

    def __init__(self, state: TrainState, members: Sequence[MemberOptions], rows: Sequence[TrainRows]) -> None:
        self._state, self._members, self._data = state, members, rows
        stack = state.stack
        self._rows = [len(own.target) for own in rows]
        self._size = min(members[0].train.batch_size, max(self._rows))
        (self._count, self._padded), *others = {layout(count, members[0].train.batch_size) for count in self._rows}
        if others:
            raise ValueError(f"members of {self._rows} rows have different batches; train them apart, see layout()")
        last = [count - (self._count - 1) * self._size for count in self._rows]  # rows of each member's last batch
        with stack.context():
            self._update = members[0].optim.update([member.optim for member in members], stack)
            self._update.slots.update(state.slots)  # use the buffers of the state, which may have been restored
            losses = [member.loss for member in members]
            self._objective = losses[0].objective(losses, stack.slots, stack.device)
            self._feed = stack.feed([own.resident for own in rows])
            self._loss = [
                coefficients(own.target, member.loss, stack.outputs) for own, member in zip(rows, members, strict=True)
            ]
            self._weighted = any(slope is not None for slope, _ in self._loss)
            numbers = (self._feed.numbers + stack.slots * stack.outputs * stack.heads) * self._padded
            self._length = min(self._count, max(1, CHUNK_NUMBERS // numbers))
            self._feed.prepare(self._length, self._padded)
            self._chunks = self._cut_chunks(last)
            # Padding repeats row 0, whose coefficients are zero there.
            self._places = [torch.zeros(self._count, self._padded, dtype=torch.int64) for _ in members]
            self._means = torch.zeros(stack.members, self._count, dtype=torch.float64, device=stack.device)
            sizes = [[self._size] * (self._count - 1) + [short] for short in last]
            self._sizes = torch.tensor(sizes, dtype=torch.float64, device=stack.device)
            self._clip = None
            clips = [member.train.clip_norm for member in members]
            if any(clip is not None for clip in clips):
                norms = [float("inf") if clip is None else clip for clip in clips]
                self._clip = torch.tensor([*norms, *[1.0] * (stack.slots - len(norms))], device=stack.device)[:, None]

    def _cut_chunks(self, last: Sequence[int]) -> list[tuple[int, int, Chunk]]:
        """Return (first batch, end, views) of each chunk; ``end`` is exclusive, and all chunks use the same buffers.

        Args:
            last: per member, the number of rows of its last batch.
        """
        stack, size = self._state.stack, self._padded * self._state.stack.heads
        rows = self._length * size
        slope = torch.ones(stack.slots, rows, 1, device=stack.device)
        shift = torch.ones(stack.slots, rows, stack.outputs, device=stack.device)
        logits = torch.zeros(self._length, stack.slots, size, stack.outputs, device=stack.device)
        residual = torch.zeros_like(logits[0])
        chunks: list[tuple[int, int, Chunk]] = []
        for first in range(0, self._count, self._length):
            end = min(first + self._length, self._count)
            if chunks and end < self._count:
                chunks.append((first, end, chunks[0][2]))
                continue
            cut, short = slice((end - first) * size), last if end == self._count else [self._size] * len(last)
            chunk = self._cut(slope[:, cut], shift[:, cut], logits[: end - first], residual, short)
            chunks.append((first, end, chunk))
        return chunks

    def _cut(self, slope: Tensor, shift: Tensor, logits: Tensor, residual: Tensor, short: Sequence[int]) -> Chunk:
        """Return the views of one chunk, the last batch of which has ``short[k]`` rows for member k."""
        stack, batches, size = self._state.stack, len(logits), logits.shape[2]
        share = torch.zeros(stack.slots, batches, size, 1, device=slope.device)
        full = self._size * stack.heads
        share[:, :-1, :full] = 1.0 / full
        for k, count in enumerate(short):
            share[k, -1, : count * stack.heads] = 1.0 / (count * stack.heads)
        share = share.view(stack.slots, -1, 1)
        if not self._weighted:
            slope = share
        residuals = [residual] * batches
        parts = [torch.split(part, size, 1) for part in (slope, shift)]
        return Chunk(
            shifts=[shift[k] for k in range(stack.members)],
            slopes=[slope[k] for k in range(stack.members)],
            batches=list(zip(*parts, logits.unbind(0), residuals, strict=True)),
            slope=slope,
            shift=shift,
            share=share,
            known=(logits.transpose(0, 1)[: stack.members], slope[: stack.members], shift[: stack.members]),
            valid=[self._size] * (batches - 1) + [short[0]],
        )

    def run(self, pause: Callable[[], None] | None) -> list[float]:
        """Train on all batches of the epoch, or on the remaining ones if a restored epoch had been interrupted.

        Return the mean loss over all rows of each member. As in a running loss, a row's loss is that with the weights
        before the update of its batch.

        Args:
            pause: called between chunks.
        """
        state, stack = self._state, self._state.stack
        members = [state.members[k] for k in state.member_in_slot]
        before = members[0].batches
        for k, member in enumerate(members):
            if member.batches != before:
                raise ValueError("members within different batches of an epoch; train them apart")
            self._means[k, :before] = member.means[:before]
            if pause is not None and len(self._chunks) > 1:
                member.means, member.order_before = self._means[k], member.order.get_state()
        scales = [rate_scale(member.options.train, member.epoch) for member in members]
        self._update.begin(scales, [member.step + before for member in members], self._count - before)
        for k, batches in enumerate(self._places):
            random, options = members[k].order, members[k].options.train
            visited = order.draw(options.sampling, random, self._data[k].classes)
            lengths = self._data[k].resident.lengths
            if lengths is not None:
                visited = order.by_length(visited, lengths, self._size, random)
            order.fill(batches, visited, self._size)
        rows = [batches.to(stack.device) for batches in self._places]
        for first, end, chunk in self._chunks:
            if end <= before:
                continue
            # Batches of this chunk that were trained before an interruption, which need not have been at a chunk's end:
            # the member may have been in another stack then, with other chunks.
            done = max(before - first, 0)
            self._train(chunk, [batches[first:end] for batches in rows], done)
            # Sum by batch, not by chunk: chunks are shorter in larger stacks, and another order of summation gives
            # other last bits.
            logits, slope, shift = chunk.known
            losses = self._objective.losses(logits.reshape(shift.shape), slope, shift).view(
                stack.members, end - first, -1
            )
            torch.sum(losses[:, done:], 2, dtype=torch.float64, out=self._means[:, first + done : end])
            if pause is not None and end < self._count:
                for member in members:
                    member.batches = end
                pause()
        for member in members:
            member.step += self._count
            member.batches = 0
        totals = (self._means * self._sizes).sum(1).tolist()
        return [total / count for total, count in zip(totals, self._rows, strict=True)]

    def _train(self, chunk: Chunk, rows: Sequence[Tensor], done: int) -> None:
        """Gather each member's rows of a chunk and make one update per batch, without the first ``done`` batches.

        Args:
            rows: per member, row numbers [batches, size].
        """
        stack = self._state.stack
        for k, (slope, shift) in enumerate(self._loss):
            chosen = rows[k].view(-1)
            if stack.heads > 1:
                chosen = chosen.repeat_interleave(stack.heads)
            torch.index_select(shift, 0, chosen, out=chunk.shifts[k])
            if slope is not None:
                torch.index_select(slope, 0, chosen, out=chunk.slopes[k])
            elif self._weighted:
                chunk.slopes[k].fill_(1.0)
        chunk.shift.mul_(chunk.share)
        if self._weighted:
            chunk.slope.mul_(chunk.share)
        forward, residual_of, backward = stack.forward, self._objective.residual, stack.backward
        step, clip = self._update.step, self._clip
        batches = zip(self._feed.load(rows, chunk.valid), chunk.batches, strict=True)
        for inputs, (slope, shift, logits, residual) in islice(batches, done, None) if done else batches:
            forward(inputs, logits)
            residual_of(logits, slope, shift, residual)
            backward(inputs, residual)
            if clip is not None:
                # with the 1e-6 and the clamp at 1 of torch.nn.utils.clip_grad_norm_
                norm = torch.linalg.vector_norm(stack.grad, dim=1, keepdim=True)
                stack.grad.mul_((clip / (norm + 1e-6)).clamp_max_(1.0))
            step()
