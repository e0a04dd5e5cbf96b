"""Where the groups of a sweep train: in this process (:class:`Here`), or in others (``elsewhere.py``)."""

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
    """Abstract. Trains the tasks of a sweep in groups.

    Attributes:
        jobs: number of groups that can train at a time.
        local: whether groups train on this machine, with its devices.
    """

    jobs: int
    local: bool

    def train(self, tasks: Sequence[Task], store: Store | None) -> Generator[tuple[int, JobResult], None, None]:
        """Train every task; tasks of one shape train together. Closing the generator ends the training.

        Args:
            tasks: the tasks.
            store: the tracker's store; None without a tracker.

        Yields:
            The index of a task that has ended, and its result.

        Raises:
            StorageError: the tracker fails.
        """
        grouped = groups([task.config for task in tasks], [task.inputs.data for task in tasks], self.jobs)
        with closing(self.run([[tasks[index] for index in group] for group in grouped], store)) as trained:
            for number, results in trained:
                yield from zip(grouped[number], results, strict=True)

    @abstractmethod
    def run(self, groups: Sequence[Sequence[Task]], store: Store | None) -> Trained:
        """Train every group. Closing the generator ends the training.

        Args:
            groups: the tasks of each group.
            store: the tracker's store; None without a tracker.

        Yields:
            The index of a group that has ended, and the results of its tasks.

        Raises:
            StorageError: the tracker fails.
        """


@final
class Here(Execution):
    """Trains one group after the other in this process."""

    jobs, local = 1, True

    def run(self, groups: Sequence[Sequence[Task]], store: Store | None) -> Trained:
        for number, tasks in enumerate(groups):
            yield number, train_group(tasks, store)


def train_group(tasks: Sequence[Task], store: Store | None) -> list[JobResult]:
    """Train one group. A failure is reported in the results of the tasks.

    Raises:
        StorageError: the tracker fails.
    """
    label = tasks[0].naming.name if len(tasks) == 1 else f"{len(tasks)} models"
    try:
        ended = training.train_together(tasks, store, label)
    except StorageError:  # no further result could be recorded
        raise
    except Exception as error:  # the other groups continue, and the reason is shown
        return [failed(task, error) for task in tasks]
    return [result(task, outcome) for task, outcome in zip(tasks, ended, strict=True)]


def result(task: Task, outcome: Outcome | JobError) -> JobResult:
    """Return the result of a task from the outcome or the error of its training."""
    if isinstance(outcome, JobError):
        return failed(task, outcome)
    rows = task.origin.data, task.inputs.split.digest()
    return JobResult(task.naming.name, task.config, outcome.figures(), outcome.run_id or str(outcome.folder), "", rows)


def failed(task: Task, error: Exception) -> JobResult:
    """Return the result of a task that failed with an exception."""
    reason = str(error) if isinstance(error, LogoddsError) else f"{type(error).__name__}: {error}"
    return JobResult(task.naming.name, task.config, {}, "", reason)


def of_record(config: Config, run: Recorded) -> JobResult:
    """Return the result of a job from the record of its run, which has ended before."""
    stopped = int(run.tags.get("stopped.epoch", "0"))
    return JobResult(run.name, config, run.figures, run.id, run.tags.get("error", ""), run.rows, stopped)
