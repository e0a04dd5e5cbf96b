"""Which trainings may share a stack, and how many at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

from logodds.engine.passes import layout
from logodds.engine.state import Data
from logodds.models.stacks import build
from logodds.runs.config import Config

LARGEST = 1 << 18  # weights of a stack at most: with gradients and averages they stay in the cache between updates


def groups(configs: Sequence[Config], data: Sequence[Data], jobs: int = 1) -> list[list[int]]:
    """Return groups of trainings that may train as one stack, by their indices in order.

    A training that cannot be stacked is a group of its own.

    Args:
        configs: the configuration of each training.
        data: the rows of each training.
        jobs: number of groups that train at a time. There are at least so many groups if there are enough trainings.

    Raises:
        UserError: a loss, a model and rows do not fit each other.
    """
    by_shape: dict[object, list[int]] = {}
    for number, (config, rows) in enumerate(zip(configs, data, strict=True)):
        by_shape.setdefault(shape(config, rows) or number, []).append(number)
    cut = []
    for group in by_shape.values():
        many = most(configs[group[0]], data[group[0]])
        cut += [group[start : start + many] for start in range(0, len(group), many)]
    while len(cut) < min(jobs, len(configs)):
        largest = max(range(len(cut)), key=lambda k: len(cut[k]))
        half = len(cut[largest]) // 2
        cut[largest : largest + 1] = [cut[largest][:half], cut[largest][half:]]
    return cut


def shape(config: Config, data: Data) -> str | None:
    """Return a text that is equal for trainings that may share a stack; None for a training that must train alone."""
    width, rows = config.loss.outputs(data.classes), data.x_train
    optim = config.optim.common()
    layers = config.model.layers(rows, width)
    if optim is None or layers is None or not build.stackable(config.model, rows, width):
        return None
    connected = config.model.connections(rows)
    return repr(
        (
            layers.widths,
            build.common(config.model),
            None if connected is None else hashlib.sha256(connected.tobytes()).hexdigest(),
            config.loss.common(),
            optim,
            layout(len(data.t_train), config.train.batch_size),
            config.train.epochs,
            config.train.monitor,
            config.train.device,
            config.train.threads,
            config.evaluate.threshold,
        )
    )


def most(config: Config, data: Data) -> int:
    """Return how many trainings of this shape fit into a stack: at least 2, or 1 if the model cannot be stacked."""
    layers = config.model.layers(data.x_train, config.loss.outputs(data.classes))
    if layers is None:
        return 1
    weights = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(layers.widths))
    return max(2, LARGEST // weights)
