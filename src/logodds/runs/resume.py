"""How training goes on where an earlier process left it: the same for a run alone, the folds of a cross-validation, and
the jobs of a sweep.

1. What is trained is known by its signature: its configuration, its data, and the code (``Origin.signature``). Whoever
   gives the same command again means the same training.
2. One process at a time works at it on this machine (``system/lock.py``).
3. Its runs in the tracker say how far the earlier process came (:func:`left_by`): a run that has ended is kept as it
   is; one that was cut off goes on in the same run; one that failed is trained anew.
4. A run that goes on begins with its newest whole checkpoint (``unfinished.py``), so that it ends with the same bits as
   one that nothing interrupted. Epochs that the tracker has already are not written twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from logodds.system.lock import claimed
from logodds.tracking.provenance.origin import SIGNATURE

if TYPE_CHECKING:
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store

FINISHED, ENDED = ("FINISHED",), ("FINISHED", "FAILED")  # statuses of a run


@dataclass(frozen=True)
class Left:
    """The runs that an earlier process left, the oldest first, by the value of the tag that tells them apart."""

    ended: dict[str, list[Recorded]]
    cut: dict[str, list[Recorded]]  # off, before they ended

    def take_ended(self, key: str) -> Recorded | None:
        """The newest run that has ended, which the next call no longer gives; None where there is none."""
        return self.ended[key].pop() if self.ended.get(key) else None

    def take_cut(self, key: str) -> str | None:
        """The id of the newest run that was cut off, which the next call no longer gives; None where a new run is to be
        made."""
        return self.cut[key].pop().id if self.cut.get(key) else None


def left_by(runs: Sequence[Recorded], tag: str, ended: Sequence[str] = FINISHED) -> Left:
    """Sort the runs of an earlier process; those that a living process still writes are in neither list.

    Args:
        runs: the oldest first.
        tag: name of the tag that tells them apart.
        ended: the statuses of runs that are kept as they are.
    """
    return _sorted(runs, [run for run in runs if run.is_cut_off()], tag, ended)


def left_by_dead(runs: Sequence[Recorded], tag: str, ended: Sequence[str] = FINISHED) -> Left:
    """The same where the caller knows that no process writes any of the runs, wherever it was: it holds the lock of all
    of them, or has seen their process end. What claims to be running was cut off."""
    return _sorted(runs, [run for run in runs if run.status in ("RUNNING", "KILLED")], tag, ended)


def _sorted(runs: Sequence[Recorded], cut: Sequence[Recorded], tag: str, ended: Sequence[str]) -> Left:
    return Left(_by_tag([run for run in runs if run.status in ended], tag), _by_tag(cut, tag))


def _by_tag(runs: Sequence[Recorded], tag: str) -> dict[str, list[Recorded]]:
    found: dict[str, list[Recorded]] = {}
    for run in runs:
        found.setdefault(run.tags.get(tag, ""), []).append(run)
    return found


def without_others(store: Store, runs: Sequence[Recorded], left: Left) -> Left:
    """Remove those of the runs that are not among the ``left`` ones from the store, so that each job has one run."""
    known = {run.id for group in (left.ended, left.cut) for runs_of_key in group.values() for run in runs_of_key}
    for run in runs:
        if run.id not in known:
            store.remove(run.id)
    return left


@contextmanager
def claimed_run(store: Store | None, folder: Path, signature: str) -> Iterator[str | None]:
    """Claim a training that stands alone: the id of its run where an earlier process was cut off at it, else None.

    Args:
        store: None without a tracker.
        folder: that of its files, into which no other process trains meanwhile.

    Raises:
        UserError: another process trains into the folder.
        StorageError: the store cannot be read.
    """
    with claimed(folder, "training this very run"):
        if store is None:
            yield None
            return
        runs = store.reader.of_experiment(store.experiment, {SIGNATURE: signature})
        yield left_by([run for run in runs if run.parent is None], SIGNATURE).take_cut(signature)
