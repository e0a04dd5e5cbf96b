"""Which trainings may be one stack, and how many at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

from logodds.engine.passes import layout
from logodds.engine.state import Data
from logodds.models.stacks import build
from logodds.runs.config import Config

LARGEST = 1 << 18  # weights of a stack: with gradients and averages they stay in the cache between updates


def groups(configs: Sequence[Config], data: Sequence[Data], jobs: int = 1) -> list[list[int]]:
    """Numbers of the trainings that go together, each group in order; a training that cannot be stacked is alone. Where
    ``jobs`` groups train at a time, there are at least so many, if there are enough trainings.

    Raises:
        UserError: a loss, a model and rows that do not fit each other.
    """
    found: dict[object, list[int]] = {}
    for number, (config, rows) in enumerate(zip(configs, data, strict=True)):
        found.setdefault(shape(config, rows) or number, []).append(number)
    cut = []
    for group in found.values():
        many = most(configs[group[0]], data[group[0]])
        cut += [group[start : start + many] for start in range(0, len(group), many)]
    while len(cut) < min(jobs, len(configs)):
        place = max(range(len(cut)), key=lambda k: len(cut[k]))
        half = len(cut[place]) // 2
        cut[place : place + 1] = [cut[place][:half], cut[place][half:]]
    return cut


def shape(config: Config, data: Data) -> str | None:
    """What the members of a stack have in common; None for a training that goes alone."""
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
    """Members of a stack of such a shape that is not too large."""
    layers = config.model.layers(data.x_train, config.loss.outputs(data.classes))
    if layers is None:
        return 1
    weights = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(layers.widths))
    return max(2, LARGEST // weights)
