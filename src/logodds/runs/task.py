"""One model to train, and the state in which several of them begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from logodds.engine import added, state
from logodds.engine.passes import layout
from logodds.engine.state import MemberOptions, TrainState
from logodds.models.stacks.build import build
from logodds.runs.config import Config
from logodds.runs.inputs import Inputs
from logodds.tracking.naming import Naming
from logodds.tracking.provenance.origin import Origin


@dataclass(frozen=True)
class Task:
    """One model to train.

    Attributes:
        config: its configuration.
        inputs: the rows and features it is trained with.
        origin: what its result comes from, besides the configuration.
        folder: where its files go.
        naming: how its run is called in the record.
        unfinished: the folder of its checkpoints until it has ended; None: it is not saved.
    """

    config: Config
    inputs: Inputs
    origin: Origin
    folder: Path
    naming: Naming
    unfinished: Path | None = None

    @property
    def signature(self) -> str:
        """The signature of its configuration, data and code."""
        return self.origin.signature(self.config.signature, self.inputs.digest)


def fits(config: Config, inputs: Inputs) -> None:
    """Check that a model can be trained, as far as this is known before a store is opened.

    Raises:
        UserError: options and rows do not fit each other.
    """
    config.loss.outputs(len(inputs.table.classes))
    config.model.fits(inputs.data.x_train)
    added.refuse_wrong_gradient(config.loss, inputs.data.t_train, inputs.data.classes)


def begin(tasks: Sequence[Task], device: torch.device) -> TrainState:
    """Return the state of some tasks before their first epoch. The tasks must fit into one stack."""
    data = [task.inputs.data for task in tasks]
    configs = [task.config for task in tasks]
    first = data[0]
    stack = build(
        [config.model for config in configs],
        first.x_train,
        configs[0].loss.outputs(first.classes),
        [config.train.seed for config in configs],
        layout(len(first.t_train), configs[0].train.batch_size)[1],
        device,
    )
    with added.guarded(configs[0].loss, configs[0].optim):
        return state.start(stack, [MemberOptions(config.train, config.optim, config.loss) for config in configs], data)
