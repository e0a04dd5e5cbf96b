"""Checks for files that nothing needs any more. They are listed with their sizes, and not removed."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from logodds.review.doctor import proof
from logodds.review.doctor.finding import FINE, TO_DO, Finding, below, left_over
from logodds.review.doctor.holdings import Holdings
from logodds.system import atomic
from logodds.system.errors import counted
from logodds.system.lock import waited
from logodds.tracking.mlflow import opening
from logodds.tracking.mlflow.local.writer import SHARED_CODE

BEING_WRITTEN = 3600.0  # age in seconds below which a temporary folder of a download may still be in use
TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}")  # names that ``tempfile`` gives to folders before they are renamed
MAKING = re.compile(rf"\.mlflow\.db\.[0-9a-f]{{8}}{re.escape(opening.MAKING)}(-wal|-shm|-journal)?")
UNPROVEN = "they may belong to another store, so nothing is advised"
LINKS, ORPHANS, KILLED = "links", "orphans", "temporary"  # names of checks


def links(root: Path, project: Path) -> Iterator[Finding]:
    """Tell which folders of the store and of the project are links. What lies behind them is not examined."""
    folders = dict.fromkeys([root / "mlruns", *(root / "mlruns" / n for n in ("artifacts", "sweeps")), project / "out"])
    found = [folder for folder in folders if folder.is_symlink()]
    if found:
        message = f"{counted(len(found), 'folder')} elsewhere, which others may use: no file there is called left over"
        yield Finding(LINKS, FINE, message, tuple(f"{below(folder, root)} -> {folder.resolve()}" for folder in found))


def of_store(root: Path) -> list[Path]:
    """Return every folder of a run or of a model below ``mlruns/artifacts/``. Links are not followed."""
    folders = []
    for path in sorted((root / "mlruns" / "artifacts").glob("*/*/")):
        if path.name == "models":
            folders += sorted(path.glob("*/"))
        elif path.name != SHARED_CODE:
            folders.append(path)
    return [folder for folder in folders if proof.inside(folder, root)]


def folders(held: Holdings, listed: Sequence[Path], root: Path) -> Iterator[Finding]:
    """Check for folders of the store that belong to none of its runs and models.

    A run is recorded before it has files, so folders that were listed before the store was read cannot belong to a run
    that is recorded later. A model's files may come before its record, so models of an experiment with a running run
    are left out, and so are models with a version in the registry.

    That a folder is the store's own is proven for a model alone: the store keeps its row, with the id of its run, when
    MLflow removes that run.

    Args:
        held: runs and models of the store.
        listed: the result of :func:`of_store`, from before the store was read.
        root: the folder whose ``mlruns/`` is the store.
    """
    known = [run.folder for run in held.runs.values()]
    known += [model.folder for model in held.models if model.run is None or model.run in held.runs or model.registered]
    inside: set[Path] = set()
    for folder in filter(None, known):
        while folder not in inside:
            inside.add(folder)
            folder = folder.parent
    training = {run.experiment for run in held.runs.values() if run.status == "RUNNING"}
    without_run = {model.folder.parent: model.run for model in held.models if model.folder and model.run}
    own: list[Path] = []
    others: list[Path] = []
    for path in listed:
        *_, experiment, kind, _ = path.parts
        if (
            path in inside
            or (kind == "models" and experiment in training)
            or not any(map(Path.is_file, path.rglob("*")))
        ):
            continue
        run_id = without_run.get(path)
        (own if run_id is not None and proof.model(path, run_id) else others).append(path)
    found = left_over(ORPHANS, TO_DO, "folder", own, "of models of this store whose run has been removed", root)
    description = f"below mlruns/artifacts without a run or model in this store: {UNPROVEN}"
    found += left_over(ORPHANS, FINE, "folder", others, description, root)
    yield from found or [Finding(ORPHANS, FINE, "no folder left over")]


def temporary(root: Path, project: Path) -> Iterator[Finding]:
    """Check for temporary files of processes that ended before they could rename them. Their names hold the process."""
    own: list[Path] = []
    for folder, base in (
        (project / "out", project),
        (root / "mlruns" / "sweeps", root),
        (root / "mlruns" / "artifacts", root),
    ):
        for above in _of_hidden_files(folder) if proof.inside(folder, base) else ():
            own += [path for path in atomic.abandoned(above) if path.is_file() and proof.inside(path, base)]
    with waited(opening.place(root)):  # so that no process is making a database
        made = [path for path in (root / "mlruns").glob(".*") if MAKING.fullmatch(path.name)]
        own += [path for path in made if path.is_file() and proof.inside(path, root)]
    before = time.time() - BEING_WRITTEN
    others: list[Path] = []
    for folder in (project / "data", project / "downloads"):
        named = [path for path in [*folder.glob(".*/"), *folder.glob("*/.*/")] if TEMPORARY.fullmatch(path.name)]
        others += [path for path in named if proof.inside(path, project) and path.lstat().st_mtime < before]
    found = left_over(KILLED, TO_DO, "file", sorted(own), "of processes that were killed while writing", root)
    description = "named like those of downloads that were cut off; nothing else tells whose they are"
    found += left_over(KILLED, FINE, "folder", others, description, root)
    yield from found or [Finding(KILLED, FINE, "no file left over")]


def _of_hidden_files(folder: Path) -> Iterator[Path]:
    """Yield each folder below a folder, and that itself, that has a file whose name begins with a point.

    Links are not followed. This takes half as long as ``os.walk``, which looks at each folder again.
    """
    left = [str(folder)]
    while left:
        above, hidden = left.pop(), False
        with suppress(OSError), os.scandir(above) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)
                else:
                    hidden = hidden or entry.name.startswith(".")
        if hidden:
            yield Path(above)
