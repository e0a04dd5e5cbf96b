"""Train groups of a sweep in other processes, several at a time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, TypeAlias

from logodds.runs.inputs import Inputs
from logodds.runs.task import Task
from logodds.sweep.launch import parcel
from logodds.sweep.launch.execution import Execution, Trained
from logodds.sweep.launch.parcel import Ended, Parcel
from logodds.system.errors import StorageError
from logodds.system.terminal.progress import Progress

if TYPE_CHECKING:
    from logodds.tracking.store import Store

Delivered: TypeAlias = Generator[tuple[int, Ended], None, None]


class Elsewhere(Execution):
    """Abstract. Trains groups in other processes.

    Attributes:
        scratch: whether the files of runs are kept by the store alone, because the other processes may be on machines
            that share no folder with this one.
    """

    scratch: bool

    def run(self, groups: Sequence[Sequence[Task]], store: Store | None) -> Trained:
        parcels = [parcel.of_group(tasks, self.scratch) for tasks in groups]
        inputs = {id(task.inputs): task.inputs for tasks in groups for task in tasks}
        left = set(range(len(parcels)))
        try:
            with (
                Progress("sweep", len(parcels), "group", lines=True) as progress,
                closing(self.deliver(parcels, inputs)) as delivered,
            ):
                for number, ended in delivered:
                    if isinstance(ended, StorageError):  # no further result could be recorded
                        raise ended
                    left.remove(number)
                    progress.show(len(parcels) - len(left))
                    yield number, parcels[number].closed(store, ended) if isinstance(ended, str) else ended
        finally:
            with suppress(StorageError):  # the exception that is being raised says more
                for number in left:
                    parcels[number].closed(store, "stopped because the sweep ended")

    @abstractmethod
    def deliver(self, parcels: Sequence[Parcel], inputs: Mapping[int, Inputs]) -> Delivered:
        """Have every parcel trained by ``parcel.train`` in another process. Closing the generator ends the training.

        Args:
            parcels: the parcels.
            inputs: the inputs of all parcels, by key.

        Yields:
            The index of a parcel that has ended, and how it ended.
        """
