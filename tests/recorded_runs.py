"""Runs as a store would hold them, and comparisons of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from logodds.review.comparison.gather import Gathered
from logodds.tracking.recorded import Histories, Recorded

PARAMS = {"problem.name": "toy", "optim.lr": "0.1", "model.hidden": "[64, 64]", "train.monitor": "val/loss"}
TAGS = {"problem": "toy", "data.md5": "d" * 32, "split.sha256": "e" * 64, "best.epoch": "2"}
FIGURES = {"best/log_loss": 0.3, "best/accuracy": 0.9, "best/support": 100.0, "best/roc_auc": 0.95}
COUNTS = {"best/tn": 50.0, "best/fp": 4.0, "best/fn": 6.0, "best/tp": 40.0}


def run(
    name: str,
    figures: Mapping[str, float] | None = None,
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    status: str = "FINISHED",
) -> Recorded:
    """A run whose id is its name's letters in hexadecimal, 32 characters of them."""
    run_id = name.encode().hex().ljust(32, "0")[:32]
    return Recorded(
        run_id, name, status, "7", PARAMS | dict(params or {}), TAGS | dict(tags or {}), FIGURES | dict(figures or {})
    )


def gathered(runs: Sequence[Recorded], histories: Histories | None = None) -> Gathered:
    return Gathered("toy-1", "toy: chosen runs", "toy", "7", list(runs), histories or curves(runs), [])


def curves(runs: Sequence[Recorded], epochs: int = 3) -> Histories:
    """Losses that fall from 1 by a step of each run's own."""
    steps = np.arange(1, epochs + 1)
    return {
        each.id: dict.fromkeys(("train/loss", "val/loss"), (steps, 1.0 - 0.1 * (place + 1) * steps / epochs))
        for place, each in enumerate(runs)
    }
