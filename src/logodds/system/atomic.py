"""Files that are whole or absent, never half-written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from logodds.system import process

FEW = 16  # files that are flushed to disk one by one; the disk takes more at once in less time


def write_files(files: Mapping[Path, bytes], flushed: bool = True) -> None:
    """Write beside each target, flush to disk, then replace each in one step (POSIX rename). What processes that have
    ended left in the folders is removed.

    Args:
        flushed: whether they are to outlive the machine's power too, which takes milliseconds for each.

    Raises:
        OSError: with the path of the target, also where the system tells none, as of a full disk.
    """
    folders = dict.fromkeys(path.parent for path in files)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        for left in abandoned(folder):
            left.unlink(missing_ok=True)
    own = process.this()  # so that it is known whose they are
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


def abandoned(folder: Path) -> Iterator[Path]:
    """What processes that have ended began to write in a folder."""
    for path in folder.glob(".* *"):
        if process.has_ended(" ".join(path.name.rsplit(" ", 4)[1:])):
            yield path


def _flush(paths: Mapping[Path, Path]) -> None:
    """The files at the values, called by their keys."""
    if len(paths) > FEW:
        os.sync()  # waits on Linux
        return
    for path, place in paths.items():
        with _named(path):
            handle = os.open(place, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def write_bytes(path: Path, data: bytes) -> None:
    """:func:`write_files` of one."""
    write_files({path: data})


def write_text(path: Path, text: str) -> None:
    """:func:`write_bytes` of UTF-8 text."""
    write_bytes(path, text.encode())
