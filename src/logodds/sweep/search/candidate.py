"""A point of the space of a search, with the trainings that give its value."""

from __future__ import annotations

from dataclasses import dataclass, field

from logodds.runs.task import Task
from logodds.sweep.job import JobResult


@dataclass(eq=False)
class Candidate:
    """A point of the space. Several trials may propose the same point; it is trained once.

    Attributes:
        trials: numbers of the trials that proposed the point, or one that differs in keys without effect alone.
        overrides: the point as the first of them proposed it.
        tasks: one training task per seed.
        results: result of each task that has ended, by the task's index.
        stopped: the epoch after which successive halving stopped it; 0 if it was not stopped.
    """

    trials: list[int]
    overrides: tuple[str, ...]
    tasks: list[Task]
    results: dict[int, JobResult] = field(default_factory=dict)
    stopped: int = 0

    @property
    def left(self) -> list[Task]:
        """Tasks that have no result yet."""
        return [task for index, task in enumerate(self.tasks) if index not in self.results]
