"""What one epoch of training does: mini-batches of one optimiser step each, or what ``newton.py`` does.

Rows stay on the device; a pass gathers them chunk by chunk in the order of ``order.py`` and cuts the chunk into batches
in one call, so that an update is little more than its arithmetic.
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

CHUNK_NUMBERS = 1 << 20  # of float32 gathered at a time: 4 MiB stay in the cache between gathering and use


def layout(rows: int, batch_size: int) -> tuple[int, int]:
    """(batches of an epoch, rows of a batch with its padding). Members of other rows train as one, and come out as
    alone, where these are equal."""
    size = min(batch_size, rows)
    return -(-rows // size), padded(size)


class Pass(ABC):
    """Abstract: one epoch of training for all members of a stack."""

    @abstractmethod
    def run(self, pause: Callable[[], None] | None) -> list[float]:
        """Train for one epoch; the loss of each member. ``pause`` is called now and then, when the state can be
        saved."""


@dataclass(frozen=True)
class Chunk:
    """Views of the buffers that hold some batches, cut once: at 10 µs per update cutting them each time would show.

    ``shifts``, ``slopes``: per member, what its rows' coefficients are gathered into; ``batches``: slope, shift, logits
    and residual of each batch. The rest holds all batches of the chunk: ``slope`` [slots, places, 1], ``shift`` [slots,
    places, outputs], ``share`` [slots, places, 1] one over the rows of the place's batch, 0 where it holds no row,
    ``known``: the members' part of logits [members, batches, size, outputs], slope and shift. ``valid``: rows of each
    batch.
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
        self._rows = [len(each.target) for each in rows]
        self._size = min(members[0].train.batch_size, max(self._rows))
        (self._count, self._padded), *others = {layout(count, members[0].train.batch_size) for count in self._rows}
        if others:
            raise ValueError(f"members of {self._rows} rows have different batches; train them apart, see layout()")
        last = [count - (self._count - 1) * self._size for count in self._rows]  # rows of each member's last batch
        with stack.context():
            self._update = members[0].optim.update([member.optim for member in members], stack)
            self._update.slots.update(state.slots)  # the state's buffers, so that a restored run goes on from them
            losses = [member.loss for member in members]
            self._objective = losses[0].objective(losses, stack.slots, stack.device)
            self._feed = stack.feed([each.resident for each in rows])
            self._loss = [
                coefficients(each.target, member.loss, stack.outputs)
                for each, member in zip(rows, members, strict=True)
            ]
            self._weighted = any(slope is not None for slope, _ in self._loss)
            numbers = (self._feed.numbers + stack.slots * stack.outputs) * self._padded
            self._length = min(self._count, max(1, CHUNK_NUMBERS // numbers))
            self._feed.prepare(self._length, self._padded)
            self._chunks = self._cut_chunks(last)
            # Places that hold no row repeat row 0, and count for nothing.
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
        """First batch, last batch and views of each chunk; the buffers behind them are the same."""
        stack, places = self._state.stack, self._length * self._padded
        slope = torch.ones(stack.slots, places, 1, device=stack.device)
        shift = torch.ones(stack.slots, places, stack.outputs, device=stack.device)
        logits = torch.zeros(self._length, stack.slots, self._padded, stack.outputs, device=stack.device)
        residual = torch.zeros_like(logits[0])
        chunks: list[tuple[int, int, Chunk]] = []
        for first in range(0, self._count, self._length):
            end = min(first + self._length, self._count)
            if chunks and end < self._count:
                chunks.append((first, end, chunks[0][2]))
                continue
            cut, short = slice((end - first) * self._padded), last if end == self._count else [self._size] * len(last)
            chunk = self._cut(slope[:, cut], shift[:, cut], logits[: end - first], residual, short)
            chunks.append((first, end, chunk))
        return chunks

    def _cut(self, slope: Tensor, shift: Tensor, logits: Tensor, residual: Tensor, short: Sequence[int]) -> Chunk:
        """Views of one chunk, the last batch of which has ``short`` rows of each member."""
        stack, size, batches = self._state.stack, self._padded, len(logits)
        share = torch.zeros(stack.slots, batches, size, 1, device=slope.device)
        share[:, :-1, : self._size] = 1.0 / self._size
        for k, count in enumerate(short):
            share[k, -1, :count] = 1.0 / count
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
        """Every row once, but those that were visited before a restored epoch was cut off; the loss is the mean over
        rows, each at its own batch, as a running loss is. ``pause`` is called between chunks."""
        state, stack = self._state, self._state.stack
        own = [state.members[k] for k in state.places]
        before = own[0].batches
        for k, each in enumerate(own):
            if each.batches != before:
                raise ValueError("members within different batches of an epoch; train them apart")
            self._means[k, :before] = each.means[:before]
            if pause is not None and len(self._chunks) > 1:
                each.means, each.order_before = self._means[k], each.order.get_state()
        scales = [rate_scale(each.options.train, each.epoch) for each in own]
        self._update.begin(scales, [each.step + before for each in own], self._count - before)
        for k, held in enumerate(self._places):
            random, options = own[k].order, own[k].options.train
            visited = order.draw(options.sampling, random, self._data[k].classes)
            lengths = self._data[k].resident.lengths
            if lengths is not None:
                visited = order.by_length(visited, lengths, self._size, random)
            order.fill(held, visited, self._size)
        places = [each.to(stack.device) for each in self._places]
        for first, end, chunk in self._chunks:
            if end <= before:
                continue
            done = max(before - first, 0)  # of a chunk that was cut off: another stack may have other chunks
            self._train(chunk, [each[first:end] for each in places], done)
            # By batch: chunks are shorter in larger stacks, and another order of summation has other last bits.
            logits, slope, shift = chunk.known
            losses = self._objective.losses(logits.reshape(shift.shape), slope, shift).view(
                stack.members, end - first, -1
            )
            torch.sum(losses[:, done:], 2, dtype=torch.float64, out=self._means[:, first + done : end])
            if pause is not None and end < self._count:
                for each in own:
                    each.batches = end
                pause()
        for each in own:
            each.step += self._count
            each.batches = 0
        totals = (self._means * self._sizes).sum(1).tolist()
        return [total / count for total, count in zip(totals, self._rows, strict=True)]

    def _train(self, chunk: Chunk, rows: Sequence[Tensor], done: int) -> None:
        """Gather each member's rows of the chunk and make an update per batch that has not been ``done``."""
        stack = self._state.stack
        for k, (slope, shift) in enumerate(self._loss):
            torch.index_select(shift, 0, rows[k].view(-1), out=chunk.shifts[k])
            if slope is not None:
                torch.index_select(slope, 0, rows[k].view(-1), out=chunk.slopes[k])
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
                # torch.nn.utils.clip_grad_norm_: the same 1e-6 and the same clamp at 1
                norm = torch.linalg.vector_norm(stack.grad, dim=1, keepdim=True)
                stack.grad.mul_((clip / (norm + 1e-6)).clamp_max_(1.0))
            step()
