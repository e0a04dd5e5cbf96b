"""How a run is called in the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Naming:
    """What a run is opened with.

    Attributes:
        name: the run's name, which need not be unique.
        tags: texts by name, among them those by which the run is found again.
        parent: id of the run above it, such as a sweep's; None for a run of its own.
        run: id of a run that was cut off and is to be continued; None for a new run.
        colour: in which a tracker's pages draw the run, as ``#rrggbb``; None: the tracker chooses.
    """

    name: str
    tags: Mapping[str, str]
    parent: str | None = None
    run: str | None = None
    colour: str | None = None
