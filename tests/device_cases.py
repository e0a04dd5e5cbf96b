"""One training for each model with each kind of rows that it reads, each loss and each optimiser of the project."""

from __future__ import annotations

import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from builders import begin, breast_cancer, digits, fitted, member, pictures
from conftest import ROOT
from numpy.typing import NDArray
from omegaconf import OmegaConf

from logodds.engine.loss import LOSSES, Loss
from logodds.engine.optim import OPTIMISERS, Optim
from logodds.engine.state import Data, TrainState
from logodds.features.rows import Bags, Tokens
from logodds.models.model import MODELS, Model
from logodds.models.stacks.build import stackable
from logodds.options.registry import Group

EPOCHS, TRAIN, VAL = 3, 72, 40
SEEDS = (0, 1, 2)
WORDS = 30


@dataclass(frozen=True)
class Case:
    """What is trained: a stack of one member per seed, or one member if the model cannot be stacked. ``draws``: random
    numbers are drawn on the device in every batch, which are others on a GPU."""

    model: Model
    optim: Optim
    loss: Loss
    data: Data
    draws: bool = False

    @property
    def seeds(self) -> Sequence[int]:
        return SEEDS if stackable(self.model, self.data.x_train, self.loss.outputs(self.data.classes)) else SEEDS[:1]

    def begun(self, seeds: Sequence[int], device: torch.device, epochs: int = EPOCHS) -> TrainState:
        members = [member(self.optim, self.loss, seed=seed, epochs=epochs, monitor="val/loss") for seed in seeds]
        return begin([self.model] * len(members), members, self.data, device)


@dataclass(frozen=True)
class Ended:
    """Validation losses [epochs, members], the weights of each member's best epoch, and the seconds it took."""

    losses: NDArray[np.float64]
    weights: list[dict[str, torch.Tensor]]
    seconds: float


def configured(group: Group[Any], name: str, **changes: Any) -> Any:
    """An option with the values of its file in ``conf/``."""
    return group.read(OmegaConf.merge(OmegaConf.load(ROOT / "conf" / group.section / f"{name}.yaml"), changes))


def words(count: int) -> tuple[list[NDArray[np.int32]], NDArray[np.int64]]:
    """Texts of 1 to 12 words, numbered from 1, and their classes; the later words are commoner in the second class."""
    random = np.random.default_rng(0)
    classes = random.integers(0, 2, count)
    lengths = random.integers(1, 13, count)
    return [
        (1 + (random.beta(2 + kind, 3 - kind, length) * (WORDS - 1)).astype(np.int32))
        for kind, length in zip(classes, lengths, strict=True)
    ], classes


def tokens(texts: Sequence[NDArray[np.int32]]) -> Tokens:
    lengths = np.array([len(text) for text in texts], np.int64)
    ids = np.zeros((len(texts), lengths.max()), np.int32)
    for row, text in zip(ids, texts, strict=True):
        row[: len(text)] = text
    return Tokens(ids, lengths, WORDS)


def bags(texts: Sequence[NDArray[np.int32]]) -> Bags:
    starts = np.cumsum([0, *(len(text) for text in texts)], dtype=np.int64)
    return Bags(np.concatenate(texts), np.ones(starts[-1], np.float32), starts, WORDS)


@cache
def rows(kind: str) -> Data:
    """Rows of two classes of a kind that features make."""
    if kind == "matrix":
        return breast_cancer(TRAIN, VAL)
    if kind == "pixels":
        return pictures(digits(2, TRAIN, VAL))
    texts, classes = words(TRAIN + VAL)
    made = {"tokens": tokens, "bags": bags}[kind]
    return Data(made(texts[:TRAIN]), classes[:TRAIN], made(texts[TRAIN:]), classes[TRAIN:], 2)


def cases() -> dict[str, Case]:
    """All of them by name. An option that is added to the project is among them by itself."""
    bce, adam, logistic = configured(LOSSES, "bce"), configured(OPTIMISERS, "adam"), configured(MODELS, "logistic")
    mlp = configured(MODELS, "mlp", hidden=[16, 16])
    found = {}
    for name in MODELS.own():
        given = configured(MODELS, name)
        for kind in given.reads:
            found[f"{name} on {kind}"] = Case(given, adam, bce, rows(kind))
        if hasattr(given, "dropout"):
            drops = configured(MODELS, name, dropout=0.2)
            found[f"{name} with dropout"] = Case(drops, adam, bce, rows(given.reads[0]), draws=True)
    for name in LOSSES.own():
        found[f"{name} loss"] = Case(mlp, adam, configured(LOSSES, name), rows("matrix"))
    for name in OPTIMISERS.own():
        found[f"{name} optimiser"] = Case(logistic, configured(OPTIMISERS, name), bce, rows("matrix"))
    moves = configured(MODELS, "cnn", channels=[4, 8], flip=True, shift=1)
    found["cnn with moved pictures"] = Case(moves, adam, bce, rows("pixels"), draws=True)
    return found


def trained(case: Case, device: torch.device, seeds: Sequence[int] | None = None, epochs: int = EPOCHS) -> Ended:
    """The result of the case, as one stack."""
    state = case.begun(case.seeds if seeds is None else seeds, device, epochs)
    started = time.perf_counter()
    history = list(fitted(state))
    weights = [state.best_weights(k) for k in range(len(state.members))]  # waits for the device
    seconds = time.perf_counter() - started
    # A member that has ended is in no later epoch: its last loss is what counts then.
    losses = np.full((epochs, len(state.members)), np.nan)
    for epoch, figures in enumerate(history):
        losses[epoch, figures.members] = figures.figures["val/loss"]
    return Ended(losses, weights, seconds)


def resumed(case: Case, device: torch.device) -> list[dict[str, torch.Tensor]]:
    """The weights of each member after a training that was saved after half of the epochs and continued from there."""
    half = case.begun(case.seeds, device)
    epochs = fitted(half)
    for _ in range(EPOCHS // 2):
        next(epochs)
    fresh = case.begun(case.seeds, device)
    for k in range(len(case.seeds)):
        fresh.restore(k, deepcopy(half.save(k)))
    list(fitted(fresh))
    return [fresh.best_weights(k) for k in range(len(case.seeds))]


def apart(these: Sequence[dict[str, torch.Tensor]], those: Sequence[dict[str, torch.Tensor]]) -> float:
    """The largest absolute difference of weights; 0 if every bit is equal."""
    pairs = [(a[name], b[name]) for a, b in zip(these, those, strict=True) for name in a]
    if all(torch.equal(a, b) for a, b in pairs):
        return 0.0
    return max(float((a.double() - b.double()).abs().max()) for a, b in pairs)
