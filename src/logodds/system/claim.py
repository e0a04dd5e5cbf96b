"""Claims: work that only one process at a time may do, such as training into a folder or running a sweep.

A claim is a small file beside what it protects. Whoever reaches the one reaches the other, whatever the folder of
temporary files, the user, the container or the host.

1. The file holds the name of its owner. It gets its own name in one step, and not if there is a file of that name.
2. The owner holds the kernel's lock of the file until it ends, in whatever way. This tells all processes under the same
   kernel, in containers too, whether the owner lives; with NFS 4 it tells other hosts as well.
3. A thread renews the time of the file. Where nothing else tells, an owner counts as ended once that time is older than
   :data:`LEASE_SECONDS`.
"""

from __future__ import annotations

import errno
import fcntl
import glob
import os
import signal
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from logodds.system import atomic, process, signals
from logodds.system.errors import StorageError, UserError
from logodds.system.lock import beside

RENEW_SECONDS, LEASE_SECONDS = 10.0, 120.0
LOOKS, LOOK_SECONDS = 100, 0.01  # for how long the lock of an owner that has ended is asked for again
NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)  # of file systems without locks


@contextmanager
def claimed(path: Path, doing: str, part: str = "") -> Iterator[None]:
    """Hold a claim while the context lasts.

    Args:
        path: what is claimed; it need not exist. Its folder is made.
        doing: the work in the words of the error that other processes get, such as ``training this very run``.
        part: the name of a part of what is at the path, if only this part is claimed.

    Raises:
        UserError: another process holds the claim.
        StorageError: the folder cannot be written.
    """
    with _held(beside(path.absolute(), part), path, doing):
        yield


@contextmanager
def present(place: Path) -> Iterator[None]:
    """Let other processes see, while the context lasts, that this process lives: by a file beside ``place``. After a
    StorageError the file stays, since work of this process may stand open then.

    Raises:
        StorageError: the folder cannot be written.
    """
    with _held(place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}.alive"), place, "", left_after=(StorageError,)):
        yield


def presences(place: Path) -> dict[Path, tuple[str, bool]]:
    """Return the files of :func:`present` beside ``place``, each with its owner and whether that has ended."""
    files = place.parent.glob(f".{glob.escape(place.name)}.*.alive")
    return {file: state for file in files if (state := _state(file)) is not None}


def is_abandoned(path: Path) -> bool:
    """Return whether a path is claimed by a process that has ended."""
    state = _state(beside(path))
    return state is not None and state[1]


def clear_parts(path: Path) -> None:
    """Remove the claims of parts of what is at a path whose owners have ended. A process that is killed when its work
    is done, but its claim not yet released, leaves one that nobody would take over."""
    for file in path.parent.glob(f".{glob.escape(path.name)}.*.lock"):
        try:
            handle = os.open(file, os.O_RDWR)
        except OSError:  # gone, or another user's
            continue
        try:
            if _has_ended(handle, file, fcntl.LOCK_EX) and _is_at(handle, file):
                file.unlink(missing_ok=True)
        finally:
            os.close(handle)


def _state(file: Path) -> tuple[str, bool] | None:
    """Return the owner of a claim's file and whether it has ended; None if the file is gone or cannot be read."""
    try:
        handle = os.open(file, os.O_RDONLY)
    except OSError:
        return None
    try:
        return _owner(handle), _has_ended(handle, file, fcntl.LOCK_SH)
    finally:
        os.close(handle)


