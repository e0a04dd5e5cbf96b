"""Training outside the pipeline, from the problem's own files to the record, or a recorded result in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.engine.device import chosen_device
from logodds.runs import crossval, inputs, reuse, training
from logodds.runs.code import origin_of
from logodds.runs.config import Config
from logodds.runs.crossval import CrossValidation
from logodds.runs.folder import run_folder
from logodds.runs.notes import notes
from logodds.runs.outcome import Outcome
from logodds.runs.ready import ready
from logodds.runs.task import Task, fits
from logodds.system.terminal.notes import show_notes
from logodds.tracking.naming import Naming

if TYPE_CHECKING:
    from logodds.tracking.store import Store


@dataclass(frozen=True)
class Ended:
    """A run that has ended.

    Attributes:
        outcome: its model, history and figures.
        store: the tracker's store that holds its record; None with ``tracking=none``.
        reused: whether it was in the record already, so that nothing was trained.
    """

    outcome: Outcome
    store: Store | None
    reused: bool


def train(config: Config, name: str) -> Ended:
    """Train one run, called ``name`` in the record. With ``train.reuse``, a recorded run of the same signature is
    returned instead if there is one.

    Raises:
        UserError: the device or the rows cannot be used, or options do not fit them.
        JobError: the loss is not finite.
        StorageError: the tracker or the disk fails.
    """
    chosen_device(config.train.device)  # refused before the files are read
    run_inputs = ready(config, inputs.of(config))
    origin = origin_of(config)
    store = training.connect_for_new_runs(config)
    outcome = reuse.earlier(config, run_inputs, origin, store) if store is not None and config.train.reuse else None
    if outcome is not None:
        return Ended(outcome, store, reused=True)
    task = Task(config, run_inputs, origin, run_folder(config), Naming(name, {}))
    return Ended(training.train(task, store), store, reused=False)


def cross_validate(config: Config, name: str) -> tuple[CrossValidation, Store | None]:
    """Train the ``split.folds`` runs of a cross-validation. Return it with the store that holds its record, if any.

    Raises:
        UserError, JobError, StorageError: as :func:`train`.
    """
    chosen_device(config.train.device)
    folds = inputs.of_folds(config.problem, config.split, config.features)
    fits(config, folds[0])
    show_notes(notes(config, folds[0]))
    origin = origin_of(config)
    store = training.connect_for_new_runs(config)
    return crossval.run(config, folds, origin, store, name), store
