"""Options, members, data and stacks for tests of the training core: plain values wherever a test names none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_digits
from torch import Tensor

from logodds.engine import fit
from logodds.engine import state as states
from logodds.engine.fit import Epoch
from logodds.engine.loss import Loss
from logodds.engine.losses.bce import BCE
from logodds.engine.losses.cross_entropy import CrossEntropy
from logodds.engine.losses.focal import Focal
from logodds.engine.optim import Optim
from logodds.engine.optimisers.adam import Adam
from logodds.engine.optimisers.adamw import AdamW
from logodds.engine.optimisers.newton import Newton
from logodds.engine.optimisers.sgd import SGD
from logodds.engine.state import Data, MemberOptions, TrainState
from logodds.engine.train_options import TrainOptions
from logodds.features.rows import Matrix, Pixels
from logodds.models.logistic import Logistic
from logodds.models.mlp import MLP
from logodds.models.model import Model
from logodds.models.resnet import ResNet
from logodds.models.stacks.build import build
from logodds.models.stacks.padding import padded
from logodds.models.stacks.resident import ResidentMatrix
from logodds.models.stacks.stack import Stack
from logodds.models.tabm import TabM

CPU = torch.device("cpu")
TOY_X = ((1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7))
TOY_T = (0, 0, 1, 1, 1, 0)


def train_options(**changes: Any) -> TrainOptions:
    return replace(
        TrainOptions(
            epochs=5,
            batch_size=32,
            seed=0,
            device="cpu",
            threads=1,
            monitor="train/loss",
            patience=None,
            min_delta=0.0,
            schedule="constant",
            warmup_epochs=0,
            sampling="shuffle",
            clip_norm=None,
            checkpoint_seconds=1e9,
            reuse=False,
        ),
        **changes,
    )


def sgd(**changes: Any) -> SGD:
    return replace(SGD(name="sgd", lr=0.1, momentum=0.0, nesterov=False, weight_decay=0.0), **changes)


def adam(**changes: Any) -> Adam:
    return replace(Adam(name="adam", lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0), **changes)


def adamw(**changes: Any) -> AdamW:
    return replace(AdamW(name="adamw", lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01), **changes)


def newton(**changes: Any) -> Newton:
    return replace(Newton(name="newton", weight_decay=0.0, tolerance=1e-12), **changes)


def bce(**changes: Any) -> BCE:
    return replace(BCE(name="bce", label_smoothing=0.0, pos_weight=1.0, from_logits=True), **changes)


def cross_entropy(**changes: Any) -> CrossEntropy:
    return replace(CrossEntropy(name="cross_entropy", label_smoothing=0.0, class_weight=None), **changes)


def focal(**changes: Any) -> Focal:
    return replace(Focal(name="focal", gamma=2.0, alpha=0.25), **changes)


def logistic() -> Logistic:
    return Logistic(name="logistic")


def mlp(**changes: Any) -> MLP:
    return replace(MLP(name="mlp", hidden=[16, 16], activation="relu", dropout=0.0, groups=None), **changes)


def resnet(**changes: Any) -> ResNet:
    return replace(ResNet(name="resnet", width=8, blocks=2, dropout=0.0), **changes)


def tabm(**changes: Any) -> TabM:
    return replace(TabM(name="tabm", k=4, width=8, blocks=2, dropout=0.0), **changes)


def member(optim: Optim | None = None, loss: Loss | None = None, **train: Any) -> MemberOptions:
    return MemberOptions(train_options(**train), optim or sgd(), loss or bce())


def matrix(x: Any) -> Matrix:
    """Rows whose columns are x0, x1, ..."""
    values = np.asarray(x, dtype=np.float32)
    return Matrix(values, tuple(f"x{index}" for index in range(values.shape[1])))


def rows(x: Any, t: Any, val: int = 0) -> Data:
    """The last ``val`` rows are for validation."""
    features, target = np.asarray(x, dtype=np.float32), np.asarray(t, dtype=np.int64)
    cut = len(target) - val
    return Data(matrix(features[:cut]), target[:cut], matrix(features[cut:]), target[cut:], max(2, target.max() + 1))


def toy() -> Data:
    return rows(TOY_X, TOY_T)


@cache
def breast_cancer(train: int = 400, val: int = 169) -> Data:
    """Standardised; rows in a shuffled order that never changes."""
    x, t = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(t))[: train + val]
    x, t = x[order], t[order]
    x = (x - x[:train].mean(axis=0)) / x[:train].std(axis=0)
    return rows(x, t, val)


@cache
def digits(classes: int, train: int = 200, val: int = 0) -> Data:
    """Rows of the first ``classes`` digits, of 64 numbers from 0 to 1, in a shuffled order that never changes."""
    x, t = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(np.flatnonzero(t < classes))[: train + val]
    return rows(x[order] / 16.0, t[order], val)


def pictures(data: Data) -> Data:
    """The digits as 8 x 8 pixels of one channel."""

    def pixels(matrix: Any) -> Pixels:
        return Pixels((matrix.values.reshape(-1, 1, 8, 8) * 255.0).astype(np.uint8), (80.0,), (95.0,))

    return replace(data, x_train=pixels(data.x_train), x_val=pixels(data.x_val))


def numbers(x: Any) -> ResidentMatrix:
    """A matrix on the CPU, as a stack is asked for logits."""
    return ResidentMatrix(matrix(x), CPU)


def each(members: Sequence[MemberOptions], data: Data | Sequence[Data]) -> Sequence[Data]:
    """Every member's rows, where one ``data`` is for all."""
    return [data] * len(members) if isinstance(data, Data) else data


