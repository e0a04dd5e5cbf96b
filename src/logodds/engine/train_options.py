"""How a model is trained: the section ``train`` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.evaluation.metric import monitor
from logodds.options.rules import choice, number
from logodds.options.unused import Unused


@dataclass(kw_only=True)
class TrainOptions:
    """Length and course of a training, and the metric that selects the kept weights.

    Attributes:
        epochs: the largest number of epochs.
        batch_size: rows of a mini-batch.
        seed: seed of initial weights, order of rows and dropout.
        device: where to train; ``auto`` takes a GPU if there is one.
        threads: threads of PyTorch on the CPU; another number gives other last bits.
        monitor: the metric whose best epoch is kept, such as ``val/f1``.
        patience: training stops after this many epochs without an improvement of more than ``min_delta``; None: never.
        min_delta: smallest improvement of the monitored metric that ``patience`` counts as one.
        schedule: how the learning rate changes from epoch to epoch, see ``schedule.py``.
        warmup_epochs: number of first epochs in which the learning rate rises.
        sampling: how the rows of an epoch are drawn, see ``order.py``.
        clip_norm: largest L2 norm of a model's gradient; a longer one is scaled down to it. None: no limit.
        checkpoint_seconds: time between checkpoints; about this much work is lost if the process is killed. It is
            longer where saving would otherwise take more than a tenth of the time.
        reuse: if a run of the same origin has been recorded, show that run instead of training.
    """

    epochs: int = number(least=1, most=10**9)
    batch_size: int = number(least=1)
    seed: int = number(least=0, below=2**63)
    device: str = choice("auto", "cpu", "cuda")
    threads: int = number(least=1, most=1024)
    monitor: str = monitor()
    patience: int | None = number(least=1)
    min_delta: float = number(least=0.0)
    schedule: str = choice("constant", "cosine", "linear")
    warmup_epochs: int = number(least=0)
    sampling: str = choice("shuffle", "stratified", "weighted")
    clip_norm: float | None = number(above=0.0)
    checkpoint_seconds: float = number(above=0.0)
    reuse: bool

    def unused(self) -> list[Unused]:
        """Return the keys that have no effect with these options."""
        return [] if self.patience is not None else [Unused("train.patience=null", {"train.min_delta": (0.0,)})]
