"""Checks for checkpoints of trainings that no run continues."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from logodds.review.doctor import proof
from logodds.review.doctor.finding import FINE, TO_DO, Finding, left_over
from logodds.review.doctor.holdings import CONFIG, Holdings, Kept
from logodds.runs.folder import SHORT, UNFINISHED
from logodds.tracking.provenance.origin import SIGNATURE

FLUSH = 2.0  # seconds by which a run's last checkpoint may be younger than its recorded end
CHECK = "checkpoints"
DESCRIPTION = "of checkpoints of runs of this store that have ended"
OTHERS = (
    "of checkpoints that no run in this store continues: they may belong to another store or to a training with "
    "tracking=none, so nothing is advised"
)


def check(held: Holdings, root: Path, project: Path) -> Iterator[Finding]:
    """Check for checkpoints of unfinished trainings that no run can continue, because it has ended or is gone.

    A folder of checkpoints is the store's own if it has the id of a sweep in the store, or if its checkpoints have the
    signature of runs in the store and were written while one of them trained. Another store, or a training without a
    record, may have the same signature at another time.

    Args:
        held: runs and models of the store.
        root: the folder whose ``mlruns/`` is the store.
        project: the root folder of the project.
    """
    by_signature: dict[str, list[Kept]] = {}
    for run in held.runs.values():
        by_signature.setdefault(run.tags.get(SIGNATURE, ""), []).append(run)
    own: list[Path] = []
    others: list[Path] = []
    for folder, needed in [*_of_sweeps(held, root), *_of_runs(held, project)]:
        signatures = proof.signatures(folder)
        runs = [by_signature.get(signature, []) for signature in signatures or ()]
        if needed or any(run.is_open for of_one in runs for run in of_one):
            continue
        proven = folder.name in held.runs if folder.parent.name == "sweeps" else _written_by(folder, runs)
        (own if signatures and proven else others).append(folder)
    found = left_over(CHECK, TO_DO, "folder", own, DESCRIPTION, root)
    found += left_over(CHECK, FINE, "folder", others, OTHERS, root)
    yield from found or [Finding(CHECK, FINE, "no folder left over")]


def _of_sweeps(held: Holdings, root: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the folders of checkpoints of sweeps, and whether the sweep may still be continued."""
    for path in sorted((root / "mlruns" / "sweeps").glob("*/")):
        run = held.runs.get(path.name)
        if proof.inside(path, root):
            yield path, run is not None and run.is_open


def _of_runs(held: Holdings, project: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the folders of checkpoints of runs and of stages of the pipeline, and whether they may be continued."""
    open_runs = [run for run in held.runs.values() if run.is_open]
    names = {run.tags.get(CONFIG, "")[:SHORT] for run in open_runs}
    stages = {run.tags.get("problem") for run in open_runs if run.tags.get("dvc") == "train"}
    out = project / "out"
    paths = [*out.glob(f"runs/*/*/{UNFINISHED}/"), *out.glob(f"runs/*/*/fold-*/{UNFINISHED}/")]
    found = [(path, path.relative_to(out).parts[2] in names) for path in sorted(paths)]
    found += [(path, path.parent.name in stages) for path in sorted(out.glob(f"*/{UNFINISHED}/"))]
    yield from (each for each in found if proof.inside(each[0], project))


def _written_by(folder: Path, runs: list[list[Kept]]) -> bool:
    """Whether every checkpoint in a folder was written while a run trained that has one of its signatures.

    Args:
        runs: the runs in the store that have each of the signatures.
    """
    times = [path.stat().st_mtime for path in folder.rglob("*.ckpt")]
    return all(
        any(run.started <= time <= run.ended + FLUSH for of_one in runs for run in of_one) for time in times
    ) and all(runs)
