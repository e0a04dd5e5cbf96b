"""Digests of files, as DVC makes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path


def md5(path: Path) -> str:
    """The digest DVC knows the file by."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def listing(paths: Sequence[Path], reads: Callable[[Path], bool]) -> list[tuple[str, Path]]:
    """Every file of some files and folders by its place: below the folder, and with the folder's name where there are
    several paths. ``reads`` chooses a folder's files by their place in it."""
    found: list[tuple[str, Path]] = []
    for path in paths:
        files = (file for file in path.rglob("*") if file.is_file() and reads(file.relative_to(path)))
        for file in files if path.is_dir() else [path]:
            found.append((file.relative_to(path.parent if len(paths) > 1 else path).as_posix(), file))
    return sorted(found, key=lambda entry: entry[0])


def digest(paths: Sequence[Path], reads: Callable[[Path], bool] = lambda _: True) -> str:
    """md5 of a single file; of a folder or of several, that of their :func:`listing`, as DVC makes it for a folder.

    Raises:
        OSError: a path is missing.
    """
    if len(paths) == 1 and not paths[0].is_dir():
        return md5(paths[0])
    entries = [{"md5": md5(file), "relpath": place} for place, file in listing(paths, reads)]
    return hashlib.md5(json.dumps(entries).encode(), usedforsecurity=False).hexdigest() + ".dir"
