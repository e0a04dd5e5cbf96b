"""Whether the store's database is whole."""

from __future__ import annotations

import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

from logodds.review.doctor.finding import FINE, TO_DO, Finding
from logodds.system.errors import counted
from logodds.system.terminal.text import shortened
from logodds.tracking.mlflow import address
from logodds.tracking.mlflow.local.database import known

SHOWN = 80  # characters of what SQLite says
BESIDE = ("-wal", "-shm", "-journal")  # SQLite's own files, by what their names have more; a copy is not to meet them


def check(path: Path) -> Finding:
    """By SQLite's own check of its pages, and of rows that refer to others.

    Raises:
        StorageError: others keep it locked, or the disk does not give it.
    """
    with address.translated(f"{address.SQLITE}{path}"):
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
            told = f"{counted(len(astray), 'row')} refer to rows that are gone ({shortened(tables, SHOWN)})"
            return Finding("store", TO_DO, f"{path}: {told}; put a copy back", fix=f"cp COPY {shlex.quote(str(path))}")
        if known(path) is None and path.stat().st_size > 0:
            told = f"{path}: its tables are of another version of MLflow; keep a copy before they are changed"
            return Finding(
                "store",
                TO_DO,
                told,
                fix=shlex.join(["mlflow", "db", "upgrade", f"{address.SQLITE}{path}"]),
                unreadable=True,
            )
    return Finding("store", FINE, f"{path} is whole")


def _damaged(path: Path, reason: str) -> Finding:
    told = f"{path} is damaged: {shortened(reason, SHOWN)}; move it aside and put a copy back"
    place, ends = shlex.quote(str(path)), " ".join(["''", *BESIDE])
    aside = f"for end in {ends}; do [ ! -e {place}$end ] || mv {place}$end {place}.damaged$end; done"
    return Finding("store", TO_DO, told, fix=f"{aside}; cp COPY {place}", unreadable=True)
