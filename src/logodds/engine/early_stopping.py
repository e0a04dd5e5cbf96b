"""The end of an epoch for one member: whether its weights are the best so far, and whether it stops."""

from __future__ import annotations

import math

from logodds.engine.state import TrainState
from logodds.evaluation.metric import higher_is_better


def judge(state: TrainState, slot: int, loss: float, figure: float) -> bool:
    """Keep the weights of the member in a slot if this epoch is its best so far, and finish it if it is to stop.

    Args:
        loss: mean loss of the epoch.
        figure: value of the monitored metric.

    Returns:
        Whether the epoch is the best so far.
    """
    k = state.member_in_slot[slot]
    member = state.members[k]
    options = member.options.train
    if not math.isfinite(loss):
        member.failed = (
            f"train/loss is {loss} in epoch {member.epoch} (seed {options.seed}); lower optim.lr or set train.clip_norm"
        )
        state.finish(k)
        return False
    if member.options.optim.keeps_last:
        value, improved, enough = loss, True, True
    else:
        value = figure * (-1.0 if higher_is_better(options.monitor) else 1.0)
        improved, enough = value < member.best, value < member.best - options.min_delta
    member.waited = 0 if enough else member.waited + 1
    if improved:
        member.best, member.best_epoch, member.kept = value, member.epoch, state.stack.snapshot(slot)
    out_of_patience = options.patience is not None and member.waited >= options.patience
    if member.finished or out_of_patience or member.epoch >= options.epochs:
        state.finish(k)
    return improved
