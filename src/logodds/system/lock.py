"""A lock for work that only one process at a time may do: training into a folder, running a sweep."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from logodds.system.errors import UserError


@contextmanager
def claimed(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock of a path on this machine while the context lasts.

    The kernel releases the lock when the process ends, in whatever way. Only a file with the number of the process
    remains in the folder of temporary files.

    Args:
        path: what the lock protects; it need not exist.
        doing: the work in the words of the error that other processes get, such as ``training this very run``.

    Raises:
        UserError: another process holds the lock.
    """
    name = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]
    locks = Path(tempfile.gettempdir()) / f"logodds-{os.getuid()}"
    locks.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(locks / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(handle, 20, 0).decode(errors="replace").strip()
            holder = f"process {owner}" if owner else "another process"  # it has not written its number yet
            raise UserError(f"{path}: {holder} is {doing}; wait for it, or end it") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
