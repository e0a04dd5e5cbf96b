"""The half of a tracker that reads runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from logodds.tracking.pages import Pages
from logodds.tracking.recorded import Experiment, Histories, Recorded


class Reader(ABC):
    """Reads the runs of every experiment. Every method raises StorageError where the store cannot be read.

    Attributes:
        shown: the store's address as messages name it, without a password.
        pages: where a person looks at the runs.
    """

    shown: str
    pages: Pages

    @abstractmethod
    def experiments(self) -> list[Experiment]:
        """All that have not been deleted."""

    @abstractmethod
    def experiment(self, name: str) -> Experiment | None:
        """By its name, also one that has been deleted."""

    @abstractmethod
    def run(self, run_id: str) -> Recorded | None:
        """A run by its id, also one that has been deleted."""

    @abstractmethod
    def by_id(self, beginning: str) -> list[Recorded]:
        """Runs whose ids begin so."""

    @abstractmethod
    def by_tag(self, tag: str, beginning: str) -> list[Recorded]:
        """Runs with a tag whose value begins so, the oldest first."""

    @abstractmethod
    def of_experiment(self, experiment: str, tags: Mapping[str, str]) -> list[Recorded]:
        """The runs of an experiment (by its id) that have all of these tags, the oldest first."""

    @abstractmethod
    def children(self, experiment: str, run_id: str) -> list[Recorded]:
        """The runs of an experiment below a parent run, the oldest first."""

    @abstractmethod
    def running(self) -> list[Recorded]:
        """Runs of every experiment with status RUNNING, the oldest first."""

    @abstractmethod
    def histories(self, ids: Sequence[str], names: Sequence[str]) -> Histories:
        """Values by epoch; a metric without any is left out."""

    @abstractmethod
    def artifact(self, run_id: str, path: str) -> bytes | None:
        """A file of a run's record, None where there is no such file."""

    @abstractmethod
    def package(self, run_id: str, folder: Path) -> Path | None:
        """The folder with the package of a run's model, None where it has no model; ``folder`` takes a copy where the
        model is not on this machine."""
