"""Open a store.

A database on this machine whose tables are known is opened without MLflow. MLflow's client opens everything else: a
server, another kind of database, a database that does not exist yet, or tables of another version.
"""

from __future__ import annotations

import glob
import multiprocessing
import uuid
from contextlib import nullcontext
from functools import cache
from pathlib import Path

from logodds.system import atomic, sqlite
from logodds.system.errors import UserError
from logodds.system.lock import waited
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.notes import show_notes
from logodds.system.terminal.text import shortened
from logodds.tracking.mlflow import address, tags
from logodds.tracking.mlflow.local import database, relocation
from logodds.tracking.mlflow.local.database import Database
from logodds.tracking.mlflow.local.reader import LocalReader
from logodds.tracking.mlflow.local.writer import LocalWriter
from logodds.tracking.mlflow.reader import MlflowReader
from logodds.tracking.recorded import Experiment
from logodds.tracking.store import Store
from logodds.tracking.writer import Writer

MAKING = ".making"  # end of the name of a database that a process is making; it holds the lock of the store


def store(root: Path, name: str) -> Store:
    """Return the experiment ``name`` of the store at ``MLFLOW_TRACKING_URI``, or in ``mlruns/`` below ``root``. Store
    and experiment are created if they do not exist.

    Raises:
        UserError: the experiment has been deleted.
        StorageError: the store cannot be reached or is of another version.
    """
    folder, uri, at = root / "mlruns", address.uri(root), place(root)
    with address.translated(uri):
        folder.mkdir(exist_ok=True)
        at.parent.mkdir(parents=True, exist_ok=True)
    # One process at a time: two that open an empty database together crash in its migrations.
    with address.named(uri), waited(at), address.translated(uri):
        for leftover in at.parent.glob(f".{glob.escape(at.name)}.*{MAKING}*"):  # of a process that was killed
            leftover.unlink()
        show_notes(followed(uri, root))
        experiment, reader, writer = _experiment(uri, name, folder / "artifacts" / name)
    return Store(experiment, reader, writer, at)


def place(root: Path) -> Path:
    """Return the path beside which processes lock the store: that of its file, so that all who use the file use the
    same lock; for a server, one in ``mlruns/``."""
    path = address.path(address.uri(root))
    return root / "mlruns" / "server" if path is None else path.resolve()


def reader(root: Path) -> MlflowReader:
    """Return a reader of the same store. Nothing is created. Only recorded locations are changed, if the checkout was
    moved.

    Raises:
        UserError: there is no store yet.
        StorageError: the store cannot be reached or is of another version.
    """
    uri = address.uri(root)
    path = address.path(uri)
    if path is not None and not path.is_file():
        raise UserError(f"{path}: no such store, nothing has been trained yet; {typed('train')} makes one")
    at = place(root)
    # The lock waits for another process that is changing the tables.
    with address.named(uri), waited(at) if at.parent.is_dir() else nullcontext(), address.translated(uri):
        show_notes(followed(uri, root))
        return _reader(_database(uri), uri)


def _experiment(uri: str, name: str, folder: Path) -> tuple[str, MlflowReader, Writer]:
    """Return the id of an experiment, its reader and its writer. The experiment is created if it does not exist.

    Args:
        folder: where the artifacts of a new experiment go if the store is local.
    """
    opened = _database(uri)
    reader = _reader(opened, uri)
    experiment = reader.experiment(name)
    if experiment is None:
        from logodds.tracking.mlflow.server.client import connect

        location = folder.as_uri() if address.local(uri) else ""  # a server chooses its own location
        try:
            experiment_id = connect(uri).create_experiment(name, location or None, dict([tags.KIND]))
            experiment = Experiment(experiment_id, name, location, active=True)
        except Exception:
            experiment = reader.experiment(name)  # another machine may have created it just now
            if experiment is None:
                raise
    if not experiment.active:
        raise UserError(
            f"{name}: its experiment was deleted from the store {reader.shown}; "
            f"bring it back: mlflow experiments restore --experiment-id {experiment.id}"
        )
    artifacts = address.folder(experiment.artifacts)
    if opened is not None and artifacts is not None:
        return experiment.id, reader, LocalWriter(opened, uri, experiment, artifacts)
    from logodds.tracking.mlflow.server.client import connect
    from logodds.tracking.mlflow.server.writer import ServerWriter

    return experiment.id, reader, ServerWriter(connect(uri), uri, experiment)


def followed(uri: str, root: Path) -> list[str]:
    """Change the recorded locations of files in the store of a checkout that was moved or copied.

    Returns:
        Notes about the change, one line each.
    """
    path = root / "mlruns" / "mlflow.db"
    if address.path(uri) != path or (opened := database.known(path)) is None:
        return []
    moved = relocation.follow(opened, root)
    names = shortened(", ".join(moved), 60)
    text = "moved or copied here from {}; the record of {} now refers to the files in this folder"
    return [f"{root}: {text.format(before, names)}" for before in dict.fromkeys(moved.values())]


def _database(uri: str) -> Database | None:
    """Return a database on this machine whose tables are known, else None. MLflow creates a database that does not
    exist, and updates the tables of an earlier version."""
    path = address.path(uri)
    if path is None:
        return None
    opened = database.known(path)
    if opened is None:
        from logodds.tracking.mlflow.server.client import connect

        if not path.exists():
            _make(path)
        else:
            connect(uri)
        opened = database.known(path)
        if opened is None:
            _note_slow(path)
    return opened


@cache
def _note_slow(path: Path) -> None:
    """Tell the user that MLflow's slower client is used: once per command, so not in the processes that it starts."""
    if multiprocessing.parent_process() is not None:
        return
    known = ", ".join(f"{revision} of MLflow {version}" for revision, version in database.REVISIONS.items())
    reason = f"its tables have revision {', '.join(database.revisions(path)) or 'none'}, known are {known}"
    show_notes([f"{path}: {reason}; MLflow's client writes it instead, about 3 times slower, with equal records"])


def _make(path: Path) -> None:
    """Create a database that has all of its tables or does not exist: MLflow creates them one by one, and could not
    continue with only some of them. A database that another program has made meanwhile is not replaced."""
    from logodds.tracking.mlflow.server.client import connect

    path = path.resolve()
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}{MAKING}")
    connect(sqlite.address(temporary))
    if not atomic.named(temporary, path):
        temporary.unlink()


def _reader(opened: Database | None, uri: str) -> MlflowReader:
    if opened is not None:
        return LocalReader(opened, uri)
    from logodds.tracking.mlflow.server.client import connect
    from logodds.tracking.mlflow.server.reader import ServerReader

    return ServerReader(connect(uri), uri)
