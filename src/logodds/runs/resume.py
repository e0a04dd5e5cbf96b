"""How training continues where an earlier process stopped. It is the same for a single run, the folds of a
cross-validation, and the jobs of a sweep.

1. A training is identified by its signature: its configuration, its data, and the code (``Origin.signature``). The same
   command, given again, means the same training.
2. Only one process at a time works at it (``system/claim.py``).
3. Its runs in the tracker show how far the earlier process came (:func:`left_by`): a run that has ended is kept as it
   is, a run that was cut off is continued, and a run that failed is trained again.
4. A continued run starts from its newest undamaged checkpoint (``unfinished.py``), so that it ends with the same bits
   as a run that was never interrupted. Epochs that the tracker has already are not written twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from logodds.system.claim import claimed
from logodds.system.errors import UserError
from logodds.tracking.provenance.origin import SIGNATURE

if TYPE_CHECKING:
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store

FINISHED, ENDED = ("FINISHED",), ("FINISHED", "FAILED")  # statuses of runs that a caller keeps as they are


@dataclass(frozen=True)
class Left:
    """The runs that an earlier process left, oldest first, by the value of the tag that distinguishes them.

    Attributes:
        ended: runs that are kept as they are.
        cut: runs that were cut off before their training ended.
    """

    ended: dict[str, list[Recorded]]
    cut: dict[str, list[Recorded]]

    def take_ended(self, key: str) -> Recorded | None:
        """Remove the newest run that has ended from the list and return it; None if there is none."""
        return self.ended[key].pop() if self.ended.get(key) else None

    def take_cut(self, key: str) -> str | None:
        """Remove the newest run that was cut off from the list and return its id; None if a new run must be made."""
        return self.cut[key].pop().id if self.cut.get(key) else None


def left_by(runs: Sequence[Recorded], tag: str, ended: Sequence[str] = FINISHED) -> Left:
    """Sort the runs of an earlier process. Runs that a living process is still writing are in neither list.

    Args:
        runs: oldest first.
        tag: name of the tag that distinguishes them.
        ended: the statuses of runs that are kept as they are.
    """
    return _sorted(runs, [run for run in runs if run.is_cut_off()], tag, ended)


def left_by_dead(runs: Sequence[Recorded], tag: str, ended: Sequence[str] = FINISHED) -> Left:
    """Like :func:`left_by`, for a caller that knows that no process on any machine is writing the runs, because it
    holds the lock of all of them or has seen their process end. A run with status RUNNING was therefore cut off."""
    return _sorted(runs, [run for run in runs if run.status in ("RUNNING", "KILLED")], tag, ended)


def _sorted(runs: Sequence[Recorded], cut: Sequence[Recorded], tag: str, ended: Sequence[str]) -> Left:
    return Left(_by_tag([run for run in runs if run.status in ended], tag), _by_tag(cut, tag))


def _by_tag(runs: Sequence[Recorded], tag: str) -> dict[str, list[Recorded]]:
    by_value: dict[str, list[Recorded]] = {}
    for run in runs:
        by_value.setdefault(run.tags.get(tag, ""), []).append(run)
    return by_value


def without_others(store: Store, runs: Sequence[Recorded], left: Left) -> Left:
    """Remove the runs that are not in ``left`` from the store, so that each job has one run. Return ``left``."""
    known = {run.id for group in (left.ended, left.cut) for runs_of_key in group.values() for run in runs_of_key}
    for run in runs:
        if run.id not in known:
            store.remove(run.id)
    return left


@contextmanager
def claimed_run(store: Store | None, folder: Path, signature: str) -> Iterator[str | None]:
    """Claim a single training. Yield the id of its run if an earlier process was cut off in it, else None.

    Args:
        store: None without a tracker.
        folder: the folder of its files; no other process trains into it while the claim lasts.

    Raises:
        UserError: another process trains into the folder.
        StorageError: the store cannot be read.
    """
    with ExitStack() as claims:
        claims.enter_context(claimed(folder, "training this very run"))
        yield None if store is None else _claimed_cut(store, signature, claims)


def _claimed_cut(store: Store, signature: str, claims: ExitStack) -> str | None:
    """Claim the newest run that was cut off, since another checkout with the same store may want to continue it too.
    Return its id; None if there is none, or others continue all of them."""
    runs = store.reader.of_experiment(store.experiment, {SIGNATURE: signature})
    left = left_by([run for run in runs if run.parent is None], SIGNATURE)
    while (run_id := left.take_cut(signature)) is not None:
        with suppress(UserError):
            claims.enter_context(claimed(store.place, "continuing this very run", part=run_id))
            run = store.reader.run(run_id)
            if run is not None and run.is_cut_off():  # nobody has ended it before it was claimed
                return run_id
    return None
