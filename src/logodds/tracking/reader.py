"""The interface by which a tracker reads runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from logodds.tracking.pages import Pages
from logodds.tracking.recorded import Experiment, Histories, Recorded


class Reader(ABC):
    """Reads the runs of every experiment. Every method raises StorageError if the store cannot be read. Abstract.

    Attributes:
        shown: the store's address as messages show it, without a password.
        pages: where a user looks at the runs.
    """

    shown: str
    pages: Pages

    @abstractmethod
    def experiments(self) -> list[Experiment]:
        """Return all experiments that have not been deleted."""

    @abstractmethod
    def experiment(self, name: str) -> Experiment | None:
        """Return an experiment by its name, even if it has been deleted; None if there is none."""

    @abstractmethod
    def run(self, run_id: str) -> Recorded | None:
        """Return a run by its id, even if it has been deleted; None if there is none."""

    @abstractmethod
    def by_id(self, beginning: str) -> list[Recorded]:
        """Return the runs whose ids start with ``beginning``."""

    @abstractmethod
    def by_tag(self, tag: str, beginning: str) -> list[Recorded]:
        """Return the runs with a tag whose value starts with ``beginning``, oldest first."""

    @abstractmethod
    def of_experiment(self, experiment: str, tags: Mapping[str, str]) -> list[Recorded]:
        """Return the runs of an experiment (given by its id) that have all of these tags, oldest first."""

    @abstractmethod
    def other(self, experiment: str, param: str, value: str) -> str | None:
        """Return another value of a parameter than ``value`` in the runs of an experiment (given by its id), that of
        the newest run which has one; None if there is none."""

    @abstractmethod
    def children(self, experiment: str, run_id: str) -> list[Recorded]:
        """Return the runs of an experiment below a parent run, oldest first."""

    @abstractmethod
    def running(self) -> list[Recorded]:
        """Return the runs of all experiments that have status RUNNING, oldest first."""

    @abstractmethod
    def histories(self, ids: Sequence[str], names: Sequence[str]) -> Histories:
        """Return the values by epoch of some runs and metrics. A metric without values is left out."""

    @abstractmethod
    def artifact(self, run_id: str, path: str) -> bytes | None:
        """Return the content of a file in a run's record; None if there is no such file."""

    @abstractmethod
    def package(self, run_id: str, folder: Path) -> Path | None:
        """Return the folder with the package of a run's model; None if it has no model.

        Args:
            folder: receives a copy if the model is not on this machine.
        """
