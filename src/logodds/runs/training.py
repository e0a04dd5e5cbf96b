"""Training from end to end: fit, keep checkpoints, judge on validation rows, write the folders and the record.

One run is a group of one. Whatever is written below a folder depends on code, data and configuration alone: no times,
no run ids, and nothing of the others in the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from logodds.engine import fit
from logodds.runs import outcome, record, resume, unfinished
from logodds.runs.config import Config
from logodds.runs.folder import UNFINISHED
from logodds.runs.group import Group, Referee
from logodds.runs.inputs import Inputs
from logodds.runs.outcome import Outcome
from logodds.runs.task import Task
from logodds.runs.unfinished import Cut
from logodds.system import places
from logodds.system.errors import JobError, of_system
from logodds.tracking.naming import Naming
from logodds.tracking.provenance.origin import SIGNATURE, Origin

if TYPE_CHECKING:
    from logodds.tracking.store import Store


def connect(config: Config) -> Store | None:
    """The tracker's store for the problem's experiment, or None where the configuration wants none.

    Raises:
        UserError: a rule of the tracker is broken, such as ``tracking.dirty=refuse``.
        StorageError: the store cannot be reached.
    """
    return config.tracking.connect(places.store_root(), config.problem.name)


def train(task: Task, store: Store | None) -> Outcome:
    """Train one model and write its folder: ``model/``, ``checkpoints/``, ``history.csv``, ``validation.json``.

    Raises:
        UserError: options and rows that do not fit each other, or another process trains into the folder.
        JobError: the loss is not finite.
        StorageError: the tracker fails.
    """
    with resume.claimed_run(store, task.folder, task.signature) as run:
        task = replace(task, naming=replace(task.naming, run=run), unfinished=task.folder / UNFINISHED)
        (found,) = train_together([task], store, task.naming.name)
    if isinstance(found, JobError):
        raise found
    return found


def train_together(
    tasks: Sequence[Task], store: Store | None, label: str, referee: Referee | None = None
) -> list[Outcome | JobError]:
    """Train models as one stack; each ends with what it would end with alone, or with the reason why it has no result.

    Args:
        tasks: one of ``grouping.groups``.
        label: what the progress shown is called.
        referee: without one every task goes on until it has had its epochs, and none joins.

    Returns:
        What became of each task, and of each that joined.

    Raises:
        UserError: options and rows that do not fit each other; no run has been opened then.
        StorageError: the tracker or the disk fails.
    """
    config = tasks[0].config
    torch.set_num_threads(config.train.threads)
    found: dict[int, Outcome | JobError] = {}
    joined: list[Outcome | JobError] = []
    cuts = [unfinished.of_task(task) for task in tasks]
    for part in _abreast(cuts):
        try:
            with Group(store, fit.device(config.train.device), referee) as group:
                group.add([tasks[k] for k in part], [cuts[k] for k in part])
                first = group.train(label)
        except BrokenPipeError:  # of what is shown
            raise
        except OSError as error:
            raise of_system(error) from error
        found |= zip(part, first[: len(part)], strict=True)
        joined += first[len(part) :]
    return [*(found[k] for k in range(len(tasks))), *joined]


def _abreast(cuts: Sequence[Cut | None]) -> list[list[int]]:
    """Numbers of tasks that may train as one: those that were cut off within an epoch go on at the same batch."""
    parts: dict[int, list[int]] = {}
    for k, cut in enumerate(cuts):
        _, numbers = cut.saved if cut is not None else ({}, {"batches": 0})
        parts.setdefault(numbers["batches"], []).append(k)
    return list(parts.values())


def restore(config: Config, inputs: Inputs, origin: Origin, folder: Path, store: Store) -> str:
    """A new run with the record of a folder that was trained before; its id."""
    found = outcome.of_folder(config, inputs, folder)
    signature = origin.signature(config.signature, inputs.digest)
    with store.run(Naming("restored", {"dvc": "restored", SIGNATURE: signature})) as run:
        record.describe(run, config, inputs, fit.device("cpu"), origin)
        run.history(found.history)
        record.conclude(run, inputs, replace(found, run_id=run.id))
        return run.id
