"""A group of a sweep as another process is given it, and how it is trained there."""

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
from logodds.system import places
from logodds.system.errors import JobError, StorageError
from logodds.tracking.provenance.origin import SIGNATURE

if TYPE_CHECKING:
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store

#: What became of a parcel: its results, a tracker that failed, or the reason why it got lost.
Ended: TypeAlias = list[JobResult] | StorageError | str
PARCEL, PLACE = "sweep.parcel", "sweep.place"  # tags of a run: its parcel, and its place in that


@dataclass(frozen=True)
class Parcel:
    """A group without its inputs, which travel beside it, for groups share them: ``inputs`` are their keys.

    ``environment``: variables by which the other process reaches the same store; ``scratch``: the files of its runs are
    kept by the store alone.
    """

    id: str
    tasks: tuple[Task, ...]
    inputs: tuple[int, ...]
    environment: Mapping[str, str]
    scratch: bool

    def left(self, store: Store) -> tuple[dict[int, JobResult], dict[int, str]]:
        """What an earlier process left: results of the jobs that it finished, and the ids of runs that were cut off, by
        place. Runs that failed are removed."""
        runs = self._runs(store)
        left = resume.without_others(store, runs, resume.left_by_dead(runs, PLACE))
        return self._results(left), {int(place): run[-1].id for place, run in left.cut.items()}

    def closed(self, store: Store | None, reason: str) -> list[JobResult]:
        """What has become of its jobs, whose process ended before its time for a ``reason``. Runs that were cut off end
        as KILLED: they can be continued."""
        results = {place: replace(failed(task, JobError(reason)), lost=True) for place, task in enumerate(self.tasks)}
        if store is not None:
            left = resume.left_by_dead(self._runs(store), PLACE, resume.ENDED)
            for run in chain.from_iterable(left.cut.values()):
                store.kill(run.id, reason)
            results |= self._results(left)
        return [results[place] for place in range(len(self.tasks))]

    def _results(self, left: Left) -> dict[int, JobResult]:
        return {int(place): of_record(self.tasks[int(place)].config, runs[-1]) for place, runs in left.ended.items()}

    def _runs(self, store: Store) -> list[Recorded]:
        return store.reader.of_experiment(store.experiment, {PARCEL: self.id})


def of_group(tasks: Sequence[Task], scratch: bool) -> Parcel:
    """The parcel of a group; the keys of its inputs are their ``id``."""
    found = uuid.uuid4().hex
    stripped = []
    for place, task in enumerate(tasks):
        tags = {SIGNATURE: task.signature, PARCEL: found, PLACE: str(place)}
        naming = replace(task.naming, tags={**task.naming.tags, **tags})
        stripped.append(replace(task, inputs=cast(Inputs, None), naming=naming))
    environment = tasks[0].config.tracking.environment(places.store_root())
    return Parcel(found, tuple(stripped), tuple(id(task.inputs) for task in tasks), environment, scratch)


def train(parcel: Parcel, inputs: Mapping[int, Inputs]) -> list[JobResult] | StorageError:
    """Train a group in this process, which opens the store itself; a tracker that fails is told. Where an earlier
    process got some way with it, what that finished is taken as it is."""
    try:
        return _train(parcel, inputs)
    except StorageError as error:
        return error


def _train(parcel: Parcel, inputs: Mapping[int, Inputs]) -> list[JobResult]:
    os.environ.update(parcel.environment)
    store = training.connect(parcel.tasks[0].config)
    results, cut = parcel.left(store) if store is not None else ({}, {})
    missing = [place for place in range(len(parcel.tasks)) if place not in results]
    with tempfile.TemporaryDirectory() if parcel.scratch else nullcontext() as folder:
        tasks = []
        for place in missing:
            task = replace(parcel.tasks[place], inputs=inputs[parcel.inputs[place]])
            if place in cut:
                task = replace(task, naming=replace(task.naming, run=cut[place]))
            if folder is not None:
                task = replace(task, folder=Path(folder) / str(place), unfinished=None)
            tasks.append(task)
        if tasks:
            results |= zip(missing, train_group(tasks, store), strict=True)
    return [results[place] for place in range(len(parcel.tasks))]
