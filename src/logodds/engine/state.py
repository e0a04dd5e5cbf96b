"""All that affects the next step of training, member by member."""

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

Saved = tuple[dict[str, Tensor], dict[str, Any]]
# What is saved of a MemberState, beside tensors.
NUMBERS = ("epoch", "batches", "step", "best", "best_epoch", "waited", "finished")


@dataclass(frozen=True)
class MemberOptions:
    """The options of one model in a stack; all of a stack have the same epochs, batch size and kind of optimiser."""

    train: TrainOptions
    optim: Optim
    loss: Loss


@dataclass(frozen=True)
class Data:
    """Rows and their class indices [n] below ``classes``, for train and validation (which may have no rows)."""

    x_train: Rows
    t_train: NDArray[np.int64]
    x_val: Rows
    t_val: NDArray[np.int64]
    classes: int


@dataclass(frozen=True)
class TrainRows:
    """One member's train rows on the device: what they hold and the class index of each, ``target`` [n] there and
    ``classes`` [n] on the CPU."""

    resident: Resident
    target: Tensor
    classes: Tensor


@dataclass
class MemberState:
    """One member's part: options, rows, epochs and steps done, and the best so far.

    ``kept``: the weights of its best epoch, as the stack's snapshot; ``waited``: epochs without an improvement;
    ``failed``: why it has no result; ``ended``: what there was to be saved when it finished, for then it leaves the
    stack. Within an epoch: ``batches`` done of it, the loss of each in ``means``, and ``order_before``: the state of
    ``order`` before the epoch was drawn.
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
    """Members by number, those that still train in a stack. What a member comes to does not depend on the others: it
    is saved and restored by itself, leaves when it has finished, and others take its place at any time.

    ``slots``: the optimiser's averages by name, [places, width]; ``places``: the member in each place of ``stack``.
    """

    stack: Stack
    slots: dict[str, Tensor]
    members: list[MemberState]
    places: list[int]
    joining: list[TrainState] = field(default_factory=list)

    def training(self) -> list[int]:
        """Those that have not finished."""
        return [k for k, own in enumerate(self.members) if not own.finished]

    def best_weights(self, member: int) -> dict[str, Tensor]:
        """The weights of its best epoch by name, shaped as in ``torch.nn``, on the CPU."""
        return {name: tensor.cpu() for name, tensor in self.stack.unpack(self.members[member].kept).items()}

    def save(self, member: int) -> Saved:
        """All of one member: tensors by name and plain numbers, the same whatever stack it trains in."""
        own = self.members[member]
        if own.ended is not None:
            return own.ended
        place = self.places.index(member)
        found = {f"stack.{name}": tensor for name, tensor in self.stack.state(place).items()}
        found |= {f"slots.{name}": tensor[place].clone() for name, tensor in self.slots.items()}
        found["order"] = own.order_before if own.batches else own.order.get_state()
        if own.batches:
            found["means"] = own.means[: own.batches].clone()
        found |= {f"best.{name}": tensor for name, tensor in own.kept.items()}
        return found, {name: getattr(own, name) for name in NUMBERS}

    def restore(self, member: int, saved: Saved) -> None:
        """Set what :meth:`save` gave for the same options, before training goes on."""
        tensors, numbers = saved
        own, place = self.members[member], self.places.index(member)
        groups: dict[str, dict[str, Tensor]] = {name: {} for name in ("stack", "slots", "order", "best", "means")}
        for key, tensor in tensors.items():
            group, _, name = key.partition(".")
            groups[group][name] = tensor
        self.stack.load_state(place, groups["stack"])
        with self.stack.context():
            for name, tensor in self.slots.items():
                tensor[place] = groups["slots"][name]
        own.order_before = groups["order"][""]
        own.order.set_state(own.order_before)
        own.kept = groups["best"]
        own.means = groups["means"].get("", own.means)
        for name in NUMBERS:
            setattr(own, name, numbers[name])
        own.ended = saved if own.finished else None

    def finish(self, member: int) -> None:
        """It is to train no further."""
        own = self.members[member]
        own.finished = True
        own.ended = self.save(member)

    def join(self, others: TrainState) -> list[int]:
        """Members of the same shape, to train on from the next epoch; the numbers they have here."""
        first = len(self.members)
        self.joining.append(others)
        self.members += others.members
        return list(range(first, len(self.members)))

    def regroup(self) -> None:
        """Make the stack anew, of the members that have not finished and those that join."""
        staying = [place for place, member in enumerate(self.places) if not self.members[member].finished]
        if len(staying) == len(self.places) and not self.joining:
            return
        before = [({name: tensor[staying] for name, tensor in self.slots.items()}, len(staying))]
        before += [(each.slots, len(each.places)) for each in self.joining]
        self.stack = self.stack.regrouped(staying, [each.stack for each in self.joining])
        count = len(self.members) - sum(len(each.places) for each in self.joining)
        self.places = [*(self.places[place] for place in staying), *range(count, len(self.members))]
        self.joining = []
        with self.stack.context():
            self.slots = _slots(self.stack, [self.members[k].options for k in self.places])
            for name, tensor in self.slots.items():
                start = 0
                for slots, many in before:
                    tensor[start : start + many] = slots[name][:many]
                    start += many


def start(stack: Stack, members: Sequence[MemberOptions], data: Sequence[Data]) -> TrainState:
    """The state before the first epoch.

    Args:
        members: one per model of the stack.
        data: the rows of each member, often the same. Members whose rows differ have equal ``passes.layout``.
    """
    with stack.context():
        slots = _slots(stack, members)
    own = [
        MemberState(options, rows, generator("order", options.train.seed, torch.device("cpu")), stack.snapshot(place))
        for place, (options, rows) in enumerate(zip(members, data, strict=True))
    ]
    return TrainState(stack, slots, own, list(range(len(own))))


def _slots(stack: Stack, members: Sequence[MemberOptions]) -> dict[str, Tensor]:
    """The optimiser's averages for some members, as before the first epoch."""
    return members[0].optim.slots([member.optim for member in members], stack)
