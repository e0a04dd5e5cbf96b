"""The learning-rate schedules that ``train.schedule`` names."""

from __future__ import annotations

import math

from logodds.engine.train_options import TrainOptions


def rate_scale(options: TrainOptions, epoch: int) -> float:
    """Return the factor of the learning rate in ``epoch``, counted from 1.

    During ``warmup_epochs`` it rises linearly towards 1. After that, let p be the share of the remaining epochs that is
    done: ``cosine`` is (1 + cos(pi p)) / 2 (Loshchilov and Hutter 2017, as in ``CosineAnnealingLR``), ``linear`` is
    1 - p and ``constant`` is 1.
    """
    if epoch <= options.warmup_epochs:
        return epoch / (options.warmup_epochs + 1)
    progress = (epoch - 1 - options.warmup_epochs) / max(1, options.epochs - options.warmup_epochs)
    if options.schedule == "cosine":
        return (1.0 + math.cos(math.pi * progress)) / 2.0
    return 1.0 - progress if options.schedule == "linear" else 1.0
