"""Write files atomically: a file is complete or absent, never half-written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from logodds.system import process

FEW = 16  # up to this many files are flushed to disk one by one; with more, one sync of all is faster
NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP)  # of disks without hard links


def write_files(files: Mapping[Path, bytes], flushed: bool = True) -> None:
    """Write several files, each atomically.

    Write a temporary file beside each target, flush all to disk, then rename each to its target in one step (POSIX
    rename). Temporary files in these folders that belong to processes that have ended are removed.

    Args:
        files: content of each file by path.
        flushed: whether the files must survive a power failure as well, which takes milliseconds per file.

    Raises:
        OSError: a file could not be written. It has the path of the target, also if the system gives none, as when the
            disk is full.
    """
    folders = dict.fromkeys(path.parent for path in files)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in abandoned(folder):
            leftover.unlink(missing_ok=True)
    own = process.this()  # in the names of temporary files, so that `abandoned` can tell whose they are
    written: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            written[path] = path.parent / f".{path.name} {own}"
            with _named(path), written[path].open("wb") as file:
                file.write(data)
                os.fchmod(file.fileno(), 0o644)
        if flushed:
            _flush(written)
        for path, temporary in written.items():
            temporary.replace(path)
    except BaseException:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)
        raise
    if flushed:
        _flush({folder: folder for folder in folders})


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


def named(temporary: Path, path: Path) -> bool:
    """Give a file its name in one step, unless there is a file of that name. Return whether it has got it."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if os.path.lexists(path):  # on such disks another process may come between this step and the next
            return False
        temporary.replace(path)
        return True
    temporary.unlink()
    return True


def abandoned(folder: Path) -> Iterator[Path]:
    """Yield the temporary files in a folder that belong to processes that have ended."""
    for path in folder.glob(".* *"):
        if process.has_ended(" ".join(path.name.rsplit(" ", 4)[1:])):
            yield path


def _flush(paths: Mapping[Path, Path]) -> None:
    """Flush files to disk.

    Args:
        paths: the path to flush by the path that an error is to name.
    """
    if len(paths) > FEW:
        os.sync()  # on Linux it returns when all is on the disk
        return
    for path, written in paths.items():
        with _named(path):
            handle = os.open(written, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def write_bytes(path: Path, data: bytes) -> None:
    """Write one file atomically, see :func:`write_files`."""
    write_files({path: data})


def write_text(path: Path, text: str) -> None:
    """Write one file of UTF-8 text atomically, see :func:`write_files`."""
    write_bytes(path, text.encode())
