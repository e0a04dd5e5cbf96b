"""The learning-rate schedules that ``train.schedule`` names."""

from __future__ import annotations

import math

from logodds.engine.train_options import TrainOptions


def rate_scale(options: TrainOptions, epoch: int) -> float:
    """The factor of the learning rate in ``epoch``, counted from 1.

    Warm-up rises linearly to 1 over ``warmup_epochs``; then ``cosine`` follows (1 + cos(pi p)) / 2 (Loshchilov and
    Hutter 2017, as ``CosineAnnealingLR``) and ``linear`` 1 - p, with p the share of the remaining epochs done.
    """
    if epoch <= options.warmup_epochs:
        return epoch / (options.warmup_epochs + 1)
    progress = (epoch - 1 - options.warmup_epochs) / max(1, options.epochs - options.warmup_epochs)
    if options.schedule == "cosine":
        return (1.0 + math.cos(math.pi * progress)) / 2.0
    return 1.0 - progress if options.schedule == "linear" else 1.0
