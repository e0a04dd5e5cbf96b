"""The interface of a tracker: the section ``tracking`` of a configuration, and the record in which its runs are kept.

A tracker is one module with one subclass of :class:`Tracker`. Another package adds its own by an entry point::

    [project.entry-points."logodds.trackers"]
    mine = "package.module"

and a project chooses it by ``tracking=mine`` with a file ``conf/tracking/mine.yaml`` that gives its keys. What a
tracker must be able to do is abstract in three classes: :class:`~logodds.tracking.reader.Reader` finds runs and reads
them, :class:`~logodds.tracking.writer.Writer` creates runs and adds to them, and :class:`~logodds.tracking.pages.Pages`
says where a user looks at them. :class:`~logodds.tracking.store.Store` does the rest in the same way for all trackers:
it opens, continues and ends runs, and collects what is written to them.

Statuses, tags, parameters and metrics are the same for all trackers, and commands find runs by them. Some things are
shown on a tracker's pages in its own way: the parent of a run, its colour, its description. The interface has fields
and methods for these, so that only the tracker itself knows how it stores them.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from logodds.options.option import Option
from logodds.options.registry import Group

if TYPE_CHECKING:
    from logodds.tracking.reader import Reader
    from logodds.tracking.store import Store

CHOICE = "LOGODDS_TRACKER"  # environment variable that names the tracker of commands without a configuration
USUAL = "mlflow"


@dataclass(kw_only=True)
class Tracker(Option, ABC):
    """Where the record of a run goes. Abstract.

    Attributes:
        keeps_record: False for the tracker that records nothing.
    """

    keeps_record: ClassVar[bool] = True

    @abstractmethod
    def connect(self, root: Path, problem: str) -> Store | None:
        """Open the store of a problem's runs for a training; None if nothing is to be recorded.

        Args:
            root: the folder in which ``mlruns/`` holds what is recorded on this machine.

        Raises:
            UserError: a rule of the section is broken.
            StorageError: the store cannot be reached.
        """

    @classmethod
    @abstractmethod
    def store(cls, root: Path, problem: str) -> Store:
        """Open the store of a problem's runs for a command without a configuration.

        Raises:
            UserError: there is none.
            StorageError: the store cannot be reached.
        """

    @classmethod
    @abstractmethod
    def reader(cls, root: Path) -> Reader:
        """Return a reader of the runs of all problems, for a command without a configuration. Nothing is created.

        Raises:
            UserError: nothing has been recorded yet.
            StorageError: the store cannot be reached.
        """

    @abstractmethod
    def environment(self, root: Path) -> dict[str, str]:
        """Return the environment variables by which another process reaches the same store."""

    @abstractmethod
    def unreachable(self) -> str | None:
        """Return why other machines cannot reach the store, and what to do about it; None if they can."""


TRACKERS: Group[Tracker] = Group(
    "tracking",
    Tracker,
    "logodds.tracking.trackers",
    "logodds.trackers",
)


def chosen() -> type[Tracker]:
    """Return the tracker of commands without a configuration: MLflow's, or the one that :data:`CHOICE` names.

    Raises:
        UserError: there is no such tracker.
    """
    return TRACKERS.option(os.environ.get(CHOICE, USUAL))
