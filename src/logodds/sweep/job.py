"""A job of a sweep: one configuration to be trained, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from logodds.runs.config import Config


@dataclass(frozen=True)
class Job:
    """One configuration of a sweep, with the overrides that set it apart."""

    config: Config
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class JobResult:
    """How a job ended."""

    name: str  # of its run
    config: Config
    figures: Mapping[str, float]  # final figures by their name in the record; none if it failed
    place: str  # id of its run; its folder without a tracker
    reason: str  # why it failed, empty otherwise
    rows: tuple[str, str] = ("", "")  # digests of the data and of the split that it was judged on
    stopped: int = 0  # the epoch after which a search stopped it, 0 otherwise
    lost: bool = False  # its process ended before it did; the same command goes on with it

    @property
    def title(self) -> str:
        """Its name, and that it was stopped."""
        return f"{self.name} (stopped at {self.stopped})" if self.stopped else self.name

    @cached_property
    def params(self) -> dict[str, str]:
        """Its parameters by Hydra key, as the record holds them."""
        return {key: str(value) for key, value in self.config.flat().items()}
