"""One update: the usual PyTorch loop against ``logodds.engine.fit``, on the same rows, batches and initial weights.

The loop is DataLoader(shuffle, generator), a sigmoid after nn.Linear or nn.Sequential, BCELoss, zero_grad, backward,
torch.optim.SGD and a running loss; batch size 32, one thread. Both must give the same losses before a time is told.

python benchmarks/update.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from example import begin, breast_cancer, matrices, sgd
from numpy.typing import NDArray
from timing import Row, Target, medians, show, size
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from logodds.engine.fit import fit
from logodds.engine.state import Data
from logodds.features.rows import Matrix
from logodds.runs.config import Config

REPETITIONS = size(7)
LOGISTIC = ("model=logistic", f"train.epochs={size(100, 2)}")
MLP = ("model=mlp", f"train.epochs={size(40, 2)}")


def main() -> None:
    torch.set_num_threads(1)
    rows = [
        *compare("logistic, batch 32, SGD", LOGISTIC, logistic, 1e-6, Target(20.0, at_least=True)),
        *compare("MLP 64-64, batch 32, SGD", MLP, mlp, 1e-4, Target(3.0, at_least=True)),
    ]
    show("One update", rows)


def compare(
    work: str, overrides: tuple[str, ...], model: Callable[[int], nn.Module], tolerance: float, target: Target
) -> list[Row]:
    """Without validation rows, which the loop does not look at; and with them, for what they add.

    Raises:
        AssertionError: the losses are not the same.
    """
    config, data = breast_cancer([*overrides, "train.batch_size=32", "train.monitor=train/loss", "train.device=cpu"])
    train, validation = matrices(data)
    whole = Matrix(np.concatenate([train.values, validation.values]), train.columns)
    data = replace(data, x_train=whole, t_train=np.append(data.t_train, data.t_val))
    train_only = replace(data, x_val=Matrix(validation.values[:0], train.columns), t_val=data.t_val[:0])
    found, expected = ours(config, train_only)[1], theirs(config, whole.values, data.t_train, model)[1]
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=tolerance)
    seconds = medians(
        {
            "ours": lambda: ours(config, train_only)[0],
            "theirs": lambda: theirs(config, whole.values, data.t_train, model)[0],
            "followed": lambda: ours(config, data)[0],
        },
        REPETITIONS,
    )
    updates = config.train.epochs * -(-len(data.t_train) // config.train.batch_size)
    each = {name: value / updates * 1e6 for name, value in seconds.items()}
    told = {name: f"{value:.1f} µs" for name, value in each.items()}
    return [
        Row(work, told["ours"], told["theirs"], each["theirs"] / each["ours"], target),
        Row(
            f"  … and {len(data.t_val)} validation rows per epoch",
            told["followed"],
            told["theirs"],
            each["theirs"] / each["followed"],
        ),
    ]


def ours(config: Config, data: Data) -> tuple[float, list[float]]:
    """Seconds of training, and the loss of each epoch."""
    state = begin(config, data)
    started = time.perf_counter()
    losses = [epoch.figures["train/loss"][0] for epoch in fit(state, config.evaluate.threshold)]
    return time.perf_counter() - started, losses


def theirs(
    config: Config, rows: NDArray[np.float32], target: NDArray[np.int64], build: Callable[[int], nn.Module]
) -> tuple[float, list[float]]:
    """Seconds of training, and the loss of each epoch."""
    x = torch.from_numpy(rows)
    t = torch.from_numpy(target.astype(np.float32))[:, None]
    torch.manual_seed(config.train.seed)
    model = build(x.shape[1])
    criterion = nn.BCELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=sgd(config).lr)
    random = torch.Generator().manual_seed(config.train.seed)
    loader = DataLoader(TensorDataset(x, t), batch_size=config.train.batch_size, shuffle=True, generator=random)
    losses = []
    started = time.perf_counter()
    for _ in range(config.train.epochs):
        running = 0.0
        for batch, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(batch), labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(batch)
        losses.append(running / len(x))
    return time.perf_counter() - started, losses


def logistic(inputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(inputs, 1), nn.Sigmoid())


def mlp(inputs: int) -> nn.Module:
    hidden = [nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Linear(64, 1), nn.Sigmoid())


if __name__ == "__main__":
    main()
