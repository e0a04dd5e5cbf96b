"""Opening a store: without MLflow where it is a database on this machine whose tables are known, and by way of MLflow's
client otherwise, which is a server, another kind of database, or one that is to be made or of another version."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import nullcontext
from functools import cache
from pathlib import Path

from filelock import FileLock

from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.notes import show_notes
from logodds.system.terminal.text import shortened
from logodds.tracking.mlflow import address
from logodds.tracking.mlflow.local import database, relocation
from logodds.tracking.mlflow.local.database import Database
from logodds.tracking.mlflow.local.reader import LocalReader
from logodds.tracking.mlflow.local.writer import LocalWriter
from logodds.tracking.mlflow.reader import MlflowReader
from logodds.tracking.recorded import Experiment
from logodds.tracking.store import Store
from logodds.tracking.writer import Writer


def store(root: Path, name: str) -> Store:
    """The experiment ``name`` of the store at ``MLFLOW_TRACKING_URI``, or in ``mlruns/`` below ``root``; either is made
    where there is none.

    Raises:
        UserError: the experiment has been deleted.
        StorageError: the store cannot be reached or is of another version.
    """
    folder, uri = root / "mlruns", address.uri(root)
    with address.translated(uri):
        folder.mkdir(exist_ok=True)
    # Two processes that open an empty database at once crash in its migrations: one at a time.
    with FileLock(folder / ".lock"), address.translated(uri):
        show_notes(followed(uri, root))
        experiment, reader, writer = _experiment(uri, name, folder / "artifacts" / name)
    return Store(experiment, reader, writer)


def reader(root: Path) -> MlflowReader:
    """The same store, to be read: nothing is created, and of what it holds only the locations of a checkout that was
    moved are changed.

    Raises:
        UserError: there is no store yet.
        StorageError: the store cannot be reached or is of another version.
    """
    uri = address.uri(root)
    path = address.path(uri)
    if path is not None and not path.is_file():
        raise UserError(f"{path}: no such store, nothing has been trained yet; {typed('train')} makes one")
    # Another process may be making its tables at this moment.
    folder = root / "mlruns"
    with FileLock(folder / ".lock") if folder.is_dir() else nullcontext(), address.translated(uri):
        show_notes(followed(uri, root))
        return _reader(_database(uri), uri)


def _experiment(uri: str, name: str, folder: Path) -> tuple[str, MlflowReader, Writer]:
    """The id of an experiment, which is made where there is none, and what reads and writes.

    Args:
        folder: where the artifacts of a new experiment go, if the store is local.
    """
    opened = _database(uri)
    reader = _reader(opened, uri)
    found = reader.experiment(name)
    if found is None:
        from logodds.tracking.mlflow.server.client import connect

        location = folder.as_uri() if address.local(uri) else ""  # a server has its own place
        made = connect(uri).create_experiment(name, artifact_location=location or None)
        found = Experiment(made, name, location, active=True)
    if not found.active:
        raise UserError(
            f"{name}: its experiment was deleted from the store {reader.shown}; "
            f"bring it back: mlflow experiments restore --experiment-id {found.id}"
        )
    artifacts = address.folder(found.artifacts)
    if opened is not None and artifacts is not None:
        return found.id, reader, LocalWriter(opened, uri, found.id, artifacts)
    from logodds.tracking.mlflow.server.client import connect
    from logodds.tracking.mlflow.server.writer import ServerWriter

    return found.id, reader, ServerWriter(connect(uri), uri, found.id)


def followed(uri: str, root: Path) -> list[str]:
    """Change the recorded locations of files in the store of a checkout that was moved or copied.

    Returns:
        Notes about it, a line each.
    """
    path = root / "mlruns" / "mlflow.db"
    if address.path(uri) != path or (opened := database.known(path)) is None:
        return []
    moved = relocation.follow(opened, root)
    names = shortened(", ".join(moved), 60)
    told = "moved or copied here from {}; the record of {} names the files that are here from now on"
    return [f"{root}: {told.format(before, names)}" for before in dict.fromkeys(moved.values())]


def _database(uri: str) -> Database | None:
    """A database on this machine whose tables are known. MLflow makes one that is not there, and brings the tables of
    an earlier version up to date."""
    path = address.path(uri)
    if path is None:
        return None
    found = database.known(path)
    if found is None:
        from logodds.tracking.mlflow.server.client import connect

        if not path.exists():
            _make(path)
        else:
            connect(uri)
        found = database.known(path)
        if found is None:
            _note_slow(path)
    return found


@cache
def _note_slow(path: Path) -> None:
    """Once per command, so not in the processes that it starts."""
    if multiprocessing.parent_process() is not None:
        return
    known = ", ".join(f"{revision} of MLflow {version}" for revision, version in database.REVISIONS.items())
    told = f"its tables have revision {', '.join(database.revisions(path)) or 'none'}, known are {known}"
    show_notes([f"{path}: {told}; MLflow's client writes it instead, about 3 times slower, with equal records"])


def _make(path: Path) -> None:
    """A database whose tables are all there or none: MLflow makes them one by one, and could not go on with some."""
    from logodds.tracking.mlflow.server.client import connect

    for left in path.parent.glob(f".{path.name}.*"):  # of a process that was killed
        left.unlink()
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    connect(f"{address.SQLITE}{beside}")
    beside.replace(path)


def _reader(opened: Database | None, uri: str) -> MlflowReader:
    if opened is not None:
        return LocalReader(opened, uri)
    from logodds.tracking.mlflow.server.client import connect
    from logodds.tracking.mlflow.server.reader import ServerReader

    return ServerReader(connect(uri), uri)
