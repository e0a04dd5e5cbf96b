"""One configuration in the two training frameworks that people reach for: skorch and Lightning.

Logistic regression on breast_cancer, SGD, batch size 32, one thread; the frameworks' own logging, bars, checkpoints and
validation are switched off, so that what is left is their loop. All start from our initial weights, and must end with
the same train loss up to the order of the rows.

python benchmarks/frameworks.py
"""

from __future__ import annotations

import logging
import time
import warnings
from dataclasses import replace

import lightning
import numpy as np
import torch
from example import begin, breast_cancer, matrices, sgd
from lightning.pytorch.utilities.rank_zero import rank_zero_only
from numpy.typing import NDArray
from skorch import NeuralNet
from timing import Row, Target, medians, show, size
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from update import ours

from logodds.engine.state import Data
from logodds.features.rows import Matrix
from logodds.runs.config import Config

REPETITIONS = size(5)
EPOCHS = size(40, 5)
TOLERANCE = 0.02  # of the final loss: the orders of the rows differ


def main() -> None:
    torch.set_num_threads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    rank_zero_only.rank = 0
    warnings.simplefilter("ignore")  # Lightning's advice on workers
    overrides = (f"train.epochs={EPOCHS}", "train.batch_size=32", "train.monitor=train/loss", "train.device=cpu")
    config, data = breast_cancer(["model=logistic", *overrides])
    train, validation = matrices(data)
    data = replace(data, x_val=Matrix(validation.values[:0], validation.columns), t_val=data.t_val[:0])
    x, t = train.values, data.t_train
    losses = {
        "ours": loss(config, data, None),
        "skorch": loss(config, data, in_skorch(config, data, x, t)[1]),
        "lightning": loss(config, data, in_lightning(config, data, x, t)[1]),
    }
    for name in ("skorch", "lightning"):
        np.testing.assert_allclose(losses[name], losses["ours"], atol=TOLERANCE)
    seconds = medians(
        {
            "ours": lambda: ours(config, data)[0],
            "skorch": lambda: in_skorch(config, data, x, t)[0],
            "lightning": lambda: in_lightning(config, data, x, t)[0],
        },
        REPETITIONS,
    )
    updates = EPOCHS * -(-len(t) // config.train.batch_size)
    each = {name: value / updates * 1e6 for name, value in seconds.items()}
    rows = [
        Row(
            f"an update in {name}",
            f"{each['ours']:.1f} µs",
            f"{each[name]:.0f} µs",
            each[name] / each["ours"],
            Target(20.0, at_least=True),
        )
        for name in ("skorch", "lightning")
    ]
    show("Frameworks: logistic, batch 32, SGD", rows)


def module(config: Config, data: Data) -> nn.Linear:
    """With our initial weights."""
    found = nn.Linear(matrices(data)[0].values.shape[1], 1)
    weights = begin(config, data).stack.weights(0)
    found.load_state_dict({name.removeprefix("layers.0."): tensor for name, tensor in weights.items()})
    return found


def loss(config: Config, data: Data, trained: nn.Linear | None) -> float:
    """Mean loss over the train rows; None: of our own training."""
    if trained is None:
        trained = module(config, data)
        state = begin(config, data)
        from logodds.engine.fit import fit

        for _ in fit(state, 0.5):
            pass
        weights = state.stack.weights(0)
        trained.load_state_dict({name.removeprefix("layers.0."): tensor for name, tensor in weights.items()})
    with torch.no_grad():
        logits = trained(torch.from_numpy(matrices(data)[0].values))[:, 0]
        return float(nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(data.t_train).float()))


def in_skorch(config: Config, data: Data, x: NDArray[np.float32], t: NDArray[np.int64]) -> tuple[float, nn.Linear]:
    """Seconds of training, and the trained module."""
    net = NeuralNet(
        module(config, data),
        criterion=nn.BCEWithLogitsLoss,
        optimizer=torch.optim.SGD,
        lr=sgd(config).lr,
        max_epochs=EPOCHS,
        batch_size=32,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    target = t.astype(np.float32)[:, None]
    net.initialize()
    started = time.perf_counter()
    net.partial_fit(x, target)
    return time.perf_counter() - started, net.module_


class Plain(lightning.LightningModule):  # type: ignore[misc, unused-ignore]
    """What a tutorial of Lightning's has."""

    def __init__(self, network: nn.Linear, rate: float) -> None:
        super().__init__()
        self.network, self.rate = network, rate

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        return nn.functional.binary_cross_entropy_with_logits(self.network(batch[0]), batch[1])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.rate)


def in_lightning(config: Config, data: Data, x: NDArray[np.float32], t: NDArray[np.int64]) -> tuple[float, nn.Linear]:
    """Seconds of training, and the trained module."""
    plain = Plain(module(config, data), sgd(config).lr)
    rows = TensorDataset(torch.from_numpy(x), torch.from_numpy(t.astype(np.float32))[:, None])
    trainer = lightning.Trainer(
        max_epochs=EPOCHS,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    loader = DataLoader(rows, batch_size=32, shuffle=True)
    started = time.perf_counter()
    trainer.fit(plain, loader)
    return time.perf_counter() - started, plain.network


if __name__ == "__main__":
    main()
