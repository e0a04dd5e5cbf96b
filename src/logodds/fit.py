"""The one training loop, for every model, loss and optimiser: a record per epoch; the caller logs and saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from logodds import passes
from logodds.errors import UserError
from logodds.loss import Loss, of_counts
from logodds.metrics.monitors import MONITORS
from logodds.optim import Newton, Optim
from logodds.passes import TrainRows
from logodds.resident import Resident, resident
from logodds.rows import Rows
from logodds.schedule import TrainOptions
from logodds.seeds import generator
from logodds.stack import Stack, log_odds

LEAVING = 0.75  # share of the members in a stack still training at which a smaller one is made
CURVES = ("loss", "f1")  # what is followed on the validation rows beside the monitored figure


@dataclass(frozen=True)
class Member:
    """What one model of the stack does for itself. Epochs, batch size and the kind of optimiser are the stack's."""

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
class Followed:
    """Validation rows on the device, and the places in the stack of the members that are judged by them."""

    data: Data
    x_val: Resident
    places: list[int]


@dataclass(frozen=True)
class Epoch:
    """What one epoch gave: the members that trained in it, and for each of them, in that order, figures by metric name
    and whether it is the member's best so far."""

    epoch: int
    members: list[int]
    figures: dict[str, list[float]]
    improved: list[bool]


Saved = tuple[dict[str, Tensor], dict[str, Any]]


@dataclass
class TrainState:
    """All that affects the next step, and the best weights so far. A member is saved and restored by itself: what it
    comes to does not depend on the others. Lists are by member.

    ``places``: the member in each place of ``stack``, for a member that has ended leaves it; ``ended``: what was to be
    saved of such a member; ``failed``: why it has no result.
    """

    stack: Stack
    slots: dict[str, Tensor]
    orders: list[torch.Generator]
    places: list[int]
    epoch: int = 0
    step: int = 0
    best: list[float] = field(default_factory=list)
    best_epoch: list[int] = field(default_factory=list)
    kept: list[dict[str, Tensor]] = field(default_factory=list)  # of the member's best epoch, as the stack's snapshot
    waited: list[int] = field(default_factory=list)
    finished: list[bool] = field(default_factory=list)
    ended: dict[int, Saved] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)

    def best_weights(self, member: int) -> dict[str, Tensor]:
        """The weights of its best epoch by name, shaped as in ``torch.nn``, on the CPU."""
        return {name: tensor.cpu() for name, tensor in self.stack.unpack(self.kept[member]).items()}

    def save(self, member: int) -> Saved:
        """All of one member: tensors by name and plain numbers, the same whatever stack it trains in."""
        if member in self.ended:
            return self.ended[member]
        place = self.places.index(member)
        found = {f"stack.{name}": tensor for name, tensor in self.stack.state(place).items()}
        found |= {f"slots.{name}": tensor[place].clone() for name, tensor in self.slots.items()}
        found["order"] = self.orders[member].get_state()
        found |= {f"best.{name}": tensor for name, tensor in self.kept[member].items()}
        numbers: dict[str, Any] = {"epoch": self.epoch, "step": self.step}
        return found, numbers | {name: getattr(self, name)[member] for name in NUMBERS}

    def restore(self, member: int, saved: Saved) -> None:
        """Set what :meth:`save` gave for the same options, in a new state; those members of a stack that have not ended
        are all of one epoch."""
        tensors, numbers = saved
        place = self.places.index(member)
        groups: dict[str, dict[str, Tensor]] = {"stack": {}, "slots": {}, "order": {}, "best": {}}
        for key, tensor in tensors.items():
            group, _, name = key.partition(".")
            groups[group][name] = tensor
        self.stack.load_state(place, groups["stack"])
        with self.stack.context():
            for name, tensor in self.slots.items():
                tensor[place] = groups["slots"][name]
        self.orders[member].set_state(groups["order"][""])
        self.kept[member] = groups["best"]
        for name in NUMBERS:
            getattr(self, name)[member] = numbers[name]
        self.epoch, self.step = max(self.epoch, numbers["epoch"]), max(self.step, numbers["step"])
        if self.finished[member]:
            self.ended[member] = saved

    def leave(self, members: Sequence[Member]) -> None:
        """Make a smaller stack of the members that have not finished."""
        staying = [place for place, member in enumerate(self.places) if not self.finished[member]]
        before = self.slots
        self.stack = self.stack.subset(staying)
        self.places = [self.places[place] for place in staying]
        with self.stack.context():
            self.slots = passes.slots(self.stack, [members[k] for k in self.places])
            for name, tensor in self.slots.items():
                tensor[: len(staying)] = before[name][staying]


NUMBERS = ("best", "best_epoch", "waited", "finished")  # of each member, in a TrainState


