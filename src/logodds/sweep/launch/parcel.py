"""A group of a sweep as another process is given it, and how it is trained there."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from logodds.runs import training
from logodds.runs.inputs import Inputs
from logodds.runs.task import Task
from logodds.sweep import ledger
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

    def settled(self, store: Store) -> tuple[dict[int, JobResult], dict[int, str]]:
        """What its places have come to in an earlier process, and the runs that were cut off there."""
        kept, cut = ledger.settled(store, self._runs(store), PLACE)
        runs = {_place(run): run for each in kept.values() for run in each}
        results = {place: of_record(self.tasks[place].config, run) for place, run in runs.items()}
        return results, {_place(run): run.id for each in cut.values() for run in each}

    def closed(self, store: Store | None, reason: str) -> list[JobResult]:
        """What it has come to where its process ended before its time, for a ``reason``. Runs that it left open are
        KILLED: they can be gone on with."""
        results = [replace(failed(task, JobError(reason)), lost=True) for task in self.tasks]
        if store is None:
            return results
        for run in self._runs(store):
            if run.status in ("RUNNING", "KILLED"):
                store.kill(run.id, reason)
            else:
                results[_place(run)] = of_record(self.tasks[_place(run)].config, run)
        return results

    def _runs(self, store: Store) -> list[Recorded]:
        return store.reader.of_experiment(store.experiment, {PARCEL: self.id})


def _place(run: Recorded) -> int:
    return int(run.tags[PLACE])


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
    results, cut = parcel.settled(store) if store is not None else ({}, {})
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