@contextmanager
def _held(file: Path, path: Path, doing: str, left_after: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    handle = _made(file, path, doing)
    released = threading.Event()
    thread = threading.Thread(target=_renew, args=(handle, released), name=f"claim of {path.name}", daemon=True)
    thread.start()
    kept = False
    try:
        yield
    except left_after:
        kept = True
        raise
    finally:
        released.set()
        thread.join()
        if not kept and _is_at(handle, file):
            file.unlink(missing_ok=True)
        os.close(handle)


def _made(file: Path, path: Path, doing: str) -> int:
    """Make the file of a claim. Return a handle of it, with which the kernel's lock is held."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for leftover in atomic.abandoned(file.parent):
            leftover.unlink(missing_ok=True)
        temporary = file.with_name(f"{file.name}.{uuid.uuid4().hex[:8]} {process.this()}")
        handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    except PermissionError as error:
        raise StorageError(f"{file.parent}: this user cannot write there; {_remedy(file.parent)}") from error
    try:
        _lock(handle, fcntl.LOCK_EX)
        os.write(handle, f"{process.this()}\n".encode())
        while not atomic.named(temporary, file) and not _replaced(temporary, file, path, doing):
            pass
    except BaseException:
        os.close(handle)
        raise
    finally:
        temporary.unlink(missing_ok=True)
    return handle


def _remedy(folder: Path) -> str:
    """Say whose folder it is, or whose the nearest folder above it is that can be seen."""
    for seen in (folder, *folder.parents):
        try:
            owner = seen.owner()
        except OSError:
            continue
        except KeyError:  # a number without a name
            owner = f"user {seen.stat().st_uid}"
        break
    whose = f"{'it' if seen == folder else seen} belongs to {owner}"
    return f"{whose}; ask for the permission to write, or work in a copy of your own"


def _replaced(temporary: Path, file: Path, path: Path, doing: str) -> bool:
    """Put a file in the place of a claim whose owner has ended. Return False if the claim has changed meanwhile.

    Raises:
        UserError: the owner lives.
    """
    try:
        handle = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return False
    except PermissionError as error:
        raise StorageError(f"{file}: this user cannot write it; {_remedy(file.parent)}") from error
    try:
        ended = _has_ended(handle, file, fcntl.LOCK_EX)  # the lock is held until the end: only one process replaces it
        if not _is_at(handle, file):
            return False
        if not ended:
            owner = _owner(handle)
            raise UserError(f"{path}: {_shown(owner)} is {doing}; wait for it, or end it{_left(owner, handle, file)}")
        temporary.replace(file)
    finally:
        os.close(handle)
    return True


def _has_ended(handle: int, file: Path, kind: int) -> bool:
    """Return whether the owner of a claim has ended. If the kernel can tell, hold the lock of the file from here on.

    Args:
        kind: of the lock, ``LOCK_EX`` or ``LOCK_SH``.
    """
    for _ in range(LOOKS):
        locked, owner = _lock(handle, kind), _owner(handle)
        if locked is not False or not process.has_ended(owner):
            break
        time.sleep(LOOK_SECONDS)  # another process looks at the claim, too
    if locked is False:
        return False
    if locked and process.shares_kernel(owner):
        return True
    return process.has_ended(owner) if not process.is_elsewhere(owner) else _age(handle, file) > LEASE_SECONDS


def _age(handle: int, file: Path) -> float:
    """Return the seconds since a claim was renewed. Both times are of the disk, whose clock may differ from ours."""
    with tempfile.TemporaryFile(dir=file.parent) as now:
        return os.fstat(now.fileno()).st_mtime - os.fstat(handle).st_mtime


def _shown(owner: str) -> str:
    if owner.count(" ") != 3:
        return "another process"
    host, _, number, _ = owner.split(" ")
    if not process.is_elsewhere(owner):
        return f"process {number}"
    return f"process {number} {'of another container' if process.shares_kernel(owner) else f'on {host}'}"


def _left(owner: str, handle: int, file: Path) -> str:
    if process.shares_kernel(owner) or not process.is_elsewhere(owner):
        return ""
    return f"; if it was killed, its claim ends in {max(LEASE_SECONDS - _age(handle, file), 0):.0f} s"


def _owner(handle: int) -> str:
    return os.pread(handle, 1000, 0).decode(errors="replace").strip()


def _is_at(handle: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), file.stat())
    except FileNotFoundError:
        return False


def _lock(handle: int, kind: int) -> bool | None:
    """Take the kernel's lock of a file. Return False if another process holds it, None if its disk knows no locks."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        return None
    return True


def _renew(handle: int, released: threading.Event) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, signals.ENDS)  # the main thread handles them, and must be woken
    while not released.wait(RENEW_SECONDS):
        os.utime(handle)
