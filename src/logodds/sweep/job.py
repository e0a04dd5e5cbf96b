"""A job of a sweep: one configuration to be trained, and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from logodds.runs.config import Config


@dataclass(frozen=True)
class Job:
    """One configuration of a sweep, with the overrides ``key=value`` that it was composed from."""

    config: Config
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class JobResult:
    """How a job ended.

    Attributes:
        name: name of its run.
        config: its configuration.
        figures: final figures by their name in the record; empty if the job failed.
        run_id_or_folder: id of its run; without a tracker, its folder.
        reason: why it failed; empty if it did not.
        rows: digests of the data and of the split that it was trained and judged on.
        stopped: the epoch after which a search stopped it; 0 if it was not stopped.
        lost: whether its process ended before the job did. The same command continues it.
    """

    name: str
    config: Config
    figures: Mapping[str, float]
    run_id_or_folder: str
    reason: str
    rows: tuple[str, str] = ("", "")
    stopped: int = 0
    lost: bool = False

    @property
    def title(self) -> str:
        """Its name, with a remark if a search stopped it."""
        return f"{self.name} (stopped at {self.stopped})" if self.stopped else self.name

    @cached_property
    def params(self) -> dict[str, str]:
        """Its parameters by Hydra key, as the record holds them."""
        return {key: str(value) for key, value in self.config.flat().items()}
