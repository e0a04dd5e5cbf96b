"""The name and the tags with which a run is opened in the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Naming:
    """What a run is opened with.

    Attributes:
        name: the run's name, which need not be unique.
        tags: texts by name, among them those that later searches for the run use.
        parent: id of the run above it, such as a sweep's; None for a run of its own.
        run: id of a run that was cut off and is to be continued; None for a new run.
        colour: ``#rrggbb``, in which a tracker's pages draw the run; None: the tracker chooses.
    """

    name: str
    tags: Mapping[str, str]
    parent: str | None = None
    run: str | None = None
    colour: str | None = None
