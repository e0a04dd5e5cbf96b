"""Files that are whole or absent, never half-written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

FEW = 16  # files that are flushed to disk one by one; the disk takes more at once in less time


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write beside each target, flush to disk, then replace each in one step (POSIX rename)."""
    written: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            written[path] = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).chmod(0o644)
        _flush(written.values())
        for path, temporary in written.items():
            temporary.replace(path)
    except BaseException:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)
        raise
    _flush({path.parent for path in files})


def _flush(paths: Iterable[Path]) -> None:
    listed = list(paths)
    if len(listed) > FEW:
        os.sync()  # waits on Linux
        return
    for path in listed:
        handle = os.open(path, os.O_RDONLY)
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
