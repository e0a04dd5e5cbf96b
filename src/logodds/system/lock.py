"""A lock for what takes moments, such as making the tables of a store: whoever comes second waits."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def waited(path: Path) -> Iterator[None]:
    """Wait for the lock of a path and hold it while the context lasts.

    The kernel releases the lock when its process ends, in whatever way. The file of the lock is empty and stays, beside
    what it protects: with all who use the path, whatever their folders of temporary files, users or containers.

    Raises:
        OSError: the file of the lock cannot be written.
    """
    handle = os.open(beside(path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def beside(path: Path, part: str = "") -> Path:
    """Return the file that locks a path or a part of what is there, in the same folder."""
    return path.with_name(f".{path.name}{part and f'.{part}'}.lock")
