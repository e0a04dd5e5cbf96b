"""What a group that trains asks from outside: which of its members stop, and which tasks join."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from logodds.runs.outcome import Outcome
from logodds.runs.task import Task
from logodds.system.errors import JobError


@dataclass(frozen=True)
class Standing:
    """The state of a task that is training.

    Attributes:
        task: the task.
        epoch: number of epochs done.
        best: the monitored figure at the best of these epochs.
    """

    task: Task
    epoch: int
    best: float


class Referee(ABC):
    """Decides, while a group trains, which members stop and which tasks join. Abstract."""

    @abstractmethod
    def behind(self, standing: Sequence[Standing]) -> list[int]:
        """Return the indices in ``standing`` of the tasks that must stop training. Called after each epoch."""

    @abstractmethod
    def ended(self, task: Task, result: Outcome | JobError) -> None:
        """Receive the result of a task that has ended. Its record is written already."""

    @abstractmethod
    def joining(self, training: int) -> list[Task]:
        """Return tasks, of the same shape as the group's, that take the slots of those that have ended.

        Args:
            training: number of members that are still training.
        """
