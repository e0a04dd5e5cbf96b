"""Unpack zip and tar files into a folder: completely or not at all, and never outside of the folder."""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO

from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

CHUNK = 2**16  # bytes
LONGEST_NAME, LONGEST_PATH = 255, 1024  # bytes of a file's name, and of its path in the archive


@dataclass(frozen=True)
class Limits:
    """How much an archive may unpack to.

    Attributes:
        size: bytes in all.
        ratio: unpacked bytes per byte of the archive.
        members: number of files and folders.
    """

    size: int
    ratio: float
    members: int


USUAL = Limits(size=2**33, ratio=200.0, members=500_000)
SLACK = 2**20  # bytes that may be unpacked at any ratio, for a small file of zeros is harmless


@dataclass(frozen=True)
class _Member:
    """A file or folder in an archive.

    Attributes:
        name: its path in the archive.
        file: its content, which must be read before the next member; None for a folder.
    """

    name: str
    file: IO[bytes] | None


def is_archive(path: Path) -> bool:
    """Return whether the file is a zip or tar file, which :func:`unpack` can read."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def unpack(path: Path, folder: Path, limits: Limits = USUAL) -> None:
    """Unpack an archive into a new folder, which appears complete or not at all.

    Only names and contents are taken from the archive: no permissions, owners or times.

    Raises:
        UserError: the folder exists already; the file is not an archive, or a broken or encrypted one; a member has an
            absolute or an over-long path, leaves the folder with ``..``, is a link or a device, or occurs twice; or the
            archive unpacks to more than the limits allow.
    """
    if folder.exists():
        raise UserError(f"{folder}: already there; remove it first")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        _fill(partial, path, limits)
        partial.chmod(0o755)
        partial.rename(folder)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, LZMAError, EOFError, NotImplementedError) as error:
        raise UserError(f"{path}: a broken archive ({str(error)[:80]}); fetch it again") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)  # no longer there if it was renamed


def _fill(root: Path, path: Path, limits: Limits) -> None:
    """Write the members of the archive ``path`` below ``root``."""
    most = min(limits.size, max(SLACK, int(path.stat().st_size * limits.ratio)))
    written = 0
    files: set[PurePosixPath] = set()
    folders: set[PurePosixPath] = set()
    for count, member in enumerate(_members(path), start=1):
        if count > limits.members:
            raise UserError(f"{path}: more than {limits.members} members; it is refused")
        name = _contained(path, member.name)
        parents = set(name.parents)
        if name in files or parents & files or (member.file is not None and name in folders):
            raise UserError(f"{path}: member {_shown(member.name)} is there twice; it is refused")
        folders |= parents
        if member.file is None:
            folders.add(name)
            (root / name).mkdir(parents=True, exist_ok=True)
            continue
        files.add(name)
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        with (root / name).open("xb") as out:
            while data := member.file.read(CHUNK):
                written += len(data)
                if written > most:
                    raise UserError(
                        f"{path}: unpacks to more than {most} bytes ({limits.ratio:g} times its size, at most "
                        f"{limits.size}); it is refused"
                    )
                out.write(data)


def _contained(path: Path, name: str) -> PurePosixPath:
    """Return the name of a member as a path below the folder.

    Raises:
        UserError: the path would lie outside the folder, or is longer than file systems allow.
    """
    pure = PurePosixPath(name)
    if len(os.fsencode(name)) > LONGEST_PATH or any(len(os.fsencode(part)) > LONGEST_NAME for part in pure.parts):
        raise UserError(f"{path}: member {_shown(name)} has a name longer than a file may have; it is refused")
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or "\\" in name or ":" in name or "\0" in name:
        raise UserError(f"{path}: member {_shown(name)} would lie outside the folder; the archive is refused")
    return pure


def _shown(name: str) -> str:
    return shortened(repr(name), 60)


def _members(path: Path) -> Iterator[_Member]:
    if zipfile.is_zipfile(path):
        yield from _zipped(path)
    elif tarfile.is_tarfile(path):
        yield from _tarred(path)
    else:
        raise UserError(f"{path}: neither a zip nor a tar file")


def _zipped(path: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise UserError(f"{path}: member {_shown(info.filename)} is a link or a device; the archive is refused")
            if info.flag_bits & 1:
                raise UserError(f"{path}: member {_shown(info.filename)} is encrypted; unpack it by hand")
            if info.is_dir():
                yield _Member(info.filename, None)
            else:
                with archive.open(info) as file:
                    yield _Member(info.filename, file)


def _tarred(path: Path) -> Iterator[_Member]:
    with tarfile.open(path) as archive:
        for info in archive:
            if info.isdir() and PurePosixPath(info.name) == PurePosixPath():
                continue  # "./", the folder itself
            if not info.isreg() and not info.isdir():
                raise UserError(f"{path}: member {_shown(info.name)} is a link or a device; the archive is refused")
            yield _Member(info.name, archive.extractfile(info) if info.isreg() else None)
