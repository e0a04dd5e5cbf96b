"""Where the groups of a sweep train: in this process (:class:`Here`), or elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, TypeAlias, final

from logodds.runs import training
from logodds.runs.config import Config
from logodds.runs.grouping import groups
from logodds.runs.outcome import Outcome
from logodds.runs.task import Task
from logodds.sweep.job import JobResult
from logodds.system.errors import JobError, LogoddsError, StorageError

if TYPE_CHECKING:
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store

Trained: TypeAlias = Generator[tuple[int, list[JobResult]], None, None]


class Execution(ABC):
    """Abstract. ``jobs``: groups that can train at a time; ``local``: whether on this machine, with its devices."""

    jobs: int
    local: bool

    def train(self, tasks: Sequence[Task], store: Store | None) -> Generator[tuple[int, JobResult], None, None]:
        """Train every task, those of one shape together: the number of each as it ends, with what became of it.
        Closing it ends what trains.

        Raises:
            StorageError: the tracker fails.
        """
        grouped = groups([task.config for task in tasks], [task.inputs.data for task in tasks], self.jobs)
        with closing(self.run([[tasks[place] for place in group] for group in grouped], store)) as trained:
            for number, results in trained:
                yield from zip(grouped[number], results, strict=True)

    @abstractmethod
    def run(self, groups: Sequence[Sequence[Task]], store: Store | None) -> Trained:
        """Train every group; the number of each as it ends, with what became of its tasks. Closing it ends what
        trains.

        Raises:
            StorageError: the tracker fails.
        """


@final
class Here(Execution):
    """One group after the other."""

    jobs, local = 1, True

    def run(self, groups: Sequence[Sequence[Task]], store: Store | None) -> Trained:
        for number, tasks in enumerate(groups):
            yield number, train_group(tasks, store)


def train_group(tasks: Sequence[Task], store: Store | None) -> list[JobResult]:
    """Train one group; what fails is told in its tasks' results.

    Raises:
        StorageError: the tracker fails.
    """
    label = tasks[0].naming.name if len(tasks) == 1 else f"{len(tasks)} models"
    try:
        ended = training.train_together(tasks, store, label)
    except StorageError:  # nothing that comes could be kept
        raise
    except Exception as error:  # the other groups go on, and its reason is shown
        return [failed(task, error) for task in tasks]
    return [result(task, found) for task, found in zip(tasks, ended, strict=True)]


def result(task: Task, found: Outcome | JobError) -> JobResult:
    """What became of a task, as plain data."""
    if isinstance(found, JobError):
        return failed(task, found)
    rows = task.origin.data, task.inputs.split.digest()
    return JobResult(task.naming.name, task.config, found.figures(), found.run_id or str(found.folder), "", rows)


def failed(task: Task, error: Exception) -> JobResult:
    """What became of a task that an exception ended."""
    reason = str(error) if isinstance(error, LogoddsError) else f"{type(error).__name__}: {error}"
    return JobResult(task.naming.name, task.config, {}, "", reason)


def of_record(config: Config, found: Recorded) -> JobResult:
    """The result of a job whose run has ended before."""
    stopped = int(found.tags.get("stopped.epoch", "0"))
    return JobResult(found.name, config, found.figures, found.id, found.tags.get("error", ""), found.rows, stopped)
