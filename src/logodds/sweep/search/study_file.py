"""The file of a study: a check before it is used, and its errors in one line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from logodds.system.errors import StorageError
from logodds.system.terminal.text import shortened

DAMAGED_TEXT = (UnicodeDecodeError, json.JSONDecodeError)  # raised for a damaged text in the file
DAMAGED_VALUES = (LookupError, TypeError, ValueError)  # raised for a damaged value when a file is opened
# SQLite errors of files that may be undamaged:
UNDAMAGED_CODES = ("BUSY", "CANTOPEN", "FULL", "IOERR", "LOCKED", "PERM", "READONLY")
REMEDY = "move it aside, and the same command starts a new search that keeps the runs that have ended"
SECONDS = 5.0  # to wait until another connection releases the file


def refuse_damaged(path: Path) -> None:
    """Run SQLite's own check of a database, if the file exists, before anything is written to it.

    Raises:
        sqlite3.Error: the file is not a database, or it is damaged.
    """
    if path.is_file():
        with closing(sqlite3.connect(path, timeout=SECONDS)) as connection:
            ((verdict,), *_) = connection.execute("PRAGMA quick_check(1)").fetchall()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict.splitlines()[-1])


@contextmanager
def translated_errors(path: Path, *broken: type[Exception]) -> Iterator[None]:
    """Turn errors of the file into a StorageError with a message of one line.

    Args:
        path: the file.
        broken: further exceptions that mean that the file is damaged.
    """
    from optuna.exceptions import OptunaError
    from sqlalchemy.exc import SQLAlchemyError

    damage = (*DAMAGED_TEXT, *broken, sqlite3.Error)
    caught: tuple[type[Exception], ...] = (OSError, OptunaError, SQLAlchemyError, RuntimeError, *damage)
    try:
        yield
    except caught as error:  # RuntimeError: the file is of another version of Optuna
        cause = getattr(error.__cause__ or error, "orig", error.__cause__ or error)  # Optuna's own is about commits
        outside = str(getattr(cause, "sqlite_errorname", "")).startswith(
            tuple(f"SQLITE_{name}" for name in UNDAMAGED_CODES)
        )
        if isinstance(cause, damage) and not outside:
            reason = f"damaged ({shortened(str(cause), 40)}); {REMEDY}"
        else:
            reason = f"cannot be used as the record of a search ({shortened(str(cause), 70)}); free it, or move it away"
        raise StorageError(f"{path}: {reason}") from error
