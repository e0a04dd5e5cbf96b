"""The database of a store on this machine: MLflow's SQLite file, opened without MLflow, whose import takes longer than
many a training. MLflow remains its owner: it makes the tables, and these are used only in the form that is known.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

#: Revisions of the tables, with the first version of MLflow that makes them. What lies between them touches no table
#: that is read or written here.
REVISIONS = {"dc11669786a5": "3.17", "f4a9b2c7d1e6": "3.18"}
WAIT_SECONDS = 20.0  # for other writers, as MLflow does


@final
class Database:
    """An existing file."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
        weakref.finalize(self, self.connection.close)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the database, whatever others write meanwhile."""
        with self.connection:
            self.connection.execute("BEGIN")
            yield self.connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it, or nothing after an exception."""
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            yield self.connection


def known(path: Path) -> Database | None:
    """The database, where there is one with tables of one of :data:`REVISIONS`."""
    if not path.is_file():
        return None
    found = Database(path)
    recorded = _revisions(found)
    return found if len(recorded) == 1 and recorded[0] in REVISIONS else None


def revisions(path: Path) -> list[str]:
    """What an existing database says of its tables: one revision, or none where it has no tables."""
    return _revisions(Database(path))


def _revisions(database: Database) -> list[str]:
    with database.reading() as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and "alembic_version" not in tables:  # MLflow would add its own to them
            raise sqlite3.DatabaseError("holds the tables of another program; name another file")
        found = connection.execute("SELECT version_num FROM alembic_version").fetchall() if tables else []
    return [revision for (revision,) in found]
