"""A store is opened without MLflow where it is a database on this machine whose tables are known, and through MLflow's
client otherwise: a server, another database, one that is to be made, or of another version."""

from __future__ import annotations

import os
from pathlib import Path

from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened
from logodds.tracking import address
from logodds.tracking.local import relocation
from logodds.tracking.local.database import Database, known
from logodds.tracking.local.reader import LocalReader
from logodds.tracking.local.writer import LocalWriter
from logodds.tracking.reader import Reader
from logodds.tracking.recorded import Experiment
from logodds.tracking.writer import Writer


def reader(uri: str) -> Reader:
    """Of every experiment."""
    return _reader(_database(uri), uri)


def experiment(uri: str, name: str, folder: Path) -> tuple[str, Reader, Writer]:
    """The id of an experiment, which is made where there is none, and what reads and writes.

    Args:
        folder: where the artifacts of a new experiment go, if the store is local.

    Raises:
        UserError: the experiment has been deleted.
    """
    database = _database(uri)
    reader = _reader(database, uri)
    found = reader.experiment(name)
    if found is None:
        from logodds.tracking.server.client import connect

        location = folder.as_uri() if address.local(uri) else ""  # a server has its own place
        made = connect(uri).create_experiment(name, artifact_location=location or None)
        found = Experiment(made, name, location, active=True)
    if not found.active:
        raise UserError(
            f"{name}: its experiment was deleted from the store {reader.shown}; "
            f"bring it back: mlflow experiments restore --experiment-id {found.id}"
        )
    artifacts = address.folder(found.artifacts)
    if database is not None and artifacts is not None:
        return found.id, reader, LocalWriter(database, found.id, artifacts)
    from logodds.tracking.server.client import connect
    from logodds.tracking.server.writer import ServerWriter

    return found.id, reader, ServerWriter(connect(uri), found.id)


def followed(uri: str, root: Path) -> list[str]:
    """Of the store of a checkout that was moved or copied, the locations of its files are moved too; what is to be
    known about that, a line each."""
    path = root / "mlruns" / "mlflow.db"
    if address.path(uri) != path or (database := known(path)) is None:
        return []
    moved = relocation.follow(database, root)
    names = shortened(", ".join(moved), 60)
    told = "moved or copied here from {}; the record of {} names the files that are here from now on"
    return [f"{root}: {told.format(before, names)}" for before in dict.fromkeys(moved.values())]


def _database(uri: str) -> Database | None:
    path = address.path(uri)
    if path is None:
        return None
    found = known(path)
    if found is None:
        from logodds.tracking.server.client import connect

        if not path.exists():
            _make(path)
        else:
            connect(uri)  # brings the tables of an earlier version up to date
        found = known(path)
    return found


def _make(path: Path) -> None:
    """A database whose tables are all there or none: MLflow makes them one by one, and could not go on with some."""
    from logodds.tracking.server.client import connect

    for left in path.parent.glob(f".{path.name}.*"):  # of a process that was killed
        left.unlink()
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    connect(f"{address.SQLITE}{beside}")
    beside.replace(path)


def _reader(database: Database | None, uri: str) -> Reader:
    if database is not None:
        return LocalReader(database, uri)
    from logodds.tracking.server.client import connect
    from logodds.tracking.server.reader import ServerReader

    return ServerReader(connect(uri), uri)
