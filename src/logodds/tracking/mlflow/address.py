"""The address of an MLflow store, and the store's errors as one line."""

from __future__ import annotations

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import unquote, urlsplit

from logodds.system import locations, signals, sqlite
from logodds.system.errors import StorageError, UserError
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.text import masked, shortened

URI = "MLFLOW_TRACKING_URI"
IN_MEMORY = ("sqlite:", "sqlite://", "sqlite:///", "sqlite:///:memory:")
LINE, LEAST = 125, 60  # characters for address and error together, and for the error at least


def uri(root: Path) -> str:
    """Return ``MLFLOW_TRACKING_URI``, or the address of the database in ``mlruns/`` below ``root``.

    Raises:
        UserError: the variable names a database in memory.
    """
    given = os.environ.get(URI)
    if given in IN_MEMORY:
        raise UserError(
            f"{URI}={given}: a database in memory, whose record ends with the process; name a file or server"
        )
    return given or sqlite.address(root / "mlruns" / "mlflow.db")


def base(uri: str) -> str:
    """Return the address that users open: the server's, or where ``make ui`` listens. A password is left out, since the
    browser asks for it."""
    return masked(uri).replace("***@", "").rstrip("/") if uri.startswith("http") else "http://127.0.0.1:5000"


def hint(uri: str) -> str:
    """Return how a user starts the server of the pages; empty if there is one already."""
    if uri.startswith("http"):
        return ""
    if locations.checkout() is not None:
        return "make ui starts the server"
    return f"{_command(uri, 'mlflow', 'ui', '--backend-store-uri')} starts the server"


def upgrade(uri: str) -> str:
    """Return the command that brings the tables of a database to the form of the installed MLflow."""
    return _command(uri, "mlflow", "db", "upgrade")


def _command(uri: str, *words: str) -> str:
    """Return a command of MLflow whose last word is the address of a store."""
    file = path(uri)
    if file is None or sqlite.openable(uri) == uri:
        return shlex.join([*words, masked(uri)])
    # From its folder the database has an address without what MLflow would read as something else.
    return f"cd {shlex.quote(str(file.parent))} && {shlex.join([*words, f'{sqlite.PREFIX}{file.name}'])}"


def local(uri: str) -> bool:
    """Whether the store is a database file."""
    return uri.startswith("sqlite:")


def path(uri: str) -> Path | None:
    """Return the file of a local store; None for other stores."""
    return sqlite.path(uri)


def folder(location: str) -> Path | None:
    """Return the folder at an address of artifacts; None if it is not on this machine."""
    return Path(unquote(urlsplit(location).path)) if location.startswith(("file:", "/")) else None


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Raise the errors of a store as :func:`named` does.

    With a local store Ctrl-C and SIGTERM take effect only at the end. A transaction that they cut off would keep the
    database locked, so that the run could not be ended.
    """
    with named(uri), signals.put_off() if local(uri) else nullcontext():
        yield


@contextmanager
def named(uri: str) -> Iterator[None]:
    """Raise the errors of a store as a StorageError: one line with the store's address."""
    try:
        yield
    except Exception as error:
        if not _of_store(error):
            raise
        first, *_ = str(cause := _cause(error)).splitlines() or [repr(cause)]
        shown = masked(uri)
        text = shortened(masked(first.strip()), max(LINE - len(shown), LEAST))
        raise StorageError(f"MLflow store {shown}: {text}; {_remedy(uri)}") from error


def _remedy(uri: str) -> str:
    if not os.environ.get(URI):
        return f"check the disk; {typed('doctor')} examines the store"
    return f"check {URI} and the {'disk' if local(uri) else 'server'}"


def _cause(error: BaseException) -> BaseException:
    """Return the innermost error of a chain if it comes from the system or the database, because its message is the
    clearest; otherwise the error itself."""
    inner = error
    while (deeper := inner.__cause__ or inner.__context__) is not None:
        inner = deeper
    return inner if isinstance(inner, (OSError, sqlite3.Error)) else error


def _of_store(error: Exception) -> bool:
    """Whether an error comes from a store. Errors of MLflow and SQLAlchemy are recognised by the modules of their
    classes, because importing these libraries takes longer than a small training."""
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return isinstance(error, (sqlite3.Error, OSError, ImportError)) or not modules.isdisjoint({"mlflow", "sqlalchemy"})
