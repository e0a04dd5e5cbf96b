"""Options of a training run, and the learning-rate schedules they name."""

from __future__ import annotations

import math
from dataclasses import dataclass

from logodds.evaluation.metrics.monitors import MONITORS
from logodds.options.rules import choice, number


@dataclass(kw_only=True)
class TrainOptions:
    """How long, how, and by which figure the kept weights are chosen.

    ``monitor``: the figure whose best epoch is kept; ``patience``: epochs without an improvement of more than
    ``min_delta`` after which training stops (None: never). ``schedule`` and ``warmup_epochs`` scale the learning rate
    per epoch. ``sampling``: how an epoch's rows are drawn, see ``order.py``. ``clip_norm``: largest L2 norm of a
    member's gradient. ``checkpoint_seconds``: how much work a kill may cost. ``reuse``: a run of the same origin that
    is in the record is shown, and nothing trained.
    """

    epochs: int = number(least=1, most=10**9)
    batch_size: int = number(least=1)
    seed: int = number(least=0, below=2**63)
    device: str = choice("auto", "cpu", "cuda")
    threads: int = number(least=1, most=1024)
    monitor: str = choice("train/loss", *(f"val/{name}" for name in MONITORS))
    patience: int | None = number(least=1)
    min_delta: float = number(least=0.0)
    schedule: str = choice("constant", "cosine", "linear")
    warmup_epochs: int = number(least=0)
    sampling: str = choice("shuffle", "stratified", "weighted")
    clip_norm: float | None = number(above=0.0)
    checkpoint_seconds: float = number(above=0.0)
    reuse: bool


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
