"""Digests of files and folders, as DVC computes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path


def md5(path: Path) -> str:
    """Return the md5 of a file, by which DVC identifies it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def listing(paths: Sequence[Path], reads: Callable[[Path], bool]) -> list[tuple[str, Path]]:
    """Return all files of some files and folders as pairs (relative path, path), sorted by the former.

    Args:
        paths: files and folders. If there is one, relative paths are relative to it; if there are several, they start
            with its name.
        reads: for a folder, whether to include a file, given its path in the folder. Files that are themselves in
            ``paths`` are always included.
    """
    entries: list[tuple[str, Path]] = []
    for path in paths:
        files = (file for file in path.rglob("*") if file.is_file() and reads(file.relative_to(path)))
        for file in files if path.is_dir() else [path]:
            entries.append((file.relative_to(path.parent if len(paths) > 1 else path).as_posix(), file))
    return sorted(entries, key=lambda entry: entry[0])


def digest(paths: Sequence[Path], reads: Callable[[Path], bool] = lambda _: True) -> str:
    """Return the md5 of a single file; for a folder or several paths, the digest of their :func:`listing`.

    It is computed as DVC does for a folder, and ends with ``.dir``.

    Raises:
        OSError: a path is missing.
    """
    if len(paths) == 1 and not paths[0].is_dir():
        return md5(paths[0])
    entries = [{"md5": md5(file), "relpath": relative} for relative, file in listing(paths, reads)]
    return hashlib.md5(json.dumps(entries).encode(), usedforsecurity=False).hexdigest() + ".dir"
