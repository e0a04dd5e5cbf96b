"""Where the store is, and what it raises."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import unquote, urlsplit

from logodds import signals
from logodds.errors import StorageError

SQLITE = "sqlite:///"


def uri(root: Path) -> str:
    """``MLFLOW_TRACKING_URI``, or the database in ``mlruns/`` below ``root``."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{root / 'mlruns' / 'mlflow.db'}"


def base(uri: str) -> str:
    """The address that people open: the server's, or where ``make ui`` listens."""
    return uri.rstrip("/") if uri.startswith("http") else "http://127.0.0.1:5000"


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
        text = (str(error).splitlines() or [repr(error)])[0][:200]
        raise StorageError(f"MLflow store {uri}: {text}; check MLFLOW_TRACKING_URI, the disk and the server") from error


def _of_store(error: Exception) -> bool:
    """MLflow's and SQLAlchemy's errors are known by their place: to import these takes longer than a small training."""
    places = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return isinstance(error, (sqlite3.Error, OSError)) or not places.isdisjoint({"mlflow", "sqlalchemy"})
