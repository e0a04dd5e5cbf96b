"""The training loop, the same for every model, loss and optimiser.

It yields one record per epoch; the caller logs and saves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from logodds.engine import added
from logodds.engine.early_stopping import judge
from logodds.engine.state import Data, TrainRows, TrainState
from logodds.evaluation.metric import followed, metric_values
from logodds.models.stacks.resident import Resident, resident
from logodds.models.stacks.stack import Stack, log_odds
from logodds.system.errors import UserError

LEAVING = 0.75  # a smaller stack is made when at most this share of its members still trains


@dataclass(frozen=True)
class ValidationRows:
    """Validation rows that some members of the stack share.

    Attributes:
        data: rows and class indices, train and validation.
        x_val: the validation rows on the device.
        slots: slots of the members that are evaluated on these rows.
    """

    data: Data
    x_val: Resident
    slots: list[int]


@dataclass(frozen=True)
class Epoch:
    """Results of one epoch, for the members that trained in it without failing.

    Attributes:
        members: their numbers in :attr:`TrainState.members`. The other fields have one entry per member, in this order.
        epochs: how many epochs each of them has trained.
        figures: metric values by metric name, such as ``train/loss`` and ``val/f1``.
        improved: whether this epoch is the member's best so far.
    """

    members: list[int]
    epochs: list[int]
    figures: dict[str, list[float]]
    improved: list[bool]


def fit(state: TrainState, threshold: float, pause: Callable[[], None] | None = None) -> Iterator[Epoch]:
    """Train from ``state`` until every member has trained for all its epochs or has stopped; yield after each epoch.

    Between epochs the caller may finish members and let others join. If the loss of a member is not finite, the reason
    is written to its ``failed`` and it stops training; the others continue.

    Args:
        state: as started or restored; it is changed in place.
        threshold: probability from which a row counts as positive in the metrics.
        pause: called from time to time within an epoch, at moments when the state can be saved.

    Raises:
        UserError: the monitored metric needs validation rows and there are none.
    """
    on_device: dict[int, tuple[TrainRows, Resident]] = {}
    one_pass = None
    while state.joining or not all(state.members[k].finished for k in state.member_in_slot):
        unfinished = sum(not state.members[k].finished for k in state.member_in_slot)
        if one_pass is None or state.joining or unfinished <= LEAVING * len(state.member_in_slot):
            state.regroup()
            stacked = [state.members[k] for k in state.member_in_slot]
            for member in stacked:
                if id(member.data) not in on_device:
                    on_device[id(member.data)] = _on_device(member.data, state.stack.device)
            names = _followed_figures(
                [member.options.train.monitor for member in stacked], [member.data for member in stacked]
            )
            options = [
                replace(member.options, loss=member.options.loss.of_rows(member.data.t_train, member.data.classes))
                for member in stacked
            ]
            loss, optim = options[0].loss, options[0].optim
            with added.guarded(loss, optim):
                one_pass = optim.one_pass(state, options, [on_device[id(member.data)][0] for member in stacked])
            rows_followed = [
                ValidationRows(
                    data, on_device[id(data)][1], [slot for slot, member in enumerate(stacked) if member.data is data]
                )
                for data in {id(member.data): member.data for member in stacked}.values()
                if len(data.t_val)
            ]
        active = [(slot, k) for slot, k in enumerate(state.member_in_slot) if not state.members[k].finished]
        for _, k in active:
            if not state.members[k].batches:  # otherwise the member continues an epoch that was interrupted
                state.members[k].epoch += 1
        with state.stack.context():
            with added.guarded(loss, optim):
                figures = {"train/loss": one_pass.run(pause)}
            figures |= _validate(state.stack, names, rows_followed, threshold)
        slots, improved = [], []  # of the members that did not fail
        for slot, k in active:
            monitor = state.members[k].options.train.monitor
            better = judge(state, slot, figures["train/loss"][slot], figures[monitor][slot])
            if not state.members[k].failed:
                slots.append(slot)
                improved.append(better)
        if slots:
            training = [state.member_in_slot[slot] for slot in slots]
            yield Epoch(
                training,
                [state.members[k].epoch for k in training],
                {name: [values[slot] for slot in slots] for name, values in figures.items()},
                improved,
            )


def _on_device(data: Data, device: torch.device) -> tuple[TrainRows, Resident]:
    target = torch.from_numpy(data.t_train)
    return TrainRows(resident(data.x_train, device), target.to(device), target), resident(data.x_val, device)


def _followed_figures(monitors: Sequence[str], data: Sequence[Data]) -> list[str]:
    """Return the names of the metrics that are computed on the validation rows after each epoch."""
    for monitor, rows in zip(monitors, data, strict=True):
        if len(rows.t_val) == 0 and monitor != "train/loss":
            raise UserError(
                f"train.monitor={monitor}: there are no validation rows; "
                "set split.val_size > 0 or train.monitor=train/loss"
            )
    return followed(monitors)


def _validate(
    stack: Stack, names: Sequence[str], followed: Sequence[ValidationRows], threshold: float
) -> dict[str, list[float]]:
    """Return metric values on the validation rows, by metric name and slot; NaN for a member without such rows."""
    figures = {f"val/{name}": [float("nan")] * stack.members for name in names} if followed else {}
    for rows in followed:
        scores = np.stack([log_odds(logits) for logits in stack.logits(rows.x_val, rows.slots)])
        for name in names:
            values = metric_values(name, scores, rows.data.t_val, threshold).tolist()
            for slot, value in zip(rows.slots, values, strict=True):
                figures[f"val/{name}"][slot] = value
    return figures
