"""The one training loop, for every model, loss and optimiser: a record per epoch; the caller logs and saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from logodds.engine.state import Data, TrainRows, TrainState
from logodds.evaluation.metric import followed, higher_is_better, metric
from logodds.models.stacks.resident import Resident, resident
from logodds.models.stacks.stack import Stack, log_odds
from logodds.system.errors import UserError

LEAVING = 0.75  # share of the members in a stack still training at which a smaller one is made


@dataclass(frozen=True)
class Followed:
    """Validation rows on the device, and the places in the stack of the members that are judged by them."""

    data: Data
    x_val: Resident
    places: list[int]


@dataclass(frozen=True)
class Epoch:
    """What one epoch gave: the members that trained in it, and for each of them, in that order, how many epochs it has
    had, figures by metric name, and whether it is the member's best so far."""

    members: list[int]
    epochs: list[int]
    figures: dict[str, list[float]]
    improved: list[bool]


def device(name: str) -> torch.device:
    """``auto`` takes a GPU where there is one.

    Raises:
        UserError: ``cuda`` without a GPU that this PyTorch can use.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise UserError("train.device=cuda: PyTorch finds no GPU on this machine; use train.device=cpu or auto")
    return torch.device("cuda" if name == "cuda" or (name == "auto" and available) else "cpu")


def fit(state: TrainState, threshold: float, pause: Callable[[], None] | None = None) -> Iterator[Epoch]:
    """Train from ``state`` on until every member has had its epochs or has stopped; yields after each epoch.

    Between epochs the caller may let members finish and others join. A member whose loss is not finite has a reason in
    ``failed`` from then on, and trains no further; the others do.

    Args:
        state: as started or restored; it is advanced in place.
        threshold: probability from which a row is called positive in the figures.
        pause: called now and then within an epoch, when the state can be saved.

    Raises:
        UserError: a monitored figure that needs validation rows where there are none.
    """
    on_device: dict[int, tuple[TrainRows, Resident]] = {}
    one_pass = None
    while state.joining or not all(state.members[k].finished for k in state.places):
        going = sum(not state.members[k].finished for k in state.places)
        if one_pass is None or state.joining or going <= LEAVING * len(state.places):
            state.regroup()
            inside = [state.members[k] for k in state.places]
            for own in inside:
                if id(own.data) not in on_device:
                    on_device[id(own.data)] = _on_device(own.data, state.stack.device)
            names = _followed_figures([own.options.train.monitor for own in inside], [own.data for own in inside])
            weighed = [
                replace(own.options, loss=own.options.loss.of_rows(own.data.t_train, own.data.classes))
                for own in inside
            ]
            one_pass = weighed[0].optim.one_pass(state, weighed, [on_device[id(own.data)][0] for own in inside])
            rows_followed = [
                Followed(each, on_device[id(each)][1], [p for p, own in enumerate(inside) if own.data is each])
                for each in {id(own.data): own.data for own in inside}.values()
                if len(each.t_val)
            ]
        active = [(place, k) for place, k in enumerate(state.places) if not state.members[k].finished]
        for _, k in active:
            if not state.members[k].batches:  # else the epoch had begun before the run was cut off, and goes on
                state.members[k].epoch += 1
        with state.stack.context():
            figures = {"train/loss": one_pass.run(pause)}
            figures |= _validate(state.stack, names, rows_followed, threshold)
        told, improved = [], []
        for place, k in active:
            monitor = state.members[k].options.train.monitor
            better = _judge(state, place, figures["train/loss"][place], figures[monitor][place])
            if not state.members[k].failed:
                told.append(place)
                improved.append(better)
        if told:
            training = [state.places[place] for place in told]
            yield Epoch(
                training,
                [state.members[k].epoch for k in training],
                {name: [each[place] for place in told] for name, each in figures.items()},
                improved,
            )


def _on_device(data: Data, device: torch.device) -> tuple[TrainRows, Resident]:
    target = torch.from_numpy(data.t_train)
    return TrainRows(resident(data.x_train, device), target.to(device), target), resident(data.x_val, device)


def _followed_figures(monitors: Sequence[str], data: Sequence[Data]) -> list[str]:
    """Names of the figures that are followed on the validation rows."""
    for monitor, each in zip(monitors, data, strict=True):
        if len(each.t_val) == 0 and monitor != "train/loss":
            raise UserError(
                f"train.monitor={monitor}: there are no validation rows; "
                "set split.val_size > 0 or train.monitor=train/loss"
            )
    return followed(monitors)


def _validate(
    stack: Stack, names: Sequence[str], followed: Sequence[Followed], threshold: float
) -> dict[str, list[float]]:
    """Figures on the validation rows by metric name and place in the stack; NaN for a member that has none."""
    figures = {f"val/{name}": [float("nan")] * stack.members for name in names} if followed else {}
    for rows in followed:
        scores = np.stack([log_odds(each) for each in stack.logits(rows.x_val, rows.places)])
        for name in names:
            found = metric(name).values(scores, rows.data.t_val, threshold).tolist()
            for place, value in zip(rows.places, found, strict=True):
                figures[f"val/{name}"][place] = value
    return figures


def _judge(state: TrainState, place: int, loss: float, figure: float) -> bool:
    """Keep the weights of the member at a place if the monitored figure is its best so far; count patience."""
    k = state.places[place]
    own = state.members[k]
    options = own.options.train
    if not np.isfinite(loss):
        own.failed = (
            f"train/loss is {loss} in epoch {own.epoch} (seed {options.seed}); lower optim.lr or set train.clip_norm"
        )
        state.finish(k)
        return False
    if own.options.optim.keeps_last:
        value, improved, enough = loss, True, True
    else:
        value = figure * (-1.0 if higher_is_better(options.monitor) else 1.0)
        improved, enough = value < own.best, value < own.best - options.min_delta
    own.waited = 0 if enough else own.waited + 1
    if improved:
        own.best, own.best_epoch, own.kept = value, own.epoch, state.stack.snapshot(place)
    tired = options.patience is not None and own.waited >= options.patience
    if own.finished or tired or own.epoch >= options.epochs:
        state.finish(k)
    return improved