def begin(
    models: Sequence[Model],
    members: Sequence[MemberOptions],
    data: Data | Sequence[Data],
    device: torch.device = CPU,
) -> TrainState:
    """The state before the first epoch."""
    first = each(members, data)[0]
    most = max(len(one.t_train) for one in each(members, data))
    batch = padded(min(members[0].train.batch_size, most))
    seeds = [one.train.seed for one in members]
    width = members[0].loss.outputs(first.classes)
    return states.start(build(models, first.x_train, width, seeds, batch, device), members, each(members, data))


def fitted(state: TrainState) -> Iterator[Epoch]:
    """The epochs that are left."""
    return fit.fit(state, 0.5)


def trained(
    models: Sequence[Model], members: Sequence[MemberOptions], data: Data | Sequence[Data]
) -> tuple[TrainState, list[Epoch]]:
    """The state after the last epoch, and every epoch's record."""
    state = begin(models, members, data)
    return state, list(fitted(state))


def column(history: Sequence[Epoch], name: str, k: int = 0) -> list[float]:
    """One figure of one member, by epoch that it trained in."""
    return [epoch.figures[name][epoch.members.index(k)] for epoch in history if k in epoch.members]


def of_mean(slope: Tensor | None, shift: Tensor, rows: int) -> tuple[Tensor, Tensor]:
    """Slope and shift [slots, batch, width] of the mean loss over the first ``rows`` rows; the others are padding."""
    share = torch.zeros_like(shift[..., :1])
    share[:, :rows] = 1.0 / rows
    return share if slope is None else slope * share, shift * share


def one_batch(
    stack: Stack, inputs: Any, losses: Sequence[Loss], slope: Tensor | None, shift: Tensor, rows: int
) -> Tensor:
    """Logits of a batch [slots, batch, width]; the gradient of its mean loss stays in ``stack.grad``."""
    logits, residual = torch.zeros_like(shift), torch.zeros_like(shift)
    with stack.context():
        stack.forward(inputs, logits)
        losses[0].objective(losses, stack.slots, CPU).residual(logits, *of_mean(slope, shift, rows), residual)
        stack.backward(inputs, residual)
    return logits
