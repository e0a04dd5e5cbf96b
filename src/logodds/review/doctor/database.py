"""Check that the store's database is intact."""

from __future__ import annotations

import itertools
import os
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

from logodds.review.doctor.finding import FINE, TO_DO, Finding
from logodds.system import sqlite
from logodds.system.errors import counted
from logodds.system.terminal.text import shortened
from logodds.tracking.mlflow import address
from logodds.tracking.mlflow.local.database import known

SHOWN = 80  # characters of SQLite's message
BESIDE = ("-wal", "-shm", "-journal")  # suffixes of SQLite's own files; a restored copy must not meet old ones


def check(path: Path) -> Finding:
    """Run SQLite's own checks of the pages and of references between rows, and check the version of the tables.

    Raises:
        StorageError: other processes keep the database locked, or the disk cannot read it.
    """
    with address.translated(sqlite.address(path)):
        try:
            with closing(sqlite3.connect(path)) as connection:
                (damage,), *more = connection.execute("PRAGMA quick_check").fetchall()
                if damage != "ok":
                    return _damaged(path, f"{damage.splitlines()[-1]}{f' and {len(more)} more' if more else ''}")
                astray = connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            return _damaged(path, str(error))
        if astray:
            tables = ", ".join(sorted({f"{table} to {parent}" for table, _, parent, _ in astray}))
            message = f"{counted(len(astray), 'row')} refer to missing rows ({shortened(tables, SHOWN)})"
            return Finding(
                "store", TO_DO, f"{path}: {message}; put a copy back", fix=f"cp COPY {shlex.quote(str(path))}"
            )
        if known(path) is None and path.stat().st_size > 0:
            message = f"{path}: its tables are of another version of MLflow; keep a copy before they are changed"
            return Finding(
                "store",
                TO_DO,
                message,
                fix=address.upgrade(sqlite.address(path)),
                unreadable=True,
            )
    return Finding("store", FINE, f"{path} is whole")


def _damaged(path: Path, reason: str) -> Finding:
    message = f"{path} is damaged: {shortened(reason, SHOWN)}; move it aside and put a copy back"
    quoted, ends = shlex.quote(str(path)), " ".join(["''", *BESIDE])
    names = (f"{path}.damaged{number or ''}" for number in itertools.count())
    free = shlex.quote(next(name for name in names if not any(os.path.lexists(name + end) for end in ("", *BESIDE))))
    aside = f"for end in {ends}; do [ ! -e {quoted}$end ] || mv {quoted}$end {free}$end; done"
    return Finding("store", TO_DO, message, fix=f"{aside}; cp COPY {quoted}", unreadable=True)
