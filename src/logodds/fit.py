"""The one training loop, for every model, loss and optimiser: a record per epoch; the caller logs and saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from logodds import passes
from logodds.errors import JobError, UserError
from logodds.loss import Loss, of_counts
from logodds.metrics.monitors import MONITORS
from logodds.optim import Newton, Optim
from logodds.passes import TrainRows
from logodds.resident import Resident, resident
from logodds.rows import Rows
from logodds.schedule import TrainOptions
from logodds.seeds import generator
from logodds.stack import Stack, log_odds

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
    """Validation rows on the device, and the members that are judged by them."""

    data: Data
    x_val: Resident
    members: list[int]


@dataclass(frozen=True)
class Epoch:
    """What one epoch gave, per member [K]: figures by metric name, and whether it is the best so far."""

    epoch: int
    figures: dict[str, list[float]]
    improved: list[bool]


@dataclass
class TrainState:
    """All that affects the next step, and the best weights so far. Loaded and saved as one."""

    stack: Stack
    slots: dict[str, Tensor]
    orders: list[torch.Generator]
    epoch: int = 0
    step: int = 0
    best: list[float] = field(default_factory=list)
    best_epoch: list[int] = field(default_factory=list)
    kept: list[dict[str, Tensor]] = field(default_factory=list)  # each member's best epoch, as the stack's snapshot
    waited: list[int] = field(default_factory=list)
    finished: list[bool] = field(default_factory=list)

    @property
    def best_weights(self) -> list[dict[str, Tensor]]:
        """Per member, the weights of its best epoch by name, shaped as in ``torch.nn``."""
        return [self.stack.unpack(snapshot) for snapshot in self.kept]

    def tensors(self) -> dict[str, Tensor]:
        """Everything but the counters, by name."""
        found = {f"stack.{name}": tensor for name, tensor in self.stack.state().items()}
        found |= {f"slots.{name}": tensor for name, tensor in self.slots.items()}
        for member, random in enumerate(self.orders):
            found[f"order.{member}"] = random.get_state()
        for member, weights in enumerate(self.kept):
            found |= {f"best.{member}.{name}": tensor for name, tensor in weights.items()}
        return found

    def counters(self) -> dict[str, object]:
        """The plain numbers."""
        names = ("epoch", "step", "best", "best_epoch", "waited", "finished")
        return {name: getattr(self, name) for name in names}

    def restore(self, tensors: dict[str, Tensor], counters: dict[str, object]) -> None:
        """Set what :meth:`tensors` and :meth:`counters` gave for the same options."""
        grouped: dict[str, dict[str, Tensor]] = {"stack": {}, "slots": {}, "order": {}, "best": {}}
        for key, tensor in tensors.items():
            group, _, name = key.partition(".")
            grouped[group][name] = tensor
        self.stack.load_state(grouped["stack"])
        with self.stack.context():
            for name, tensor in self.slots.items():
                tensor.copy_(grouped["slots"][name])
        for member, random in enumerate(self.orders):
            random.set_state(grouped["order"][str(member)])
        self.kept = [{} for _ in self.orders]
        for key, tensor in grouped["best"].items():
            member_index, _, name = key.partition(".")
            self.kept[int(member_index)][name] = tensor
        for name, value in counters.items():
            setattr(self, name, value)


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
        best=[float("inf")] * count,
        best_epoch=[0] * count,
        kept=[stack.snapshot(member) for member in range(count)],
        waited=[0] * count,
        finished=[False] * count,
    )


def fit(state: TrainState, members: Sequence[Member], data: Sequence[Data], threshold: float) -> Iterator[Epoch]:
    """Train from ``state`` on to the last epoch, or until every member has stopped; yields after each epoch.

    Args:
        state: from :func:`start`, or restored; it is advanced in place.
        members: one per model of the stack.
        data: the rows of each member, often the same; they are moved to the stack's device once. Members whose rows
            differ have equal ``passes.layout``.
        threshold: probability from which a row is called positive in the figures.

    Raises:
        UserError: a monitored figure that needs validation rows where there are none.
        JobError: a loss that is not finite, with the member's epoch and the key to lower.
    """
    first = members[0].train
    if any(len(d.t_val) == 0 and m.train.monitor != "train/loss" for d, m in zip(data, members, strict=True)):
        raise UserError(
            f"train.monitor={first.monitor}: there are no validation rows; "
            "set split.val_size > 0 or train.monitor=train/loss"
        )
    device = state.stack.device
    of = {id(each): _on_device(each, device) for each in data}
    weighed = [replace(m, loss=of_counts(m.loss, d.t_train, d.classes)) for m, d in zip(members, data, strict=True)]
    one_pass = passes.make(state, weighed, [of[id(each)][0] for each in data])
    followed = [
        Followed(each, of[id(each)][1], [k for k, other in enumerate(data) if other is each])
        for each in {id(one): one for one in data}.values()
        if len(each.t_val)
    ]
    monitored = {member.train.monitor.removeprefix("val/") for member in members} - {"train/loss"}
    names = list(dict.fromkeys([*CURVES, *sorted(monitored)]))
    while state.epoch < first.epochs and not all(state.finished):
        state.epoch += 1
        stopped = list(state.finished)
        with state.stack.context():
            train_loss = one_pass.run()
            for k, loss in enumerate(train_loss):
                if not np.isfinite(loss):
                    raise JobError(
                        f"train/loss is {loss} in epoch {state.epoch} (seed {members[k].train.seed}); "
                        "lower optim.lr or set train.clip_norm"
                    )
            figures = {"train/loss": train_loss}
            if followed:
                figures |= _validate(state.stack, names, followed, threshold)
        yield Epoch(
            state.epoch,
            figures,
            [not stopped[k] and _judge(state, k, members[k], figures) for k in range(len(members))],
        )


def _on_device(data: Data, device: torch.device) -> tuple[TrainRows, Resident]:
    target = torch.from_numpy(data.t_train)
    return TrainRows(resident(data.x_train, device), target.to(device), target), resident(data.x_val, device)


def _validate(
    stack: Stack, names: Sequence[str], followed: Sequence[Followed], threshold: float
) -> dict[str, list[float]]:
    """Figures on the validation rows by metric name; NaN for a member that has none."""
    figures = {f"val/{name}": [float("nan")] * stack.members for name in names}
    for rows in followed:
        logits = np.stack([log_odds(stack.logits(k, rows.x_val)) for k in rows.members])
        for name in names:
            found = MONITORS[name][1](logits, rows.data.t_val, threshold).tolist()
            for k, value in zip(rows.members, found, strict=True):
                figures[f"val/{name}"][k] = value
    return figures


def _judge(state: TrainState, k: int, member: Member, figures: dict[str, list[float]]) -> bool:
    """Keep the weights if the monitored figure is the best so far; count patience."""
    options = member.train
    if isinstance(member.optim, Newton):
        # An exact solver is asked for the optimum, so the last iterate is the one to keep.
        state.best[k] = figures["train/loss"][k]
        state.best_epoch[k], state.kept[k] = state.epoch, state.stack.snapshot(k)
        return True
    name = options.monitor.partition("/")[2]
    value = figures[options.monitor][k] * (-1.0 if MONITORS[name][0] else 1.0)
    improved = value < state.best[k]
    enough = value < state.best[k] - options.min_delta
    state.waited[k] = 0 if enough else state.waited[k] + 1
    if improved:
        state.best[k], state.best_epoch[k], state.kept[k] = value, state.epoch, state.stack.snapshot(k)
    if options.patience is not None and state.waited[k] >= options.patience:
        state.finished[k] = True
    return improved
