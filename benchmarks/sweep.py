"""A sweep as one training: against the usual loop for one configuration after the other.

breast_cancer, batch size 32, SGD, 20 epochs, learning rates from a range. The loop is that of ``update.py``:
DataLoader, BCELoss, torch.optim.SGD; one thread, or two processes by joblib. Both sides train on the same rows and must
end with the same losses before a time is told.

python benchmarks/sweep.py
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from example import breast_cancer, matrices, sgd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from timing import Row, Target, medians, show, size
from torch import nn
from update import logistic, mlp, theirs

from logodds.engine import fit
from logodds.engine.passes import layout
from logodds.engine.state import Data, MemberOptions, start
from logodds.features.rows import Matrix
from logodds.models.stacks.build import build
from logodds.runs.config import Config
from logodds.runs.grouping import groups

COUNT, REPETITIONS = size(64, 2), size(3)
SHARED = (f"train.epochs={size(20, 2)}", "train.batch_size=32", "train.monitor=train/loss", "train.device=cpu")


def main() -> None:
    torch.set_num_threads(1)
    rows = [
        *compare("logistic", ("model=logistic",), logistic, 1e-5, 50.0, None),
        *compare("MLP 64-64", ("model=mlp", "model.hidden=[64,64]"), mlp, 1e-3, 15.0, 8.0),
    ]
    show(f"{COUNT} configurations, training only", rows)


def compare(
    work: str,
    overrides: tuple[str, ...],
    model: Callable[[int], nn.Module],
    tolerance: float,
    least: float,
    least_by_two: float | None,
) -> list[Row]:
    """Raises:
    AssertionError: the losses are not the same.
    """
    config, data = breast_cancer([*overrides, *SHARED])
    train, validation = matrices(data)
    data = replace(data, x_val=Matrix(validation.values[:0], validation.columns), t_val=data.t_val[:0])
    configs = [replace(config, optim=replace(sgd(config), lr=0.002 * (k + 1))) for k in range(COUNT)]
    one = partial(theirs, rows=train.values, target=data.t_train, build=model)
    expected = [one(each)[1] for each in configs]
    np.testing.assert_allclose(together(configs, data), expected, rtol=0.0, atol=tolerance)
    works: dict[str, Callable[[], float]] = {
        "ours": lambda: timed(lambda: together(configs, data)),
        "theirs": lambda: timed(lambda: [one(each) for each in configs]),
    }
    if least_by_two is not None:
        works["two"] = lambda: timed(lambda: Parallel(n_jobs=2)(delayed(apart)(one, each) for each in configs))
    seconds = medians(works, REPETITIONS)
    told = {name: f"{value:.2f} s" for name, value in seconds.items()}
    ours = f"{1000 * seconds['ours']:.0f} ms"
    found = [Row(work, ours, told["theirs"], seconds["theirs"] / seconds["ours"], Target(least, at_least=True))]
    if least_by_two is not None:
        ratio = seconds["two"] / seconds["ours"]
        found.append(Row("  … by two processes", ours, told["two"], ratio, Target(least_by_two, at_least=True)))
    return found


def together(configs: Sequence[Config], data: Data) -> NDArray[np.float64]:
    """The losses [configurations, epochs]."""
    losses = np.zeros((len(configs), configs[0].train.epochs))
    for group in groups(configs, [data] * len(configs)):
        chosen = [configs[k] for k in group]
        first = chosen[0]
        batch = layout(len(data.t_train), first.train.batch_size)[1]
        models, seeds = [each.model for each in chosen], [each.train.seed for each in chosen]
        stack = build(models, data.x_train, first.loss.outputs(data.classes), seeds, batch, torch.device("cpu"))
        members = [MemberOptions(each.train, each.optim, each.loss) for each in chosen]
        for epoch in fit.fit(start(stack, members, [data] * len(group)), 0.5):
            losses[np.array(group)[epoch.members], epoch.epochs[0] - 1] = epoch.figures["train/loss"]
    return losses


def apart(one: Callable[[Config], tuple[float, list[float]]], config: Config) -> list[float]:
    """In a process of its own."""
    torch.set_num_threads(1)
    return one(config)[1]


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
