"""zip and tar files -> a folder: whole or not at all, and nothing outside of it whatever the archive says."""

from __future__ import annotations

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

CHUNK = 2**16  # bytes


@dataclass(frozen=True)
class Limits:
    """What an archive may unpack to: bytes, bytes per byte of the archive, and members."""

    size: int
    ratio: float
    members: int


USUAL = Limits(size=2**33, ratio=200.0, members=500_000)
SLACK = 2**20  # bytes that may be unpacked at any ratio: a small file of zeros is no bomb


@dataclass(frozen=True)
class _Member:
    """``file`` is None for a folder; it is to be read before the next member."""

    name: str
    file: IO[bytes] | None


def is_archive(path: Path) -> bool:
    """Whether :func:`unpack` can read it."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def unpack(path: Path, folder: Path, limits: Limits = USUAL) -> None:
    """Unpack into a new folder, which appears complete or not at all. Only names and contents are taken over.

    Raises:
        UserError: the folder is already there; no archive, or a broken or encrypted one; a member that is absolute,
            steps out with ``..``, is a link or a device, or is there twice; more than the limits allow.
    """
    if folder.exists():
        raise UserError(f"{folder}: already there; remove it first")
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        _fill(place, path, limits)
        place.chmod(0o755)
        place.rename(folder)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, LZMAError, EOFError, NotImplementedError) as error:
        raise UserError(f"{path}: a broken archive ({str(error)[:80]}); fetch it again") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)  # absent where it was renamed


def _fill(place: Path, path: Path, limits: Limits) -> None:
    most = min(limits.size, max(SLACK, int(path.stat().st_size * limits.ratio)))
    written = 0
    files: set[PurePosixPath] = set()
    folders: set[PurePosixPath] = set()
    for count, member in enumerate(_members(path), start=1):
        if count > limits.members:
            raise UserError(f"{path}: more than {limits.members} members; it is refused")
        name = _contained(path, member.name)
        above = set(name.parents)
        if name in files or above & files or (member.file is not None and name in folders):
            raise UserError(f"{path}: member {member.name!r} is there twice; it is refused")
        folders |= above
        if member.file is None:
            folders.add(name)
            (place / name).mkdir(parents=True, exist_ok=True)
            continue
        files.add(name)
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        with (place / name).open("xb") as out:
            while data := member.file.read(CHUNK):
                written += len(data)
                if written > most:
                    raise UserError(
                        f"{path}: unpacks to more than {most} bytes ({limits.ratio:g} times its size, at most "
                        f"{limits.size}); it is refused"
                    )
                out.write(data)


def _contained(path: Path, name: str) -> PurePosixPath:
    """The member's name as a path below the folder."""
    pure = PurePosixPath(name)
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or "\\" in name or ":" in name or "\0" in name:
        raise UserError(f"{path}: member {name!r} would lie outside the folder; the archive is refused")
    return pure


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
                raise UserError(f"{path}: member {info.filename!r} is a link or a device; the archive is refused")
            if info.flag_bits & 1:
                raise UserError(f"{path}: member {info.filename!r} is encrypted; unpack it by hand")
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
                raise UserError(f"{path}: member {info.name!r} is a link or a device; the archive is refused")
            yield _Member(info.name, archive.extractfile(info) if info.isreg() else None)
