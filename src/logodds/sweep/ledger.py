"""What became of a sweep's jobs when it was run before: its record in the store is its ledger.

A sweep is known by its jobs, and a job by its configuration, its data and the code: whoever gives the same command
again goes on with the same sweep.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from logodds.options.rules import choice
from logodds.runs.resume import ENDED, FINISHED, Left, left_by_dead, without_others
from logodds.system import places
from logodds.system.lock import claimed
from logodds.tracking.provenance.origin import SIGNATURE, joined

if TYPE_CHECKING:
    from logodds.tracking.store import Store

OF_JOBS, FAILED = f"sweep.{SIGNATURE}", "sweep.failed"  # tags of a sweep's parent


@dataclass(kw_only=True)
class SweepOptions:
    """``retry``: which jobs of a sweep that was run before are run again: ``failed``, those that have not finished;
    ``none``, those that never ended; ``all``, every one, in a new sweep."""

    retry: str = choice("failed", "none", "all")


@dataclass(frozen=True)
class Ledger:
    """What an earlier process left of a sweep."""

    parent: str | None  # the sweep's parent run, None for a new sweep
    failed: int | None  # runs that had failed when it was concluded, None where it was not
    left: Left  # its runs, by the signature of their jobs


def of_jobs(signatures: Sequence[str]) -> str:
    """The signature of a sweep, by those of its jobs."""
    return joined(sorted(signatures))


@contextmanager
def opened(store: Store, signature: str, options: SweepOptions) -> Iterator[Ledger]:
    """The ledger of a sweep, which nobody else on this machine runs meanwhile. Runs of an earlier process that are
    to be run again are removed, so that each job has one run.

    Raises:
        UserError: another process runs the sweep.
        StorageError: the store cannot be read.
    """
    with claimed(folder() / signature[:16], "running this very sweep"):
        yield _read(store, signature, options)


def folder() -> Path:
    """Where the files of sweeps are, beside the store."""
    found = places.store_root() / "mlruns" / "sweeps"
    found.mkdir(parents=True, exist_ok=True)
    return found


def _read(store: Store, signature: str, options: SweepOptions) -> Ledger:
    parents = store.reader.of_experiment(store.experiment, {OF_JOBS: signature}) if options.retry != "all" else []
    if not parents:
        return Ledger(None, None, Left({}, {}))
    parent = parents[-1]
    failed = int(parent.tags.get(FAILED, -1)) if parent.status == "FINISHED" else None
    runs = store.children(parent.id)
    left = left_by_dead(runs, SIGNATURE, ENDED if options.retry == "none" else FINISHED)
    return Ledger(parent.id, failed, without_others(store, runs, left))
