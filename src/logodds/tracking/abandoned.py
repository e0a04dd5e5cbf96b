"""Runs whose status is RUNNING although their process has ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from logodds.system import claim, process
from logodds.system.process import OWNER
from logodds.tracking.recorded import Recorded


@dataclass(frozen=True)
class Sorted:
    """Runs with status RUNNING.

    Attributes:
        ended: runs whose process has ended.
        unknown: runs of which nothing tells whether their process lives: it is on another host or in another container.
        files: presences of processes that have ended, which nothing needs once their runs are ended too.
    """

    ended: list[Recorded]
    unknown: list[Recorded]
    files: list[Path]


def among(running: Iterable[Recorded], place: Path) -> Sorted:
    """Sort runs with status RUNNING.

    Args:
        running: the runs.
        place: path of the store beside which processes show that they are present, see ``claim.present``.
    """
    presences = claim.presences(place)
    living = {owner for owner, ended in presences.values() if not ended}
    gone = {owner for owner, ended in presences.values() if ended} - living
    result = Sorted([], [], [file for file, (_, ended) in presences.items() if ended])
    for run in running:
        owner = run.tags.get(OWNER, "")
        if run.is_abandoned() or owner in gone:
            result.ended.append(run)
        elif process.is_elsewhere(owner) and owner not in living:
            result.unknown.append(run)
    return result