def device(name: str) -> torch.device:
    """``auto`` takes a GPU where there is one.

    Raises:
        UserError: ``cuda`` without a GPU that this PyTorch can use.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise UserError("train.device=cuda: PyTorch finds no GPU on this machine; use train.device=cpu or auto")
    return torch.device("cuda" if name == "cuda" or (name == "auto" and available) else "cpu")


def start(stack: Stack, members: Sequence[Member]) -> TrainState:
    """The state before the first epoch."""
    with stack.context():
        slots = passes.slots(stack, members)
    count = len(members)
    return TrainState(
        stack=stack,
        slots=slots,
        orders=[generator("order", member.train.seed, torch.device("cpu")) for member in members],
        places=list(range(count)),
        best=[float("inf")] * count,
        best_epoch=[0] * count,
        kept=[stack.snapshot(member) for member in range(count)],
        waited=[0] * count,
        finished=[False] * count,
    )


def fit(state: TrainState, members: Sequence[Member], data: Sequence[Data], threshold: float) -> Iterator[Epoch]:
    """Train from ``state`` on to the last epoch, or until every member has stopped; yields after each epoch.

    A member whose loss is not finite is in ``state.failed`` from then on, and trains no further; the others do.

    Args:
        state: from :func:`start`, or restored; it is advanced in place.
        members: one per model of the stack.
        data: the rows of each member, often the same; they are moved to the stack's device once. Members whose rows
            differ have equal ``passes.layout``.
        threshold: probability from which a row is called positive in the figures.

    Raises:
        UserError: a monitored figure that needs validation rows where there are none.
    """
    for each, member in zip(data, members, strict=True):
        if len(each.t_val) == 0 and member.train.monitor != "train/loss":
            raise UserError(
                f"train.monitor={member.train.monitor}: there are no validation rows; "
                "set split.val_size > 0 or train.monitor=train/loss"
            )
    of = {id(each): _on_device(each, state.stack.device) for each in data}
    weighed = [replace(m, loss=of_counts(m.loss, d.t_train, d.classes)) for m, d in zip(members, data, strict=True)]
    monitored = {member.train.monitor.removeprefix("val/") for member in members} - {"train/loss"}
    names = list(dict.fromkeys([*CURVES, *sorted(monitored)]))
    one_pass = None
    while state.epoch < members[0].train.epochs and not all(state.finished):
        going = sum(not state.finished[k] for k in state.places)
        if one_pass is None or going <= LEAVING * len(state.places):
            if going < len(state.places):
                state.leave(members)
            inside = state.places
            one_pass = passes.make(state, [weighed[k] for k in inside], [of[id(data[k])][0] for k in inside])
            followed = [
                Followed(each, of[id(each)][1], [place for place, k in enumerate(inside) if data[k] is each])
                for each in {id(data[k]): data[k] for k in inside}.values()
                if len(each.t_val)
            ]
        state.epoch += 1
        active = [(place, k) for place, k in enumerate(state.places) if not state.finished[k]]
        with state.stack.context():
            figures = {"train/loss": one_pass.run()}
            figures |= _validate(state.stack, names, followed, threshold)
        told, improved = [], []
        for place, k in active:
            loss, figure = figures["train/loss"][place], figures[members[k].train.monitor][place]
            better = _judge(state, k, place, members[k], loss, figure)
            if state.finished[k]:
                state.ended[k] = state.save(k)
            if k not in state.failed:
                told.append(place)
                improved.append(better)
        if told:
            training = [state.places[place] for place in told]
            yield Epoch(
                state.epoch, training, {name: [each[p] for p in told] for name, each in figures.items()}, improved
            )


def _on_device(data: Data, device: torch.device) -> tuple[TrainRows, Resident]:
    target = torch.from_numpy(data.t_train)
    return TrainRows(resident(data.x_train, device), target.to(device), target), resident(data.x_val, device)


def _validate(
    stack: Stack, names: Sequence[str], followed: Sequence[Followed], threshold: float
) -> dict[str, list[float]]:
    """Figures on the validation rows by metric name and place in the stack; NaN for a member that has none."""
    figures = {f"val/{name}": [float("nan")] * stack.members for name in names} if followed else {}
    for rows in followed:
        scores = np.stack([log_odds(each) for each in stack.logits(rows.x_val, rows.places)])
        for name in names:
            found = MONITORS[name][1](scores, rows.data.t_val, threshold).tolist()
            for place, value in zip(rows.places, found, strict=True):
                figures[f"val/{name}"][place] = value
    return figures


def _judge(state: TrainState, k: int, place: int, member: Member, loss: float, figure: float) -> bool:
    """Keep the weights of the member at a place if the monitored figure is its best so far; count patience."""
    options = member.train
    if not np.isfinite(loss):
        state.failed[k] = (
            f"train/loss is {loss} in epoch {state.epoch} (seed {options.seed}); lower optim.lr or set train.clip_norm"
        )
        state.finished[k] = True
        return False
    if isinstance(member.optim, Newton):
        # An exact solver is asked for the optimum, so the last iterate is the one to keep.
        state.best[k], state.best_epoch[k], state.kept[k] = loss, state.epoch, state.stack.snapshot(place)
        return True
    name = options.monitor.partition("/")[2]
    value = figure * (-1.0 if MONITORS[name][0] else 1.0)
    improved = value < state.best[k]
    enough = value < state.best[k] - options.min_delta
    state.waited[k] = 0 if enough else state.waited[k] + 1
    if improved:
        state.best[k], state.best_epoch[k], state.kept[k] = value, state.epoch, state.stack.snapshot(place)
    if options.patience is not None and state.waited[k] >= options.patience:
        state.finished[k] = True
    return improved
