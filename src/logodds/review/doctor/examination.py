"""Run all checks of a project, one after the other."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from logodds.review.doctor import (
    cache,
    checkpoints,
    database,
    deleted,
    digests,
    finding,
    holdings,
    leftovers,
    locks,
    runs,
)
from logodds.review.doctor.finding import FINE, MENDED, TO_DO, Finding
from logodds.system import locations
from logodds.system.errors import StorageError, counted
from logodds.system.lock import waited
from logodds.system.terminal import document
from logodds.system.terminal.invocation import typed
from logodds.tracking.mlflow import address, opening
from logodds.tracking.mlflow.local.database import Database
from logodds.tracking.mlflow.opening import reader


def run() -> int:
    """Run all checks, and show each result as soon as it is known.

    Returns:
        The exit code of the command: 0 if nothing is left to do, 1 if something is, and that of a storage error if the
        store cannot be read.

    Raises:
        StorageError: the store cannot be reached, or other processes keep it locked.
    """
    console = Console()
    code = 0
    for result in of_project(locations.store_root(), locations.project_root()):
        finding.show(result, console)
        checked = {"check": result.check, "state": result.state, "message": result.message, "items": result.items}
        document.append("findings", checked | {"fix": result.fix or None})
        code = max(code, StorageError.exit_code if result.unreadable else int(result.state == TO_DO))
    return code


def of_project(root: Path, project: Path) -> Iterator[Finding]:
    """Yield the results of all checks.

    Args:
        root: the folder whose ``mlruns/`` is the store, see :func:`locations.store_root`.
        project: the root folder of the project.
    """
    path = address.path(address.uri(root))
    trained = path is None or (path.is_file() and path.stat().st_size > 0)
    if not trained:
        kept = leftovers.of_store(root) if path == root / "mlruns" / "mlflow.db" else []
        if kept:
            message = (
                f"{path} is gone, and {counted(len(kept), 'folder')} of its runs and models are left; put a copy back"
            )
            yield Finding("store", TO_DO, message, fix=shlex.join(["cp", "COPY", str(path)]))
        else:
            yield Finding("store", FINE, f"{path}: nothing has been trained yet; {typed('train')} begins it")
    elif path is None:
        yield from _of_server(root)
    else:
        yield from _of_file(path, root, project)
    if (project / ".dvc").is_dir():
        yield from locks.check(project)
        yield cache.check(project)
        if cache.place(project).is_dir():
            yield cache.outputs(project)


def _of_server(root: Path) -> Iterator[Finding]:
    """Check what can be checked of a store that is not a file on this machine."""
    source = reader(root)
    yield Finding("store", FINE, f"{source.shown} answers, {counted(len(source.experiments()), 'experiment')}")
    yield from runs.check(source, root)


def _of_file(path: Path, root: Path, project: Path) -> Iterator[Finding]:
    """Check a store whose database is the file ``path``."""
    whole = database.check(path)
    yield whole
    if whole.unreadable:
        return
    own = path == root / "mlruns" / "mlflow.db"
    if own:
        with waited(path), address.translated(address.uri(root)):
            moved = opening.followed(address.uri(root), root)
        for note in moved:
            yield Finding("location", MENDED, note)
        if not moved:
            yield Finding("location", FINE, "the record names files of this checkout")
    source = reader(root)
    yield from runs.check(source, root)
    listed = leftovers.of_store(root)
    with address.translated(source.uri):
        held = holdings.read(Database(path))
    yield holdings.check(held, source)
    yield digests.check(held, source, root)
    yield deleted.check(held, source.uri, root if own else None)
    if own:  # otherwise, files below mlruns/ may belong to another store
        yield from leftovers.links(root, project)
        yield from leftovers.folders(held, listed, root)
        yield from checkpoints.check(held, root, project)
        yield from leftovers.temporary(root, project)
