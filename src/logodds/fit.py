"""The one training loop, for every model, loss and optimiser: it yields a record per epoch, the caller logs and saves.

Rows stay on the device; an epoch gathers them chunk by chunk in the order of ``order.py`` and cuts the chunk into
batches in one call, so that an update is little more than its arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from logodds import optim
from logodds.errors import JobError, UserError
from logodds.loss import BCE, coefficients, row_losses
from logodds.metrics import MONITORS
from logodds.optim import Newton, Optim
from logodds.order import batches, permutation
from logodds.schedule import TrainOptions, rate_scale
from logodds.seeds import generator
from logodds.solve import Solution, newton_step
from logodds.stack import Stack, padded

CHUNK_NUMBERS = 1 << 20  # of float32 gathered at a time: 4 MiB stay in the cache between gathering and use
CURVES = ("loss", "accuracy", "f1")  # what is followed on the validation rows beside the monitored figure


@dataclass(frozen=True)
class Member:
    """What one model of the stack does for itself. Epochs, batch size and the kind of optimiser are the stack's."""

    train: TrainOptions
    optim: Optim
    loss: BCE


@dataclass(frozen=True)
class Data:
    """Features [n, inputs] float32 and targets [n] of 0 and 1, for train and validation (which may have no rows)."""

    x_train: NDArray[np.float32]
    t_train: NDArray[np.uint8]
    x_val: NDArray[np.float32]
    t_val: NDArray[np.uint8]


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
    best_weights: list[dict[str, Tensor]] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)
    finished: list[bool] = field(default_factory=list)

    def tensors(self) -> dict[str, Tensor]:
        """Everything but the counters, by name."""
        found = {f"stack.{name}": tensor for name, tensor in self.stack.state().items()}
        found |= {f"slots.{name}": tensor for name, tensor in self.slots.items()}
        for member, random in enumerate(self.orders):
            found[f"order.{member}"] = random.get_state()
        for member, weights in enumerate(self.best_weights):
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
        self.best_weights = [{} for _ in self.orders]
        for key, tensor in grouped["best"].items():
            member_index, _, name = key.partition(".")
            self.best_weights[int(member_index)][name] = tensor
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
        slots = _Newton.slots(stack) if isinstance(members[0].optim, Newton) else _update(stack, members).slots
    count = len(members)
    return TrainState(
        stack=stack,
        slots=slots,
        orders=[generator("order", member.train.seed, torch.device("cpu")) for member in members],
        best=[float("inf")] * count,
        best_epoch=[0] * count,
        best_weights=[stack.weights(member) for member in range(count)],
        waited=[0] * count,
        finished=[False] * count,
    )


def fit(state: TrainState, members: Sequence[Member], data: Data, threshold: float) -> Iterator[Epoch]:
    """Train from ``state`` on to the last epoch, or until every member has stopped; yields after each epoch.

    Args:
        state: from :func:`start`, or restored; it is advanced in place.
        members: one per model of the stack.
        data: the rows; they are moved to the stack's device once.
        threshold: probability from which a row is called positive in the figures.

    Raises:
        UserError: a monitored figure that needs validation rows where there are none.
        JobError: a loss that is not finite, with the member's epoch and the key to lower.
    """
    first = members[0].train
    if len(data.t_val) == 0 and any(member.train.monitor != "train/loss" for member in members):
        raise UserError(
            f"train.monitor={first.monitor}: there are no validation rows; "
            "set split.val_size > 0 or train.monitor=train/loss"
        )
    passes = _Newton(state, members, data) if isinstance(members[0].optim, Newton) else _Batches(state, members, data)
    x_val = _with_ones(data.x_val, state.stack.device)
    while state.epoch < first.epochs and not all(state.finished):
        state.epoch += 1
        stopped = list(state.finished)
        with state.stack.context():
            train_loss = passes.run()
            for k, loss in enumerate(train_loss):
                if not np.isfinite(loss):
                    raise JobError(
                        f"train/loss is {loss} in epoch {state.epoch} (seed {members[k].train.seed}); "
                        "lower optim.lr or set train.clip_norm"
                    )
            figures = {"train/loss": train_loss}
            if len(data.t_val):
                logits = np.stack([state.stack.logits(k, x_val).cpu().numpy() for k in range(len(members))])
                names = {member.train.monitor.removeprefix("val/") for member in members} - {"train/loss"}
                for name in dict.fromkeys([*CURVES, *sorted(names)]):
                    figures[f"val/{name}"] = MONITORS[name][1](logits, data.t_val, threshold).tolist()
        yield Epoch(
            state.epoch,
            figures,
            [not stopped[k] and _judge(state, k, members[k], figures) for k in range(len(members))],
        )


