"""The database of a store on this machine: MLflow's SQLite file, opened without MLflow, because importing MLflow takes
longer than many trainings. The file still belongs to MLflow: MLflow creates the tables, and they are used here only if
their form is known."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

#: Known revisions of the tables, with the first version of MLflow that creates them. The migrations between them change
#: no table that is read or written here.
REVISIONS = {"dc11669786a5": "3.17", "f4a9b2c7d1e6": "3.18"}
WAIT_SECONDS = 20.0  # wait for other writers, as long as MLflow does


@final
class Database:
    """A connection to an existing file."""

    def __init__(self, path: Path) -> None:
        # not bound to this thread, since the garbage collector may close the connection in any other
        self.connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self.connection.close)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that sees one state of the database, whatever others write meanwhile."""
        with self.connection:
            self.connection.execute("BEGIN")
            yield self.connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction. All of it is written, or nothing after an exception."""
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            yield self.connection


def known(path: Path) -> Database | None:
    """Return the database if it exists and its tables have one of :data:`REVISIONS`, else None."""
    if not path.is_file():
        return None
    database = Database(path)
    recorded = _revisions(database)
    return database if len(recorded) == 1 and recorded[0] in REVISIONS else None


def revisions(path: Path) -> list[str]:
    """Return the revisions that an existing database records for its tables: one, or none if it has no tables."""
    return _revisions(Database(path))


def _revisions(database: Database) -> list[str]:
    with database.reading() as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and "alembic_version" not in tables:  # MLflow would add its own tables to them
            raise sqlite3.DatabaseError("holds the tables of another program; name another file")
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall() if tables else []
    return [revision for (revision,) in rows]
