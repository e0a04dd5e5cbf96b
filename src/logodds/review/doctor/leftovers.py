"""Checks for files that nothing needs any more. They are listed with their sizes, and not removed."""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from logodds.review.doctor.finding import FINE, TO_DO, Finding, below, removal, room, size
from logodds.review.doctor.holdings import CONFIG, Holdings
from logodds.runs.folder import SHORT, UNFINISHED
from logodds.system import atomic
from logodds.system.errors import counted
from logodds.system.lock import waited
from logodds.tracking.mlflow import opening
from logodds.tracking.mlflow.local.writer import SHARED_CODE

BEING_WRITTEN = 3600.0  # age in seconds below which a temporary file of a download may still be in use
TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}")  # names that ``tempfile`` gives to files before they are renamed


def of_store(root: Path) -> list[Path]:
    """Return every folder of a run or of a model below ``mlruns/artifacts/``."""
    folders = []
    for path in sorted((root / "mlruns" / "artifacts").glob("*/*/")):
        if path.name == "models":
            folders += sorted(path.glob("*/"))
        elif path.name != SHARED_CODE:
            folders.append(path)
    return folders


def folders(held: Holdings, listed: Sequence[Path], root: Path) -> Finding:
    """Check for folders of the store that belong to none of its runs and models.

    A run is recorded before it has files, so folders that were listed before the store was read cannot belong to a run
    that is recorded later. A model's files may come before its record, so models of an experiment with a running run
    are left out.

    Args:
        held: runs and models of the store.
        listed: the result of :func:`of_store`, from before the store was read.
        root: the folder whose ``mlruns/`` is the store.
    """
    known = [run.folder for run in held.runs.values()]
    known += [model.folder for model in held.models if model.run is None or model.run in held.runs]
    inside = {ancestor for folder in known if folder is not None for ancestor in (folder, *folder.parents)}
    training = {run.experiment for run in held.runs.values() if run.status == "RUNNING"}
    orphans = []
    for path in listed:
        *_, experiment, kind, _ = path.parts
        if path not in inside and not (kind == "models" and experiment in training):
            orphans.append(path)
    description = "below mlruns/artifacts without a run or model in this store (they may belong to another store)"
    return _finding("orphans", "folder", orphans, description, root)


def checkpoints(held: Holdings, root: Path, project: Path) -> Finding:
    """Check for checkpoints of unfinished trainings that no run can continue, because it has ended or is gone."""
    open_runs = [run for run in held.runs.values() if run.status in ("RUNNING", "KILLED") and not run.deleted]
    ids = {run.id for run in open_runs}
    signatures = {run.tags.get(CONFIG, "")[:SHORT] for run in open_runs}
    stages = {run.tags.get("problem") for run in open_runs if run.tags.get("dvc") == "train"}
    out = project / "out"
    abandoned = [path for path in sorted((root / "mlruns" / "sweeps").glob("*/")) if path.name not in ids]
    for path in sorted([*out.glob(f"runs/*/*/{UNFINISHED}/"), *out.glob(f"runs/*/*/fold-*/{UNFINISHED}/")]):
        if path.relative_to(out).parts[2] not in signatures:
            abandoned.append(path)
    abandoned += [path for path in sorted(out.glob(f"*/{UNFINISHED}/")) if path.parent.name not in stages]
    description = "of checkpoints that no run in the store continues (a training with tracking=none may)"
    return _finding("checkpoints", "folder", abandoned, description, root)


def temporary(root: Path, project: Path) -> Finding:
    """Check for temporary files of processes that ended before they could rename them."""
    files: list[Path] = []
    for folder in (project / "out", root / "mlruns" / "sweeps", root / "mlruns" / "artifacts"):
        for above, _, names in os.walk(folder):
            if any(name.startswith(".") for name in names):
                files += atomic.abandoned(Path(above))
    before = time.time() - BEING_WRITTEN
    for folder in (project / "data", project / "downloads"):
        named = [path for path in [*folder.glob(".*"), *folder.glob("*/.*")] if TEMPORARY.fullmatch(path.name)]
        files += [path for path in named if path.lstat().st_mtime < before]
    with waited(opening.place(root)):  # so that no process is making a database
        files += (root / "mlruns").glob(f".*{opening.MAKING}*")
    description = "of processes that were killed while writing"
    return _finding("temporary", "file", sorted(files), description, root)


def deleted(held: Holdings, uri: str) -> Finding:
    """Check for deleted runs, whose files exist until ``mlflow gc`` removes them."""
    runs = [run for run in held.runs.values() if run.deleted]
    if not runs:
        return Finding("deleted", FINE, "no deleted run")
    models = {model.run: model.folder for model in held.models}
    sizes = []
    for run in runs:
        places = (run.folder, models.get(run.id))
        sizes.append(size([path for path in places if path is not None and path.is_dir()]))
    items = tuple(f"{run.id} ({run.experiment})  {room(count)}" for run, count in zip(runs, sizes, strict=True))
    message = f"{counted(len(runs), 'run')} deleted, {room(sum(sizes))}; if none is to come back, free the room"
    return Finding(
        "deleted",
        TO_DO,
        message,
        items,
        shlex.join(["mlflow", "gc", "--backend-store-uri", uri, "--tracking-uri", uri]),
    )


def _finding(check: str, noun: str, paths: Sequence[Path], description: str, root: Path) -> Finding:
    if not paths:
        return Finding(check, FINE, f"no {noun} left over")
    items = tuple(f"{below(path, root)}  {room(size([path]))}" for path in paths)
    return Finding(
        check, TO_DO, f"{counted(len(paths), noun)} {description}, {room(size(paths))}", items, removal(paths)
    )
