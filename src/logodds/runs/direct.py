"""Training outside the pipeline: from the problem's own files to the record, or out of the record what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.engine import fit
from logodds.runs import crossval, inputs, reuse, training
from logodds.runs.code import origin_of
from logodds.runs.config import Config
from logodds.runs.crossval import CrossValidation
from logodds.runs.folder import run_folder
from logodds.runs.outcome import Outcome
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
        reused: whether the record held it already, so that nothing was trained.
    """

    outcome: Outcome
    store: Store | None
    reused: bool


def train(config: Config, name: str) -> Ended:
    """One run, called ``name`` in the record; with ``train.reuse`` the recorded one of the same signature.

    Raises:
        UserError: the device, the rows, or options that do not fit them.
        JobError: the loss is not finite.
        StorageError: the tracker or the disk fails.
    """
    fit.device(config.train.device)  # refused before the files are read
    found = inputs.fitted(*inputs.of_files(config.problem, config.split), config.features, config.split.column)
    fits(config, found)
    show_notes([*found.notes, *config.notes()])
    origin = origin_of(config)
    store = training.connect(config)
    outcome = reuse.earlier(config, found, origin, store) if store is not None and config.train.reuse else None
    if outcome is not None:
        return Ended(outcome, store, reused=True)
    task = Task(config, found, origin, run_folder(config), Naming(name, {}))
    return Ended(training.train(task, store), store, reused=False)


def cross_validate(config: Config, name: str) -> tuple[CrossValidation, Store | None]:
    """The ``split.folds`` runs of a cross-validation, with the store that holds their records.

    Raises:
        UserError, JobError, StorageError: as :func:`train`.
    """
    fit.device(config.train.device)
    folds = inputs.of_folds(config.problem, config.split, config.features)
    fits(config, folds[0])
    show_notes([*folds[0].notes, *config.notes()])
    origin = origin_of(config)
    store = training.connect(config)
    return crossval.run(config, folds, origin, store, name), store
