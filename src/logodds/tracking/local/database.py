"""The database of a store on this machine: MLflow's SQLite file, opened without MLflow, whose import takes longer than
many a training. MLflow remains its owner: it makes the tables, and these are used only in the form that is known.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REVISION = "dc11669786a5"  # of the tables, in MLflow 3.17
WAIT_SECONDS = 20.0  # for other writers, as MLflow does


class Database:
    """Final. An existing file."""

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
    """The database, where there is one with tables of :data:`REVISION`."""
    if not path.is_file():
        return None
    found = Database(path)
    with found.reading() as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and "alembic_version" not in tables:  # MLflow would add its own to them
            raise sqlite3.DatabaseError("holds the tables of another program; name another file")
        revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall() if tables else []
    return found if revisions == [(REVISION,)] else None
