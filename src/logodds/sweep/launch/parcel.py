"""A group of a sweep in the form in which it is sent to another process, and its training there."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from logodds.runs import resume, training
from logodds.runs.inputs import Inputs
from logodds.runs.resume import Left
from logodds.runs.task import Task
from logodds.sweep.job import JobResult
from logodds.sweep.launch.execution import failed, of_record, train_group
from logodds.system import locations
from logodds.system.errors import JobError, StorageError
from logodds.tracking.provenance.origin import SIGNATURE

if TYPE_CHECKING:
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store

#: How a parcel ended: its results, the error of a tracker that failed, or the reason why its process was lost.
Ended: TypeAlias = list[JobResult] | StorageError | str
PARCEL, INDEX = "sweep.parcel", "sweep.place"  # tags of a run: the id of its parcel, and its index in the parcel


@dataclass(frozen=True)
class Parcel:
    """A group without its inputs. Inputs are sent separately, because several groups share them.

    Attributes:
        id: identifies the parcel in the tags of its runs.
        tasks: the tasks of the group, without their inputs.
        inputs: key of the inputs of each task.
        environment: variables with which the other process reaches the same store.
        scratch: whether the files of runs are written to a temporary folder and kept by the store alone.
    """

    id: str
    tasks: tuple[Task, ...]
    inputs: tuple[int, ...]
    environment: Mapping[str, str]
    scratch: bool

    def left(self, store: Store) -> tuple[dict[int, JobResult], dict[int, str]]:
        """Return what an earlier process left of the parcel: results of finished tasks, and ids of runs that were cut
        off, both by index of the task. Remove runs that failed from the store.
        """
        runs = self._runs(store)
        left = resume.without_others(store, runs, resume.left_by_dead(runs, INDEX))
        return self._results(left), {int(index): run[-1].id for index, run in left.cut.items()}

    def closed(self, store: Store | None, reason: str) -> list[JobResult]:
        """Return the results of all tasks after their process ended too early. Tasks without a result are marked as
        lost. Runs that were cut off get the status KILLED, with which they can be continued.

        Args:
            store: the tracker's store; None without a tracker.
            reason: why the process ended.
        """
        results = {index: replace(failed(task, JobError(reason)), lost=True) for index, task in enumerate(self.tasks)}
        if store is not None:
            left = resume.left_by_dead(self._runs(store), INDEX, resume.ENDED)
            for run in chain.from_iterable(left.cut.values()):
                store.kill(run.id, reason)
            results |= self._results(left)
        return [results[index] for index in range(len(self.tasks))]

    def _results(self, left: Left) -> dict[int, JobResult]:
        return {int(index): of_record(self.tasks[int(index)].config, runs[-1]) for index, runs in left.ended.items()}

    def _runs(self, store: Store) -> list[Recorded]:
        return store.reader.of_experiment(store.experiment, {PARCEL: self.id})


def of_group(tasks: Sequence[Task], scratch: bool) -> Parcel:
    """Return the parcel of a group. The key of a task's inputs is their ``id()``.

    Args:
        tasks: the tasks of the group.
        scratch: see :class:`Parcel`.
    """
    parcel_id = uuid.uuid4().hex
    stripped = []
    for index, task in enumerate(tasks):
        tags = {SIGNATURE: task.signature, PARCEL: parcel_id, INDEX: str(index)}
        naming = replace(task.naming, tags={**task.naming.tags, **tags})
        stripped.append(replace(task, inputs=cast(Inputs, None), naming=naming))
    environment = tasks[0].config.tracking.environment(locations.store_root())
    return Parcel(parcel_id, tuple(stripped), tuple(id(task.inputs) for task in tasks), environment, scratch)


def train(parcel: Parcel, inputs: Mapping[int, Inputs]) -> list[JobResult] | StorageError:
    """Train a group in this process, which opens the store itself. Tasks that an earlier process finished are not
    trained again.

    Args:
        parcel: the group.
        inputs: the inputs of the tasks, by key.

    Returns:
        A result per task, or the error if the tracker fails.
    """
    try:
        return _train(parcel, inputs)
    except StorageError as error:
        return error


def _train(parcel: Parcel, inputs: Mapping[int, Inputs]) -> list[JobResult]:
    os.environ.update(parcel.environment)
    store = training.connect(parcel.tasks[0].config)
    results, cut = parcel.left(store) if store is not None else ({}, {})
    missing = [index for index in range(len(parcel.tasks)) if index not in results]
    with tempfile.TemporaryDirectory() if parcel.scratch else nullcontext() as folder:
        tasks = []
        for index in missing:
            task = replace(parcel.tasks[index], inputs=inputs[parcel.inputs[index]])
            if index in cut:
                task = replace(task, naming=replace(task.naming, run=cut[index]))
            if folder is not None:
                task = replace(task, folder=Path(folder) / str(index), unfinished=None)
            tasks.append(task)
        if tasks:
            results |= zip(missing, train_group(tasks, store), strict=True)
    return [results[index] for index in range(len(parcel.tasks))]
