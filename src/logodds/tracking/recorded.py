"""Runs as a store holds them, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from logodds.system import process
from logodds.system.arrays import Array
from logodds.system.process import OWNER

LEAST = 6  # characters of a run's id that may stand for it
#: By run id and metric: epochs [n] and values [n].
Histories: TypeAlias = Mapping[str, Mapping[str, tuple[Array, Array]]]


@dataclass(frozen=True)
class Experiment:
    """``artifacts``: the address of the folder for its runs' files; ``active``: not deleted."""

    id: str
    name: str
    artifacts: str
    active: bool


@dataclass(frozen=True)
class Recorded:
    """One run as the store holds it; ``figures`` are the latest values."""

    id: str
    name: str
    status: str
    experiment: str
    params: dict[str, str]
    tags: dict[str, str]
    figures: dict[str, float]

    def is_abandoned(self) -> bool:
        """Whether it claims to be running, and the process that wrote it is no more."""
        return self.status == "RUNNING" and process.has_ended(self.tags.get(OWNER, ""))

    def is_cut_off(self) -> bool:
        """Whether it has not ended as it should, and no living process writes it."""
        return self.status == "KILLED" or self.is_abandoned()
