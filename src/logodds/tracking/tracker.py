"""What a tracker is: the section ``tracking`` of a configuration, and the record that its runs are kept in.

A tracker is one module with one subclass of :class:`Tracker`. Another package adds its own by an entry point::

    [project.entry-points."logodds.trackers"]
    mine = "package.module"

and a project chooses it by ``tracking=mine`` with a file ``conf/tracking/mine.yaml`` that gives its keys. What a
tracker must be able to do is abstract in three classes: :class:`~logodds.tracking.reader.Reader` finds runs and reads
them, :class:`~logodds.tracking.writer.Writer` makes runs and adds to them, and :class:`~logodds.tracking.pages.Pages`
says where a person looks at them. :class:`~logodds.tracking.store.Store` does the rest, alike for all trackers: it
opens, continues and ends runs, and collects what is written to them.

Statuses, tags, parameters and metrics are the same for all trackers; they are what commands find runs by. What pages
show in a way of their own (the parent of a run, its colour, its description) has fields and verbs here, and nobody
outside of a tracker knows how it spells them.
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

CHOICE = "LOGODDS_TRACKER"  # variable that names the tracker of commands without a configuration
USUAL = "mlflow"


@dataclass(kw_only=True)
class Tracker(Option, ABC):
    """Where the record of a run goes.

    Attributes:
        keeps_record: False for the one that records nothing.
    """

    keeps_record: ClassVar[bool] = True

    @abstractmethod
    def connect(self, root: Path, problem: str) -> Store | None:
        """The store of a problem's runs, to train into; None where nothing is to be recorded.

        Args:
            root: below which ``mlruns/`` holds what is recorded on this machine.

        Raises:
            UserError: a rule of the section is broken.
            StorageError: the store cannot be reached.
        """

    @classmethod
    @abstractmethod
    def store(cls, root: Path, problem: str) -> Store:
        """The store of a problem's runs, by a command without a configuration.

        Raises:
            UserError: there is none.
            StorageError: the store cannot be reached.
        """

    @classmethod
    @abstractmethod
    def reader(cls, root: Path) -> Reader:
        """The runs of every problem, by a command without a configuration; nothing is created.

        Raises:
            UserError: nothing has been recorded yet.
            StorageError: the store cannot be reached.
        """

    @abstractmethod
    def environment(self, root: Path) -> dict[str, str]:
        """Variables by which another process reaches the same store."""

    @abstractmethod
    def unreachable(self) -> str | None:
        """Why other machines do not reach the store and what to do about it, None where they do."""


TRACKERS: Group[Tracker] = Group(
    "tracking",
    Tracker,
    "logodds.tracking.trackers",
    "logodds.trackers",
)


def chosen() -> type[Tracker]:
    """The tracker of commands that have no configuration: MLflow's, or what :data:`CHOICE` names.

    Raises:
        UserError: there is no such tracker.
    """
    return TRACKERS.option(os.environ.get(CHOICE, USUAL))
