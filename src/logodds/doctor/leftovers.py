"""What nothing needs any more: it is listed with the room that it takes, and left where it is."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from logodds import process
from logodds.doctor.finding import FINE, TO_DO, Finding, removal, room, size
from logodds.doctor.holdings import CONFIG, Holdings
from logodds.errors import counted
from logodds.task import UNFINISHED

BEING_WRITTEN = 3600.0  # seconds in which a temporary file may still be some process's, also on another host
TEMPORARY = re.compile(
    r"\..+\.[a-z0-9_]{8}"
)  # as ``tempfile`` names what ``atomic`` and ``archive`` write beside a place
DATABASE = re.compile(r"\..+\.db\.(\d+)(-wal|-shm|-journal)?")  # of a process by its number, see ``tracking.opening``
SHORT = 12  # characters of a configuration's signature in the name of its folder


def folders(held: Holdings, listed: Sequence[Path], root: Path) -> Finding:
    """Folders of the store's that none of its runs and models has. ``listed``: :func:`of_store` before the store was
    read, for a run is in the store before it has files; its model is not."""
    known = {run.folder for run in held.runs.values()} | {
        model.folder for model in held.models if model.run is None or model.run in held.runs
    }
    inside = {place for folder in known if folder is not None for place in (folder, *folder.parents)}
    training = {run.experiment for run in held.runs.values() if run.status == "RUNNING"}
    found = [
        path for path in listed if path not in inside and not (path.parent.name == "models" and _of(path) in training)
    ]
    told = f"{counted(len(found), 'folder')} below mlruns/artifacts that no run or model of the store has"
    return _told("orphans", found, told, root)


def of_store(root: Path) -> list[Path]:
    """Every folder of a run or of a model below ``mlruns/artifacts/``."""
    found = []
    for path in sorted((root / "mlruns" / "artifacts").glob("*/*/")):
        found += sorted(path.glob("*/")) if path.name == "models" else [path]
    return found


def _of(model: Path) -> str:
    """The experiment of a model's folder."""
    return model.parents[1].name


def checkpoints(held: Holdings, root: Path, project: Path) -> Finding:
    """Those of unfinished trainings that no run goes on with: it has ended, or is gone."""
    going = [run for run in held.runs.values() if run.status in ("RUNNING", "KILLED") and not run.deleted]
    ids = {run.id for run in going}
    signatures = {run.tags.get(CONFIG, "")[:SHORT] for run in going}
    stages = {run.tags.get("problem") for run in going if run.tags.get("dvc") == "train"}
    found = [path for path in sorted((root / "mlruns" / "sweeps").glob("*/")) if path.name not in ids]
    out = project / "out"
    for path in sorted([*out.glob(f"runs/*/*/{UNFINISHED}/"), *out.glob(f"runs/*/*/fold-*/{UNFINISHED}/")]):
        if path.relative_to(out).parts[2] not in signatures:
            found.append(path)
    found += [path for path in sorted(out.glob(f"*/{UNFINISHED}/")) if path.parent.name not in stages]
    told = (
        f"{counted(len(found), 'checkpoint folder')} that no run of the store goes on with (with tracking=none one may)"
    )
    return _told("checkpoints", found, told, root)


def temporary(root: Path, project: Path) -> Finding:
    """Files that a process began to write beside their place, and did not live to put there."""
    found = []
    for folder in (project / "out", root / "mlruns" / "sweeps"):
        for above, inner, names in os.walk(folder):
            found += [Path(above) / name for name in [*inner, *names] if TEMPORARY.fullmatch(name)]
    for folder in (project / "data", project / "downloads"):
        found += [path for path in [*folder.glob(".*"), *folder.glob("*/.*")] if TEMPORARY.fullmatch(path.name)]
    before = time.time() - BEING_WRITTEN
    found = [path for path in found if path.lstat().st_mtime < before]
    for path in (root / "mlruns").glob(".*"):
        made = DATABASE.fullmatch(path.name)
        if made is not None and not process.is_alive(int(made[1])):
            found.append(path)
    told = f"{counted(len(found), 'temporary file')} of processes that were ended as they wrote"
    return _told("temporary files", sorted(found), told, root)


def deleted(held: Holdings, uri: str) -> Finding:
    """Runs that were taken off the lists, whose files are there still."""
    runs = [run for run in held.runs.values() if run.deleted]
    if not runs:
        return Finding("deleted runs", FINE, "none")
    models = {model.run: model.folder for model in held.models}
    taken = []
    for run in runs:
        places = (run.folder, models.get(run.id))
        taken.append(size([place for place in places if place is not None and place.is_dir()]))
    things = tuple(f"{run.id} ({run.experiment})  {room(count)}" for run, count in zip(runs, taken, strict=True))
    told = f"{counted(len(runs), 'run')} deleted, {room(sum(taken))}; free the room if none of them is to come back"
    return Finding("deleted runs", TO_DO, told, things, f"mlflow gc --backend-store-uri {uri}")


def _told(check: str, found: Sequence[Path], told: str, root: Path) -> Finding:
    if not found:
        return Finding(check, FINE, "none")
    things = tuple(f"{_below(path, root)}  {room(size([path]))}" for path in found)
    return Finding(check, TO_DO, f"{told}, {room(size(found))}", things, removal(found))


def _below(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
