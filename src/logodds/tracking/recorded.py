"""Runs in a tracker's store, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from logodds.system import process
from logodds.system.arrays import Array
from logodds.system.process import OWNER

LEAST = 6  # characters at the beginning of a run's id that a user must give at least
#: By run id and metric: epochs [n] and values [n].
Histories: TypeAlias = Mapping[str, Mapping[str, tuple[Array, Array]]]


@dataclass(frozen=True)
class Experiment:
    """The runs of one problem.

    Attributes:
        id: unique in the tracker's store.
        name: the name of the problem.
        artifacts: address of the folder with the files of its runs.
        active: False once it has been deleted.
    """

    id: str
    name: str
    artifacts: str
    active: bool


@dataclass(frozen=True)
class Recorded:
    """One run in a tracker's store.

    Attributes:
        id: unique in the tracker's store.
        name: as in its :class:`~logodds.tracking.naming.Naming`.
        status: RUNNING, FINISHED, FAILED or KILLED.
        experiment: id of its experiment.
        params: values by Hydra key, as text.
        tags: texts by name.
        figures: the latest value of each metric.
        parent: id of the run above it; None if there is none.
    """

    id: str
    name: str
    status: str
    experiment: str
    params: dict[str, str]
    tags: dict[str, str]
    figures: dict[str, float]
    parent: str | None = None

    @property
    def rows(self) -> tuple[str, str]:
        """The digests of the data and of the split that the run was trained and judged on."""
        return self.tags.get("data.md5", "unknown"), self.tags.get("split.sha256", "unknown")

    def is_abandoned(self) -> bool:
        """Whether its status is RUNNING although the process that wrote it has ended."""
        return self.status == "RUNNING" and process.has_ended(self.tags.get(OWNER, ""))

    def is_cut_off(self) -> bool:
        """Whether it ended before its training did, and no living process writes it."""
        return self.status == "KILLED" or self.is_abandoned()
