"""How a job of a sweep ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from logodds.runs.config import Config


@dataclass(frozen=True)
class JobResult:
    """How a job ended: final figures by their name in the record, or the reason why there are none. ``place``: id of
    its run, its folder without a tracker; ``stopped``: the epoch after which a search let it go, 0 otherwise;
    ``lost``: its process ended before it, and it can be gone on with."""

    name: str
    config: Config
    figures: Mapping[str, float]
    place: str
    reason: str
    stopped: int = 0
    lost: bool = False

    @property
    def title(self) -> str:
        """Its name, and that it was let go."""
        return f"{self.name} (stopped at {self.stopped})" if self.stopped else self.name
