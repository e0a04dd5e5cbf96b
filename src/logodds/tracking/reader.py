"""Where runs are read from: what every kind of store must be able to tell, of any number of runs at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from logodds.system.terminal.text import masked
from logodds.tracking import address
from logodds.tracking.recorded import Experiment, Histories, Recorded


class Reader(ABC):
    """Abstract. ``uri``: the store's address; ``base``: the one that people open; ``shown``: the one to be told.

    Every method raises StorageError where the store cannot be read.
    """

    def __init__(self, uri: str) -> None:
        self.uri, self.base, self.shown = uri, address.base(uri), masked(uri)

    @abstractmethod
    def experiments(self) -> list[Experiment]:
        """Those that have not been deleted."""

    @abstractmethod
    def experiment(self, name: str) -> Experiment | None:
        """By its name, also one that has been deleted."""

    @abstractmethod
    def run(self, run_id: str) -> Recorded | None:
        """A run by its id, also one that has been deleted."""

    @abstractmethod
    def by_id(self, beginning: str) -> list[Recorded]:
        """Runs whose ids have this beginning, or are it."""

    @abstractmethod
    def by_tag(self, tag: str, beginning: str) -> list[Recorded]:
        """Runs with a tag of this beginning, the oldest first."""

    @abstractmethod
    def of_experiment(self, experiment: str, tags: Mapping[str, str]) -> list[Recorded]:
        """The runs of an experiment by its id that have all of these tags, the oldest first."""

    @abstractmethod
    def running(self) -> list[Recorded]:
        """Runs of every experiment that have not ended, the oldest first."""

    @abstractmethod
    def histories(self, ids: Sequence[str], names: Sequence[str]) -> Histories:
        """Values by epoch; a metric without any is left out."""

    @abstractmethod
    def artifact(self, run_id: str, path: str) -> bytes | None:
        """A file of a run's record, or None where it holds none."""

    @abstractmethod
    def package(self, run_id: str, folder: Path) -> Path | None:
        """The package inside a run's model, or None where it has no model. ``folder`` takes what is not on this
        machine."""
