"""Pixels as MNIST's: one epoch of an MLP through ``logodds.engine.fit`` against the usual PyTorch loop.

60,000 generated pictures of 28x28, MLP 784-128-10, cross-entropy, Adam, batch size 64. The loop is
DataLoader(TensorDataset, shuffle) over float pixels that were normalised beforehand, zero_grad, backward and a running
loss; ``fit`` keeps bytes and normalises each batch. Same initial weights, same batches: both must give the same loss
before a time is told. One thread each, and the loop with two besides.

python benchmarks/mnist.py
"""

from __future__ import annotations

import time

import numpy as np
import torch
from example import begin
from timing import Row, Target, medians, show, size
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from logodds.engine.fit import fit
from logodds.engine.state import Data
from logodds.features.rows import Pixels
from logodds.runs.compose import compose
from logodds.runs.config import Config

ROWS, SIDE, CLASSES, UNITS = size(60_000, 200), 28, 10, 128
MEAN, SCALE = 33.0, 79.0
REPETITIONS = size(3)
OVERRIDES = (
    "features=pixels",
    "model=mlp",
    f"model.hidden=[{UNITS}]",
    "loss=cross_entropy",
    "optim=adam",
    "train.epochs=1",
    "train.batch_size=64",
    "train.monitor=train/loss",
    "train.device=cpu",
)


def main() -> None:
    torch.set_num_threads(1)
    config, data = compose(OVERRIDES), sample()
    np.testing.assert_allclose(ours(config, data)[1], theirs(config, data, threads=1)[1], rtol=0.0, atol=1e-4)
    seconds = medians(
        {
            "ours": lambda: ours(config, data)[0],
            "theirs": lambda: theirs(config, data, threads=1)[0],
            "two": lambda: theirs(config, data, threads=2)[0],
        },
        REPETITIONS,
        warm=0,
    )
    told = {name: f"{value:.2f} s" for name, value in seconds.items()}
    limit = Target(3.0, at_least=True)
    rows = [
        Row("an epoch, one thread", told["ours"], told["theirs"], seconds["theirs"] / seconds["ours"], limit),
        Row("  … the loop with two", told["ours"], told["two"], seconds["two"] / seconds["ours"]),
    ]
    show(f"MLP {SIDE * SIDE}-{UNITS}-{CLASSES} on {ROWS:,} pictures, batch 64, Adam", rows)


def sample() -> Data:
    """Each class has a pattern of its own, with noise; half of the pixels are 0, as around a digit."""
    random = np.random.default_rng(0)
    classes = random.integers(0, CLASSES, ROWS)
    patterns = random.integers(-200, 200, (CLASSES, 1, SIDE, SIDE), dtype=np.int16)
    values = random.integers(-60, 60, (ROWS, 1, SIDE, SIDE), dtype=np.int16)
    values += patterns[classes]
    pixels = values.clip(0, 255).astype(np.uint8)
    part = [Pixels(rows, (MEAN,), (SCALE,)) for rows in (pixels, pixels[:0])]
    return Data(part[0], classes, part[1], classes[:0], CLASSES)


def ours(config: Config, data: Data) -> tuple[float, float]:
    """Seconds and loss of the epoch."""
    state = begin(config, data)
    started = time.perf_counter()
    (epoch,) = fit(state, config.evaluate.threshold)
    return time.perf_counter() - started, epoch.figures["train/loss"][0]


def theirs(config: Config, data: Data, threads: int) -> tuple[float, float]:
    """Seconds and loss of the epoch."""
    assert isinstance(data.x_train, Pixels)
    x = (torch.from_numpy(data.x_train.values).float() - MEAN) / SCALE
    torch.manual_seed(config.train.seed)
    model = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, UNITS), nn.ReLU(), nn.Linear(UNITS, CLASSES))
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters())
    random = torch.Generator().manual_seed(config.train.seed)
    rows = TensorDataset(x, torch.from_numpy(data.t_train))
    loader = DataLoader(rows, batch_size=config.train.batch_size, shuffle=True, generator=random)
    torch.set_num_threads(threads)
    started = time.perf_counter()
    running = 0.0
    for batch, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(batch), labels)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(batch)
    taken = time.perf_counter() - started
    torch.set_num_threads(1)
    return taken, running / len(x)


if __name__ == "__main__":
    main()
