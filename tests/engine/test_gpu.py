"""Trainings on a GPU against the same ones on the CPU: ``make gpu-check``, which prints their seconds too."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from builders import CPU, adam, begin, breast_cancer, digits, fitted, logistic, member, mlp, newton, pictures, sgd
from numpy.typing import NDArray

from logodds.engine.optim import Optim
from logodds.engine.state import Data
from logodds.models.cnn import CNN
from logodds.models.model import Model

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no GPU on this machine"),
]

EPOCHS = 10
MEMBERS = 8
# Sums in another order: the losses of both differ in their last bits, and by what the optimiser makes of those.
TOLERANCE = 1e-3
CASES: dict[str, tuple[Model, Optim, Data]] = {
    "logistic, SGD": (logistic(), sgd(), breast_cancer()),
    "logistic, Newton": (logistic(), newton(), breast_cancer()),
    "MLP, Adam": (mlp(hidden=[64, 64]), adam(), breast_cancer()),
    "CNN, SGD": (
        CNN(name="cnn", channels=[4, 8], dropout=0.0, flip=False, shift=0),
        sgd(lr=0.01),
        pictures(digits(2, train=200, val=100)),
    ),
}


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Rows that are printed when all cases have ended."""
    rows: list[str] = []
    yield rows
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    reporter.write_line("")
    for row in (f"{torch.cuda.get_device_name()}, {MEMBERS} members, {EPOCHS} epochs", *rows):
        reporter.write_line(row)


def losses(model: Model, optim: Optim, data: Data, device: torch.device) -> tuple[NDArray[np.float64], float]:
    """Validation loss [epochs, members], and the seconds that the training took."""
    members = [member(optim, seed=seed, epochs=EPOCHS) for seed in range(MEMBERS)]
    state = begin([model] * MEMBERS, members, data, device)
    started = time.perf_counter()
    history = list(fitted(state))
    if device != CPU:
        torch.cuda.synchronize(device)
    seconds = time.perf_counter() - started
    return np.array([epoch.figures["val/loss"] for epoch in history]), seconds


@pytest.mark.parametrize("case", CASES)
def test_a_gpu_comes_to_the_losses_of_the_cpu(table: list[str], case: str) -> None:
    model, optim, data = CASES[case]
    expected, slow = losses(model, optim, data, CPU)
    found, fast = losses(model, optim, data, torch.device("cuda"))
    again, _ = losses(model, optim, data, torch.device("cuda"))
    difference = float(np.abs(found / expected - 1.0).max())
    table.append(f"{case:18} CPU {slow:7.3f} s  GPU {fast:7.3f} s  largest relative difference {difference:.1e}")
    assert difference <= TOLERANCE
    np.testing.assert_array_equal(found, again)
