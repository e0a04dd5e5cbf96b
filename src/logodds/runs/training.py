"""Training from end to end: fit, write checkpoints, judge on validation rows, write the folders and the record.

A single run is a group of one. What is written below a folder depends on code, data and configuration alone: it
contains no times, no run ids, and nothing about other members of the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from logodds.engine.device import chosen_device
from logodds.runs import namesake, outcome, record, resume, unfinished
from logodds.runs.config import Config
from logodds.runs.folder import UNFINISHED
from logodds.runs.group import Group
from logodds.runs.inputs import Inputs
from logodds.runs.outcome import Outcome
from logodds.runs.referee import Referee
from logodds.runs.task import Task
from logodds.runs.unfinished import Interrupted
from logodds.system import locations
from logodds.system.errors import JobError, of_system
from logodds.system.terminal.notes import show_notes
from logodds.tracking.naming import Naming
from logodds.tracking.provenance import repository
from logodds.tracking.provenance.origin import SIGNATURE, Origin

if TYPE_CHECKING:
    from logodds.tracking.store import Store


def connect(config: Config) -> Store | None:
    """Return the tracker's store at the problem's experiment, or None if the configuration keeps no record.

    Raises:
        UserError: a rule of the tracker is broken, such as ``tracking.dirty=refuse``.
        StorageError: the store cannot be reached.
    """
    return config.tracking.connect(locations.store_root(), config.problem.name)


def connect_for_new_runs(config: Config) -> Store | None:
    """Like :func:`connect`, with a note if the records will lack the commit of a checkout's code, and one if the
    experiment holds runs of another file."""
    store = connect(config)
    checkout = locations.checkout()
    if store is not None:
        show_notes(namesake.notes(config, store))
    if store is not None and checkout is not None:
        show_notes(repository.state(checkout).notes())
    return store


def train(task: Task, store: Store | None) -> Outcome:
    """Train one model and write its folder: ``model/``, ``checkpoints/``, ``history.csv``, ``validation.json``.

    Raises:
        UserError: options and rows do not fit each other, or another process trains into the folder.
        JobError: the loss is not finite.
        StorageError: the tracker fails.
    """
    with resume.claimed_run(store, task.folder, task.signature) as run:
        task = replace(task, naming=replace(task.naming, run=run), unfinished=task.folder / UNFINISHED)
        (result,) = train_together([task], store, task.naming.name)
    if isinstance(result, JobError):
        raise result
    return result


def train_together(
    tasks: Sequence[Task], store: Store | None, label: str, referee: Referee | None = None
) -> list[Outcome | JobError]:
    """Train models as one stack. Each ends with the result that it would have alone, or with the reason why it has
    none.

    Args:
        tasks: one of the groups that ``grouping.groups`` returns.
        label: name of the progress display.
        referee: decides which tasks stop and join; without one every task trains to its own end, and none joins.

    Returns:
        The result of each task, then of each task that joined.

    Raises:
        UserError: options and rows do not fit each other; no run has been opened in this case.
        StorageError: the tracker or the disk fails.
    """
    config = tasks[0].config
    torch.set_num_threads(config.train.threads)
    results: dict[int, Outcome | JobError] = {}
    joined: list[Outcome | JobError] = []
    cuts = [unfinished.of_task(task) for task in tasks]
    show_notes(unfinished.continued(cuts))
    for part in _same_batch(cuts):
        try:
            with Group(store, chosen_device(config.train.device), referee) as group:
                group.add([tasks[k] for k in part], [cuts[k] for k in part])
                first = group.train(label)
        except BrokenPipeError:  # of the terminal, not of the disk
            raise
        except OSError as error:
            raise of_system(error) from error
        results |= zip(part, first[: len(part)], strict=True)
        joined += first[len(part) :]
    return [*(results[k] for k in range(len(tasks))), *joined]


def _same_batch(cuts: Sequence[Interrupted | None]) -> list[list[int]]:
    """Return lists of indices of tasks that may train as one stack: tasks that were cut off within an epoch must all
    continue at the same batch."""
    parts: dict[int, list[int]] = {}
    for k, cut in enumerate(cuts):
        _, numbers = cut.saved if cut is not None else ({}, {"batches": 0})
        parts.setdefault(numbers["batches"], []).append(k)
    return list(parts.values())


def restore(config: Config, inputs: Inputs, origin: Origin, folder: Path, store: Store) -> str:
    """Make a new run with the record of a folder that was trained before, and return its id."""
    result = outcome.of_folder(config, inputs, folder)
    signature = origin.signature(config.signature, inputs.digest)
    with store.run(Naming("restored", {"dvc": "restored", SIGNATURE: signature})) as run:
        record.describe(run, config, inputs, outcome.device_of(folder), origin)
        run.history(result.history)
        record.conclude(run, config, inputs, replace(result, run_id=run.id))
        return run.id
