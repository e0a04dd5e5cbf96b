"""What nothing needs any more: it is listed with the room that it takes, and left where it is."""

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
from logodds.system import atomic, process
from logodds.system.errors import counted

BEING_WRITTEN = 3600.0  # seconds in which what is being downloaded may still be some process's
TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}")  # as ``tempfile`` names what is written beside its place
# Of a process by its number, see ``tracking.mlflow.opening``.
DATABASE = re.compile(r"\..+\.db\.(\d+)(-wal|-shm|-journal)?")


def of_store(root: Path) -> list[Path]:
    """Every folder of a run or of a model below ``mlruns/artifacts/``."""
    found = []
    for path in sorted((root / "mlruns" / "artifacts").glob("*/*/")):
        found += sorted(path.glob("*/")) if path.name == "models" else [path]
    return found


def folders(held: Holdings, listed: Sequence[Path], root: Path) -> Finding:
    """Folders of the store that none of its runs and models has. ``listed``: :func:`of_store` from before the store was
    read, for a run is in the store before it has files. A model is not: those of experiments where some run is going on
    are left out."""
    known = [run.folder for run in held.runs.values()]
    known += [model.folder for model in held.models if model.run is None or model.run in held.runs]
    inside = {place for folder in known if folder is not None for place in (folder, *folder.parents)}
    training = {run.experiment for run in held.runs.values() if run.status == "RUNNING"}
    found = []
    for path in listed:
        *_, experiment, kind, _ = path.parts
        if path not in inside and not (kind == "models" and experiment in training):
            found.append(path)
    return _told(
        "orphans",
        "folder",
        found,
        "below mlruns/artifacts that no run or model of this store has (of another store one may)",
        root,
    )


def checkpoints(held: Holdings, root: Path, project: Path) -> Finding:
    """Those of unfinished trainings that no run goes on with: it has ended, or is gone."""
    going = [run for run in held.runs.values() if run.status in ("RUNNING", "KILLED") and not run.deleted]
    ids = {run.id for run in going}
    signatures = {run.tags.get(CONFIG, "")[:SHORT] for run in going}
    stages = {run.tags.get("problem") for run in going if run.tags.get("dvc") == "train"}
    out = project / "out"
    found = [path for path in sorted((root / "mlruns" / "sweeps").glob("*/")) if path.name not in ids]
    for path in sorted([*out.glob(f"runs/*/*/{UNFINISHED}/"), *out.glob(f"runs/*/*/fold-*/{UNFINISHED}/")]):
        if path.relative_to(out).parts[2] not in signatures:
            found.append(path)
    found += [path for path in sorted(out.glob(f"*/{UNFINISHED}/")) if path.parent.name not in stages]
    told = "of checkpoints that no run of the store goes on with (a training with tracking=none may)"
    return _told("checkpoints", "folder", found, told, root)


def temporary(root: Path, project: Path) -> Finding:
    """Files that a process began to write beside their place, and did not live to put there."""
    found: list[Path] = []
    for folder in (project / "out", root / "mlruns" / "sweeps", root / "mlruns" / "artifacts"):
        for above, _, names in os.walk(folder):
            if any(name.startswith(".") for name in names):
                found += atomic.abandoned(Path(above))
    before = time.time() - BEING_WRITTEN
    for folder in (project / "data", project / "downloads"):
        named = [path for path in [*folder.glob(".*"), *folder.glob("*/.*")] if TEMPORARY.fullmatch(path.name)]
        found += [path for path in named if path.lstat().st_mtime < before]
    for path in (root / "mlruns").glob(".*"):
        made = DATABASE.fullmatch(path.name)
        if made is not None and not process.is_alive(int(made[1])):
            found.append(path)
    told = "of processes that were ended as they wrote"
    return _told("temporary", "file", sorted(found), told, root)


def deleted(held: Holdings, uri: str) -> Finding:
    """Runs that were taken off the lists, whose files are there still."""
    runs = [run for run in held.runs.values() if run.deleted]
    if not runs:
        return Finding("deleted", FINE, "no run that was taken off the lists")
    models = {model.run: model.folder for model in held.models}
    taken = []
    for run in runs:
        places = (run.folder, models.get(run.id))
        taken.append(size([place for place in places if place is not None and place.is_dir()]))
    things = tuple(f"{run.id} ({run.experiment})  {room(count)}" for run, count in zip(runs, taken, strict=True))
    told = (
        f"{counted(len(runs), 'run')} taken off the lists, {room(sum(taken))}; if none is to come back, free the room"
    )
    return Finding(
        "deleted", TO_DO, told, things, shlex.join(["mlflow", "gc", "--backend-store-uri", uri, "--tracking-uri", uri])
    )


def _told(check: str, noun: str, found: Sequence[Path], told: str, root: Path) -> Finding:
    if not found:
        return Finding(check, FINE, f"no {noun} {told}")
    things = tuple(f"{below(path, root)}  {room(size([path]))}" for path in found)
    return Finding(check, TO_DO, f"{counted(len(found), noun)} {told}, {room(size(found))}", things, removal(found))
