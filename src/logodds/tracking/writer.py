"""The interface by which a tracker writes runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from logodds.options.registry import OptionModule
from logodds.tracking.naming import Naming
from logodds.tracking.pages import Charts

Point = tuple[str, float, int, int]  # metric, value, time in ms since 1970, epoch of the training


@dataclass(frozen=True)
class Source:
    """What wrote a run.

    Attributes:
        command: path of the command, relative to the project.
        user: name of the user's account.
        commit: of the project's repository; None outside of a repository.
    """

    command: str
    user: str
    commit: str | None


@dataclass(frozen=True)
class Dataset:
    """Rows that a run read.

    Attributes:
        name: name of the file.
        path: path of the file, as in the configuration.
        digest: md5 of the file.
        columns: type by column name: ``double``, ``string``, ``datetime`` or ``binary``.
        rows: number of rows.
    """

    name: str
    path: str
    digest: str
    columns: Mapping[str, str]
    rows: int


@dataclass(frozen=True)
class ModelSchema:
    """What a served model reads and gives: it takes raw rows, and gives class and probabilities.

    Attributes:
        columns: (name, type) of each column that the model reads: boolean, long, double, string, datetime or binary.
        classes: names of the classes.
        packages: names of the packages that this model needs besides those that every model needs.
        options: modules of the model's features and architecture, which are imported by name.
    """

    columns: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    packages: tuple[str, ...]
    options: tuple[OptionModule, ...]


@dataclass
class Pending:
    """What has yet to be written of one run.

    Attributes:
        params: values by Hydra key.
        tags: texts by name; a later one replaces an earlier one.
        points: values of metrics.
        of_model: those among them that are final figures of the run's model.
        datasets: datasets that the run has read.
        tables: paths of those files of the run that are tables, for pages that show them as such.
        description: Markdown for the top of the run's page; None: unchanged.
        source: what wrote the run; None: unchanged.
        colour: see :class:`~logodds.tracking.naming.Naming`; None: unchanged.
        status: RUNNING, FINISHED, FAILED or KILLED; None: unchanged.
    """

    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    of_model: list[Point] = field(default_factory=list)
    datasets: list[Dataset] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    description: str | None = None
    source: Source | None = None
    colour: str | None = None
    status: str | None = None


class Writer(ABC):
    """Writes new runs to one experiment, and changes runs of any experiment. Every method raises StorageError if the
    store cannot be written. Abstract."""

    @abstractmethod
    def create(self, namings: Sequence[Naming]) -> list[str]:
        """Create runs with status RUNNING and return their ids. A run is created with all of its tags, or not at
        all."""

    @abstractmethod
    def write(self, batch: Mapping[str, Pending]) -> None:
        """Write what is pending, by id of the run."""

    @abstractmethod
    def kill(self, owners: Mapping[str, str]) -> None:
        """End runs as KILLED whose process has ended without ending them.

        A run is changed only if it is still RUNNING and its tag :data:`~logodds.system.process.OWNER` is still the
        given process. Its end is the time of its last point, or its start if it has no points.

        Args:
            owners: the process that wrote the run, as in the tag, by run id.
        """

    @abstractmethod
    def files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        """Write artifacts by their path in the run."""

    @abstractmethod
    def model(self, run_id: str, schema: ModelSchema, package: Path) -> None:
        """Write the run's model, from the folder of its package."""

    @abstractmethod
    def remove(self, run_id: str) -> None:
        """Mark a run as deleted, so that it is in no list."""

    @abstractmethod
    def charts(self, charts: Charts) -> None:
        """Prepare a view, if the tracker's pages have such views."""
