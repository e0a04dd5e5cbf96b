"""Addresses of SQLite databases, as SQLAlchemy reads them for MLflow and Optuna."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import unquote

PREFIX = "sqlite:///"
ESCAPE, QUERY = "%", "?"  # characters of a path that mean something else in an address
LINK = "folder"  # name of a link to a folder


def address(path: Path) -> str:
    """Return the address of a database, with what would mean something else in it escaped."""
    escaped = str(path).replace(ESCAPE, "%25").replace(QUERY, "%3F")
    return f"{PREFIX}{escaped}"


def path(address: str) -> Path | None:
    """Return the file at an address; None if it is no address of a SQLite file.

    An address that a user has put together may hold a folder's name as it is, such as ``My%20Project``. It is taken as
    it is if only that folder exists.
    """
    if not address.startswith(PREFIX):
        return None
    literal = Path(address.removeprefix(PREFIX))
    escaped = Path(unquote(str(literal).partition(QUERY)[0]))
    return literal if literal.parent.is_dir() and not escaped.parent.is_dir() else escaped


def openable(address: str) -> str:
    """Return an address at which SQLAlchemy opens the same database, if it is one of SQLite; else the address itself.

    Versions of SQLAlchemy differ in how they read an escaped path, and MLflow makes folders that are named by it. Where
    there is something to escape, the result leads through a link in a temporary folder, which lasts as long as the
    process.
    """
    file = path(address)
    if file is None or not {ESCAPE, QUERY} & set(str(file)):
        return address
    return f"{PREFIX}{_link(file.parent.resolve()).name}/{LINK}/{file.name}"


@cache
def _link(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder that holds a link to a folder. The cache keeps it until the process ends."""
    made = tempfile.TemporaryDirectory(prefix="logodds-")
    (Path(made.name) / LINK).symlink_to(folder)
    return made
