"""How a model is trained: the section ``train`` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.evaluation.metric import monitor
from logodds.options.rules import choice, number


@dataclass(kw_only=True)
class TrainOptions:
    """How long, how, and by which figure the kept weights are chosen.

    Attributes:
        epochs: at most.
        batch_size: rows of a mini-batch.
        seed: of initial weights, order of rows, dropout.
        device: ``auto`` takes a GPU where there is one.
        threads: of PyTorch on the CPU; another number gives other last bits.
        monitor: the figure whose best epoch is kept, such as ``val/f1``.
        patience: epochs without an improvement of more than ``min_delta`` after which training stops; None: never.
        min_delta: what counts as an improvement.
        schedule: of the learning rate, by epoch.
        warmup_epochs: in which the learning rate rises.
        sampling: how the rows of an epoch are drawn, see ``order.py``.
        clip_norm: largest L2 norm of a model's gradient; None: any.
        checkpoint_seconds: how much work a kill may cost.
        reuse: whether a run of the same origin that is in the record is shown, and nothing trained.
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