def _judge(state: TrainState, k: int, member: Member, figures: dict[str, list[float]]) -> bool:
    """Keep the weights if the monitored figure is the best so far; count patience."""
    options = member.train
    if isinstance(member.optim, Newton):
        # An exact solver is asked for the optimum, so the last iterate is the one to keep.
        state.best[k] = figures["train/loss"][k]
        state.best_epoch[k], state.best_weights[k] = state.epoch, state.stack.weights(k)
        return True
    name = options.monitor.partition("/")[2]
    value = figures[options.monitor][k] * (-1.0 if MONITORS[name][0] else 1.0)
    improved = value < state.best[k]
    enough = value < state.best[k] - options.min_delta
    state.waited[k] = 0 if enough else state.waited[k] + 1
    if improved:
        state.best[k], state.best_epoch[k], state.best_weights[k] = value, state.epoch, state.stack.weights(k)
    if options.patience is not None and state.waited[k] >= options.patience:
        state.finished[k] = True
    return improved


def _update(stack: Stack, members: Sequence[Member]) -> optim.Update:
    return optim.update([member.optim for member in members], stack)


def _with_ones(x: NDArray[np.float32], device: torch.device) -> Tensor:
    """Rows on the device, with the column that biases multiply."""
    return torch.from_numpy(np.concatenate([x, np.ones((len(x), 1), np.float32)], axis=1)).to(device)


