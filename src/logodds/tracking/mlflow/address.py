"""Where the store is, and what it raises."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import unquote, urlsplit

from logodds.system import signals
from logodds.system.errors import StorageError
from logodds.system.terminal.text import masked, shortened

SQLITE = "sqlite:///"
MEND = "check MLFLOW_TRACKING_URI, the disk and the server"
ROOM, LEAST = 125, 60  # characters of a line for the store's address and what is wrong with it, for the latter alone


def uri(root: Path) -> str:
    """``MLFLOW_TRACKING_URI``, or the database in ``mlruns/`` below ``root``."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{root / 'mlruns' / 'mlflow.db'}"


def base(uri: str) -> str:
    """The address that people open: the server's, or where ``make ui`` listens. A browser asks for a password."""
    return masked(uri).replace("***@", "").rstrip("/") if uri.startswith("http") else "http://127.0.0.1:5000"


def local(uri: str) -> bool:
    """Whether the store is a database file."""
    return uri.startswith("sqlite:")


def path(uri: str) -> Path | None:
    """The file of a local store, None for other stores."""
    return Path(uri.removeprefix(SQLITE)) if uri.startswith(SQLITE) else None


def folder(location: str) -> Path | None:
    """The folder that a location of artifacts stands for, None for one that is not on this machine."""
    return Path(unquote(urlsplit(location).path)) if location.startswith(("file:", "/")) else None


@contextmanager
def told(uri: str) -> Iterator[None]:
    """Errors of a store in one line, with its address. In a local store Ctrl-C and SIGTERM wait: a transaction that
    they cut off would keep the database locked, and the run could not be ended."""
    try:
        with signals.put_off() if local(uri) else nullcontext():
            yield
    except Exception as error:
        if not _of_store(error):
            raise
        first, *_ = str(cause := _cause(error)).splitlines() or [repr(cause)]
        place = masked(uri)
        text = shortened(masked(first.strip()), max(ROOM - len(place), LEAST))
        raise StorageError(f"MLflow store {place}: {text}; {MEND}") from error


def _cause(error: BaseException) -> BaseException:
    """Of an error that others are wrapped round the innermost, where that is the system's or the database's: what they
    say is longer and tells less."""
    inner = error
    while (deeper := inner.__cause__ or inner.__context__) is not None:
        inner = deeper
    return inner if isinstance(inner, (OSError, sqlite3.Error)) else error


def _of_store(error: Exception) -> bool:
    """MLflow's and SQLAlchemy's errors are known by their place: to import these takes longer than a small training."""
    places = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return isinstance(error, (sqlite3.Error, OSError, ImportError)) or not places.isdisjoint({"mlflow", "sqlalchemy"})
