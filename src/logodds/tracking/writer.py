"""Where the record of runs goes: what every kind of store must be able to write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logodds.tracking.pyfunc import Served

Point = tuple[str, float, int, int]  # metric, value, milliseconds since 1970, epoch of the training
CONTEXT = ("mlflow.data.context", "training")


@dataclass(frozen=True)
class DatasetInput:
    """Rows that a run read; ``source``, ``schema`` and ``profile`` are JSON as MLflow has it."""

    name: str
    digest: str
    source: str
    schema: str
    profile: str


@dataclass
class Pending:
    """What is to be written of one run. ``status``: what becomes of it, None where that stays as it is."""

    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    datasets: list[DatasetInput] = field(default_factory=list)
    status: str | None = None


class Writer(ABC):
    """Abstract: writes to one experiment, and to runs of any."""

    @abstractmethod
    def create(self, names: Sequence[str], tags: Sequence[Mapping[str, str]]) -> list[str]:
        """New runs; their ids."""

    @abstractmethod
    def write(self, batch: Mapping[str, Pending]) -> None:
        """By id of the run."""

    @abstractmethod
    def kill(self, owners: Mapping[str, str]) -> None:
        """Runs by id with the process that wrote them and is no more: those that are still open in its name end as
        KILLED, at the time of their last point, or of their start where they have none."""

    @abstractmethod
    def files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        """Artifacts by their path in the run."""

    @abstractmethod
    def model(self, run_id: str, served: Served, package: Path) -> None:
        """A logged model of the run: the package's folder and what MLflow puts round it."""

    @abstractmethod
    def remove(self, run_id: str) -> None:
        """A run, out of every list; ``mlflow gc`` frees the room."""

    @abstractmethod
    def tag_experiment(self, key: str, value: str) -> None:
        """Up to ``views.TAG_LIMIT`` characters."""
