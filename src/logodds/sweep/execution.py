"""Where the groups of a sweep train: in this process (:class:`Here`), or elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from logodds import training
from logodds.config import Config
from logodds.errors import JobError, LogoddsError, StorageError
from logodds.outcome import Outcome
from logodds.sweep.standings import Result
from logodds.task import Task

if TYPE_CHECKING:
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store

Trained: TypeAlias = Generator[tuple[int, list[Result]], None, None]


class Execution(ABC):
    """Abstract. ``jobs``: groups that can train at a time; ``local``: whether on this machine, with its devices."""

    jobs: int
    local: bool

    @abstractmethod
    def run(self, groups: Sequence[Sequence[Task]], store: Store | None) -> Trained:
        """Train every group; the number of each as it ends, with what became of its tasks. Closing it ends what
        trains.

        Raises:
            StorageError: the tracker fails.
        """


class Here(Execution):
    """Final. One group after the other."""

    jobs, local = 1, True

    def run(self, groups: Sequence[Sequence[Task]], store: Store | None) -> Trained:
        for number, tasks in enumerate(groups):
            yield number, train_group(tasks, store)


def train_group(tasks: Sequence[Task], store: Store | None) -> list[Result]:
    """Train one group; what fails is told in its tasks' results.

    Raises:
        StorageError: the tracker fails.
    """
    label = tasks[0].naming.name if len(tasks) == 1 else f"{len(tasks)} models"
    try:
        ended = training.train_together(tasks, store, label)
    except StorageError:  # nothing that comes could be kept
        raise
    except LogoddsError as error:
        return failed(tasks, str(error))
    except Exception as error:  # a group of its own: the others go on, and its reason is shown
        return failed(tasks, f"{type(error).__name__}: {error}")
    return [result(task, found) for task, found in zip(tasks, ended, strict=True)]


def result(task: Task, found: Outcome | JobError) -> Result:
    """What became of a task, as plain data."""
    if isinstance(found, JobError):
        return Result(task.naming.name, task.config, {}, "", str(found))
    return Result(task.naming.name, task.config, found.figures(), found.run_id or str(found.folder), "")


def failed(tasks: Sequence[Task], reason: str) -> list[Result]:
    """The results of tasks that have none."""
    return [Result(task.naming.name, task.config, {}, "", reason) for task in tasks]


def of_record(config: Config, found: Recorded) -> Result:
    """The result of a job whose run has ended before."""
    stopped = int(found.tags.get("stopped.epoch", "0"))
    return Result(found.name, config, found.figures, found.id, found.tags.get("error", ""), stopped)
