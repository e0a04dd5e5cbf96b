"""The rows that the small benchmarks train on: breast_cancer, split and standardised as ``problem=breast_cancer``."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import timing  # noqa: F401  # makes src/ importable
import torch

from logodds.data.sources.downloads import shipped
from logodds.engine.optimisers.sgd import SGD
from logodds.engine.state import Data, MemberOptions, TrainState, start
from logodds.features.rows import Matrix
from logodds.models.stacks.build import build
from logodds.models.stacks.padding import padded
from logodds.runs import inputs
from logodds.runs.compose import compose
from logodds.runs.config import Config


def breast_cancer(overrides: Sequence[str]) -> tuple[Config, Data]:
    """The configuration with some overrides, and its train and validation rows."""
    with tempfile.TemporaryDirectory() as name:
        shipped.write(Path(name))
        path = f"problem.path={Path(name) / 'breast_cancer.csv'}"
        config = compose(["problem=breast_cancer", path, *overrides])
        table, parts = inputs.of_files(config.problem, config.split)
        return config, inputs.fitted(table, parts, config.features, config.split.column).data


def matrices(data: Data) -> tuple[Matrix, Matrix]:
    """The train and validation rows of a table."""
    assert isinstance(data.x_train, Matrix)
    assert isinstance(data.x_val, Matrix)
    return data.x_train, data.x_val


def sgd(config: Config) -> SGD:
    """The optimiser of a configuration that has ``optim=sgd``."""
    assert isinstance(config.optim, SGD)
    return config.optim


def begin(config: Config, data: Data) -> TrainState:
    """A state before the first epoch, on the CPU."""
    options = config.train
    batch = padded(min(options.batch_size, len(data.t_train)))
    width = config.loss.outputs(data.classes)
    stack = build([config.model], data.x_train, width, [options.seed], batch, torch.device("cpu"))
    return start(stack, [MemberOptions(options, config.optim, config.loss)], [data])