class _Batches:
    """Final. One epoch of mini-batches."""

    def __init__(self, state: TrainState, members: Sequence[Member], data: Data) -> None:
        self._state, self._members = state, members
        stack = state.stack
        self._size = min(members[0].train.batch_size, len(data.t_train))
        self._padded = padded(self._size)
        self._rows = len(data.t_train)
        self._count = -(-self._rows // self._size)
        with stack.context():
            self._update = _update(stack, members)
            self._update.slots.update(state.slots)  # the state's buffers, so that a restored run goes on from them
            self._x = _with_ones(data.x_train, stack.device)
            target = torch.from_numpy(data.t_train.astype(np.float32)).to(stack.device)
            self._loss = [coefficients(target[:, None], member.loss) for member in members]
            self._weighted = any(gain is not None for gain, _ in self._loss)
            width = self._x.shape[1]
            per_batch = stack.slots * self._padded * width
            self._chunk = min(self._count, max(1, CHUNK_NUMBERS // per_batch))
            places = self._chunk * self._padded
            self._x_chunk = torch.zeros(stack.slots, places, width, device=stack.device)
            self._share_chunk = torch.zeros(stack.slots, places, 1, device=stack.device)
            self._gain_chunk = torch.ones(stack.slots, places, 1, device=stack.device)
            self._sums = torch.zeros(stack.slots, self._count, dtype=torch.float64, device=stack.device)
            self._z_chunk = torch.zeros(self._chunk, stack.slots, self._padded, 1, device=stack.device)
            clips = [member.train.clip_norm for member in members]
            self._clip = None
            if any(clip is not None for clip in clips):
                norms = [float("inf") if clip is None else clip for clip in clips]
                self._clip = torch.tensor([*norms, *[1.0] * (stack.slots - len(norms))], device=stack.device)[:, None]

    def run(self) -> list[float]:
        """Every row once; the loss is the mean over rows, each at its own batch, as a running loss is."""
        state, stack = self._state, self._state.stack
        scales = [rate_scale(member.train, state.epoch) for member in self._members]
        self._update.begin(scales, state.step, self._count)
        places = [
            batches(permutation(random, self._rows), self._size, self._padded).to(stack.device)
            for random in state.orders
        ]
        for first in range(0, self._count, self._chunk):
            self._train(places, first, min(first + self._chunk, self._count))
        state.step += self._count
        return (self._sums.sum(1)[: len(self._members)] / self._rows).tolist()

    def _train(self, places: list[Tensor], first: int, last: int) -> None:
        """Train on the batches from ``first`` to ``last`` and note each batch's sum of row losses."""
        stack, size, padded_size = self._state.stack, self._size, self._padded
        count = (last - first) * padded_size
        x, share, gain = self._x_chunk[:, :count], self._share_chunk[:, :count], self._gain_chunk[:, :count]
        for k, order in enumerate(places):
            rows = order[first:last].reshape(-1)
            torch.index_select(self._x, 0, rows, out=x[k])
            member_gain, member_share = self._loss[k]
            torch.index_select(member_share, 0, rows, out=share[k])
            if member_gain is not None:
                torch.index_select(member_gain, 0, rows, out=gain[k])
        logits = self._z_chunk[: last - first]
        gains = torch.split(gain, padded_size, 1) if self._weighted else [None] * (last - first)
        valids = [size] * (last - first)
        if last == self._count:
            valids[-1] = self._rows - (self._count - 1) * size
        gradients, step, clip = stack.gradients, self._update.step, self._clip
        for batch, batch_t, batch_gain, batch_share, z, valid in zip(
            torch.split(x, padded_size, 1),
            torch.split(x.transpose(1, 2), padded_size, 2),
            gains,
            torch.split(share, padded_size, 1),
            logits.unbind(0),
            valids,
            strict=True,
        ):
            gradients(batch, batch_t, batch_gain, batch_share, z, valid, valid < padded_size)
            if clip is not None:
                # torch.nn.utils.clip_grad_norm_: the same 1e-6 and the same clamp at 1
                norm = torch.linalg.vector_norm(stack.grad, dim=1, keepdim=True)
                stack.grad.mul_((clip / (norm + 1e-6)).clamp_max_(1.0))
            step()
        by_slot = logits.transpose(0, 1).reshape(stack.slots, count)
        losses = row_losses(by_slot, gain[:, :, 0] if self._weighted else None, share[:, :, 0])
        parts = losses.view(stack.slots, last - first, padded_size)
        parts[:, -1, valids[-1] :] = 0.0
        # By batch: chunks are shorter in larger stacks, and another order of summation has other last bits.
        torch.sum(parts[:, :, :size], 2, dtype=torch.float64, out=self._sums[:, first:last])


class _Newton:
    """Final. One epoch of the exact solver, member by member."""

    def __init__(self, state: TrainState, members: Sequence[Member], data: Data) -> None:
        self._state, self._members = state, members
        device = state.stack.device
        self._x = _with_ones(data.x_train, device)
        target = torch.from_numpy(data.t_train.astype(np.float32)).to(device)
        self._loss = [coefficients(target, member.loss) for member in members]
        self._size = size = self._x.shape[1]
        if list(state.stack.weights(0)) != ["layers.0.weight", "layers.0.bias"]:
            raise UserError("optim=newton: solves the convex case only; use model=logistic")
        self._decayed = torch.ones(size, device=device)
        self._decayed[-1] = 0.0

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
            start = Solution(self._state.slots["weights"][k, : self._size].clone())
            solution = newton_step(self._x, gain, share, start, member.optim, self._decayed)
            self._state.slots["weights"][k, : self._size] = solution.weights
            self._state.slots["loss"][k] = solution.loss
            self._state.finished[k] = solution.converged
            weights = {"layers.0.weight": solution.weights[None, :-1], "layers.0.bias": solution.weights[-1:]}
            self._state.stack.load_weights(k, weights)
        self._state.step += 1
        return self._state.slots["loss"][: len(self._members)].tolist()
