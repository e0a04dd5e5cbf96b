"""The half of a tracker that writes runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from logodds.options.registry import OptionModule
from logodds.tracking.naming import Naming
from logodds.tracking.pages import Charts

Point = tuple[str, float, int, int]  # metric, value, milliseconds since 1970, epoch of the training


@dataclass(frozen=True)
class Source:
    """What wrote a run.

    Attributes:
        command: path of the command below the project.
        user: name of the person's account.
        commit: of the project's repository, None outside of one.
    """

    command: str
    user: str
    commit: str | None


@dataclass(frozen=True)
class Dataset:
    """Rows that a run read.

    Attributes:
        name: of the file.
        path: of the file, as the configuration gives it.
        digest: md5 of the file.
        columns: type by name: ``double``, ``string`` or ``binary``.
        rows: how many there are.
    """

    name: str
    path: str
    digest: str
    columns: Mapping[str, str]
    rows: int


@dataclass(frozen=True)
class ModelSchema:
    """What a model reads and gives when it is served: a raw row in, class and probability out.

    Attributes:
        columns: (name, type) of those that the model reads; ``any`` where the features judge the type.
        classes: their names.
        packages: names of the packages that this model needs beside those that every model needs.
        options: the modules of features and of architectures that it may need, which are imported by name.
    """

    columns: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    packages: tuple[str, ...]
    options: tuple[OptionModule, ...]


@dataclass
class Pending:
    """What is to be written of one run.

    Attributes:
        params: values by Hydra key.
        tags: texts by name; a later one takes an earlier one's place.
        points: of metrics.
        datasets: that were read.
        tables: paths of those files of the run that are tables, for pages that show them as such.
        description: Markdown for the top of the run's page, None: as it was.
        source: what wrote the run, None: as it was.
        colour: see :class:`~logodds.tracking.naming.Naming`, None: as it was.
        status: RUNNING, FINISHED, FAILED or KILLED, None: as it was.
    """

    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    datasets: list[Dataset] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    description: str | None = None
    source: Source | None = None
    colour: str | None = None
    status: str | None = None


class Writer(ABC):
    """Writes new runs to one experiment, and changes runs of any. Every method raises StorageError where the store
    cannot be written."""

    @abstractmethod
    def create(self, namings: Sequence[Naming]) -> list[str]:
        """New runs with status RUNNING; their ids. A run is there with all of its tags, or not at all."""

    @abstractmethod
    def write(self, batch: Mapping[str, Pending]) -> None:
        """By id of the run."""

    @abstractmethod
    def kill(self, owners: Mapping[str, str]) -> None:
        """By run id the ended process that wrote the run (its tag :data:`~logodds.system.process.OWNER`). Runs that are
        RUNNING and still have this tag end as KILLED, at the time of their last point, else of their start."""

    @abstractmethod
    def files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        """Artifacts by their path in the run."""

    @abstractmethod
    def model(self, run_id: str, schema: ModelSchema, package: Path) -> None:
        """The run's model, from the folder of its package."""

    @abstractmethod
    def remove(self, run_id: str) -> None:
        """Take a run off every list."""

    @abstractmethod
    def charts(self, charts: Charts) -> None:
        """Prepare a view, as far as the tracker's pages have such."""
