"""What an earlier process left of a sweep: the sweep's runs in the tracker's store are its ledger.

A sweep is identified by its jobs, and a job by its configuration, its data and the code. The same command therefore
continues the same sweep.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from logodds.options.rules import choice
from logodds.runs.resume import ENDED, FINISHED, Left, left_by_dead, without_others
from logodds.system import locations
from logodds.system.claim import claimed
from logodds.system.errors import UserError
from logodds.system.process import OWNER
from logodds.system.terminal.invocation import typed
from logodds.tracking.provenance.origin import SIGNATURE, joined

if TYPE_CHECKING:
    from logodds.tracking.store import Store

OF_JOBS, FAILED = f"sweep.{SIGNATURE}", "sweep.failed"  # tags of a sweep's parent run


@dataclass(kw_only=True)
class SweepOptions:
    """The section ``sweep`` of the configuration.

    Attributes:
        retry: which jobs run again when the same sweep is started again. ``failed``: jobs that have not finished,
            whether they failed or were cut off; ``none``: only jobs that were cut off or never started; ``all``: every
            job, in a new sweep.
    """

    retry: str = choice("failed", "none", "all")


@dataclass(frozen=True)
class Ledger:
    """What an earlier process left of a sweep.

    Attributes:
        parent: id of the sweep's parent run; None for a new sweep.
        failed: number of runs that had failed when the sweep was concluded; None if it was not concluded.
        left: the sweep's runs, by the signature of their jobs.
    """

    parent: str | None
    failed: int | None
    left: Left


def of_jobs(signatures: Sequence[str]) -> str:
    """Return the signature of a sweep, made from the signatures of its jobs in any order."""
    return joined(sorted(signatures))


@contextmanager
def opened(store: Store, signature: str, options: SweepOptions) -> Iterator[Ledger]:
    """Yield the ledger of a sweep, and keep other processes from running the same sweep meanwhile. Runs of an earlier
    process that are to be run again are removed from the store, so that each job has one run.

    Args:
        store: the tracker's store.
        signature: the signature of the sweep, from :func:`of_jobs`.
        options: which jobs are to be run again.

    Raises:
        UserError: another process runs the sweep, or may run it: one on another host or in another container, which
            uses the same server.
        StorageError: the store cannot be read.
    """
    with claimed(store.place, "running this very sweep", part=signature[:16]):
        yield _read(store, signature, options)


def folder() -> Path:
    """Return the folder of the files of sweeps, beside the store; create it if it is missing."""
    path = locations.store_root() / "mlruns" / "sweeps"
    path.mkdir(parents=True, exist_ok=True)
    return path


def _read(store: Store, signature: str, options: SweepOptions) -> Ledger:
    parents = store.reader.of_experiment(store.experiment, {OF_JOBS: signature}) if options.retry != "all" else []
    if not parents:
        return Ledger(None, None, Left({}, {}))
    parent = parents[-1]
    if parent.status == "RUNNING" and not parent.is_abandoned():
        host = parent.tags.get(OWNER, "").partition(" ")[0] or "unknown"
        raise UserError(
            f"run {parent.id} of this very sweep is RUNNING, by a process on host {host}; "
            f"wait for it, or if it has ended, {typed('doctor')} shows how to end its run"
        )
    failed = int(parent.tags.get(FAILED, -1)) if parent.status == "FINISHED" else None
    runs = store.children(parent.id)
    left = left_by_dead(runs, SIGNATURE, ENDED if options.retry == "none" else FINISHED)
    return Ledger(parent.id, failed, without_others(store, runs, left))
