"""Work that one process at a time does: training into a folder, running a sweep."""

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
def claimed(place: Path, doing: str) -> Iterator[None]:
    """No other process on this machine works at a place meanwhile. The lock is the kernel's: of a process that has
    ended, however it did, nothing is left but a file with its number among the machine's temporary ones.

    Args:
        doing: what the process that has it is told to be doing.

    Raises:
        UserError: another process holds it.
    """
    name = hashlib.sha256(str(place.absolute()).encode()).hexdigest()[:16]
    locks = Path(tempfile.gettempdir()) / f"logodds-{os.getuid()}"
    locks.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(locks / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(handle, 20, 0).decode(errors="replace").strip()
            told = f"process {owner}" if owner else "another process"  # it has not written its number yet
            raise UserError(f"{place}: {told} is {doing}; wait for it, or end it") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
