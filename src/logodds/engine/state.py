"""The state of training, member by member: everything that the next step depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from logodds.engine.loss import Loss
from logodds.engine.optim import Optim
from logodds.engine.train_options import TrainOptions
from logodds.features.rows import Rows
from logodds.models.stacks.resident import Resident
from logodds.models.stacks.seeds import generator
from logodds.models.stacks.stack import Stack

# What is saved of one member: tensors by name, and numbers by name.
Saved = tuple[dict[str, Tensor], dict[str, Any]]
# The fields of MemberState that are saved as numbers.
NUMBERS = ("epoch", "batches", "step", "best", "best_epoch", "waited", "finished")


@dataclass(frozen=True)
class MemberOptions:
    """The options of one member. All members of a stack have the same epochs, batch size and kind of optimiser."""

    train: TrainOptions
    optim: Optim
    loss: Loss


@dataclass(frozen=True)
class Data:
    """Rows for training and validation, with their classes.

    Attributes:
        x_train: train rows.
        t_train: class index of each train row [n].
        x_val: validation rows; there may be none.
        t_val: class index of each validation row [m].
        classes: number of classes; class indices are below it.
    """

    x_train: Rows
    t_train: NDArray[np.int64]
    x_val: Rows
    t_val: NDArray[np.int64]
    classes: int


@dataclass(frozen=True)
class TrainRows:
    """One member's train rows on the device.

    Attributes:
        resident: the rows.
        target: class index of each row [n], on the device.
        classes: the same numbers on the CPU, for ``order.py``.
    """

    resident: Resident
    target: Tensor
    classes: Tensor


@dataclass
class MemberState:
    """State of one member, except for what the stack and the optimiser hold in their buffers.

    Attributes:
        options: of its training.
        data: its rows.
        order: the generator that draws the order of rows.
        kept: weights of its best epoch, as :meth:`Stack.snapshot` returns them.
        epoch: number of epochs begun.
        batches: number of batches done in an epoch that has begun but not ended; 0 between epochs.
        means: mean loss of each of these batches, float64.
        order_before: state of ``order`` before the order of the current epoch was drawn.
        step: number of updates in the epochs that have ended.
        best: best value of the monitored metric so far, negated if higher is better, so that lower is always better.
        best_epoch: the epoch of this value.
        waited: number of epochs since the last sufficient improvement.
        finished: whether it trains no further.
        failed: why it has no result; empty if it has not failed.
        ended: what :meth:`TrainState.save` returned when it finished; after that it leaves the stack.
    """

    options: MemberOptions
    data: Data
    order: torch.Generator
    kept: dict[str, Tensor]
    epoch: int = 0
    batches: int = 0
    means: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.float64))
    order_before: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.uint8))
    step: int = 0
    best: float = float("inf")
    best_epoch: int = 0
    waited: int = 0
    finished: bool = False
    failed: str = ""
    ended: Saved | None = None


@dataclass
class TrainState:
    """State of several members, of which those that still train are in one stack.

    The result of a member does not depend on the others. It is saved and restored by itself, leaves the stack when it
    has finished, and new members may join between epochs.

    Attributes:
        stack: the members that train.
        slots: the optimiser's running averages by name, [slots, width] each.
        members: all members, including those that have finished; a member's number is its index here.
        member_in_slot: the number of the member in each slot of ``stack``.
        joining: states whose members are added to the stack before the next epoch.
    """

    stack: Stack
    slots: dict[str, Tensor]
    members: list[MemberState]
    member_in_slot: list[int]
    joining: list[TrainState] = field(default_factory=list)

    def training(self) -> list[int]:
        """Return the numbers of the members that have not finished."""
        return [k for k, member in enumerate(self.members) if not member.finished]

    def best_weights(self, member: int) -> dict[str, Tensor]:
        """Return the weights of a member's best epoch by name, shaped as in ``torch.nn``, on the CPU."""
        return {name: tensor.cpu() for name, tensor in self.stack.unpack(self.members[member].kept).items()}

    def save(self, member: int) -> Saved:
        """Return the whole state of one member: tensors by name, and numbers by name.

        It is independent of the stack in which the member trains.
        """
        state = self.members[member]
        if state.ended is not None:
            return state.ended
        slot = self.member_in_slot.index(member)
        tensors = {f"stack.{name}": tensor for name, tensor in self.stack.state(slot).items()}
        tensors |= {f"slots.{name}": tensor[slot].clone() for name, tensor in self.slots.items()}
        tensors["order"] = state.order_before if state.batches else state.order.get_state()
        if state.batches:
            tensors["means"] = state.means[: state.batches].clone()
        tensors |= {f"best.{name}": tensor for name, tensor in state.kept.items()}
        return tensors, {name: getattr(state, name) for name in NUMBERS}

    def restore(self, member: int, saved: Saved) -> None:
        """Restore the state of a member from what :meth:`save` returned for the same options."""
        tensors, numbers = saved
        state, slot = self.members[member], self.member_in_slot.index(member)
        groups: dict[str, dict[str, Tensor]] = {name: {} for name in ("stack", "slots", "order", "best", "means")}
        for key, tensor in tensors.items():
            group, _, name = key.partition(".")
            groups[group][name] = tensor
        self.stack.load_state(slot, groups["stack"])
        with self.stack.context():
            for name, tensor in self.slots.items():
                tensor[slot] = groups["slots"][name]
        state.order_before = groups["order"][""]
        state.order.set_state(state.order_before)
        state.kept = groups["best"]
        state.means = groups["means"].get("", state.means)
        for name in NUMBERS:
            setattr(state, name, numbers[name])
        state.ended = saved if state.finished else None

    def finish(self, member: int) -> None:
        """Stop the training of a member and keep its state as it is now."""
        state = self.members[member]
        state.finished = True
        state.ended = self.save(member)

    def join(self, others: TrainState) -> list[int]:
        """Let the members of another state train here from the next epoch on, and return their numbers here.

        Their stack must have the same architecture and layout of batches.
        """
        first = len(self.members)
        self.joining.append(others)
        self.members += others.members
        return list(range(first, len(self.members)))

    def regroup(self) -> None:
        """Rebuild the stack from the members that have not finished and those that join."""
        staying = [slot for slot, member in enumerate(self.member_in_slot) if not self.members[member].finished]
        if len(staying) == len(self.member_in_slot) and not self.joining:
            return
        before = [({name: tensor[staying] for name, tensor in self.slots.items()}, len(staying))]
        before += [(state.slots, len(state.member_in_slot)) for state in self.joining]
        self.stack = self.stack.regrouped(staying, [state.stack for state in self.joining])
        count = len(self.members) - sum(len(state.member_in_slot) for state in self.joining)
        self.member_in_slot = [*(self.member_in_slot[slot] for slot in staying), *range(count, len(self.members))]
        self.joining = []
        with self.stack.context():
            self.slots = _slots(self.stack, [self.members[k].options for k in self.member_in_slot])
            for name, tensor in self.slots.items():
                start = 0
                for slots, size in before:
                    tensor[start : start + size] = slots[name][:size]
                    start += size


def start(stack: Stack, members: Sequence[MemberOptions], data: Sequence[Data]) -> TrainState:
    """Return the state before the first epoch.

    Args:
        stack: the models.
        members: options of each model.
        data: rows of each model, often the same object; if they differ, :func:`passes.layout` must be equal for all.
    """
    with stack.context():
        slots = _slots(stack, members)
    states = [
        MemberState(options, rows, generator("order", options.train.seed, torch.device("cpu")), stack.snapshot(slot))
        for slot, (options, rows) in enumerate(zip(members, data, strict=True))
    ]
    return TrainState(stack, slots, states, list(range(len(states))))


def _slots(stack: Stack, members: Sequence[MemberOptions]) -> dict[str, Tensor]:
    """Return the optimiser's running averages for some members, as they are before the first epoch."""
    return members[0].optim.slots([member.optim for member in members], stack)
