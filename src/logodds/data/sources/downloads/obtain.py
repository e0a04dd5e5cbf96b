"""Write the files of a public data set into a folder.

They come from their address or from a local copy, and each file is checked by its sha256.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from logodds.data.sources.downloads.archive import is_archive, unpack
from logodds.data.sources.downloads.download import download
from logodds.data.sources.downloads.public import PublicDataset, PublicFile, dataset
from logodds.system.errors import StorageError, UserError
from logodds.system.terminal.invocation import typed

LARGEST_ARCHIVE = 2**28  # bytes


def obtain(name: str, folder: Path, given: Path | None) -> list[str]:
    """Write the files of the data set ``name`` into ``folder`` and return one line about each.

    Files that are already there with the right content are not touched.

    Args:
        name: the name of a public data set.
        folder: the folder to write to.
        given: a folder, an archive or a file to take the files from instead of downloading them. Files are recognised
            by their content, so they may have other names.

    Raises:
        UserError: the name is unknown, ``given`` does not exist, or it does not contain the files.
        StorageError: the download failed, see :func:`~logodds.data.sources.downloads.download.download`.
    """
    public = dataset(name)
    wanted = [member for member in public.members if not _matches(folder / member.name, member)]
    lines = [
        f"{folder / member.name}: already there, its sha256 matches"
        for member in public.members
        if member not in wanted
    ]
    if wanted and given is not None:
        if not given.exists():
            raise UserError(f"from={given}: no such file or folder; check the path")
        _take(wanted, given, folder)
    elif wanted:
        by_hand = f"get it elsewhere: {typed(f'fetch {name} from=PATH')}"
        for address in public.addresses:
            _fetch(address, public, wanted, folder, by_hand)
    return lines + [f"{folder / member.name}: {member.size} bytes, sha256 matches" for member in wanted]


def _fetch(address: str, public: PublicDataset, wanted: Sequence[PublicFile], folder: Path, by_hand: str) -> None:
    """Download one address, which is a member or an archive of members, and keep the members that are wanted."""
    name = urlsplit(address).path.rpartition("/")[2]
    direct = {member.name: member for member in public.members}
    if name in direct:
        member = direct[name]
        if member in wanted:
            download(address, folder / name, largest=member.size, sha256=member.sha256, by_hand=by_hand)
    else:
        packed = folder / name
        download(address, packed, largest=LARGEST_ARCHIVE, sha256=None, by_hand=by_hand)
        try:
            _take(wanted, packed, folder)
        except UserError as error:
            raise StorageError(f"{address}: {str(error).replace(str(packed), name)}; {by_hand}") from error
        finally:
            packed.unlink()


def _take(wanted: Sequence[PublicFile], given: Path, folder: Path) -> None:
    """Copy the wanted files from a folder, an archive or a file: all of them, or none."""
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _copy(wanted, given, folder)
    except BaseException:
        with suppress(OSError):  # a folder that is not empty stays
            for path in created:
                path.rmdir()
        raise


def _copy(wanted: Sequence[PublicFile], given: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".taken.") as name:
        temporary = Path(name)
        source = given
        if given.is_file() and is_archive(given):
            source = temporary / "unpacked"
            unpack(given, source)
        files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
        for member in wanted:
            match = next((path for path in files if _matches(path, member)), None)
            if match is None:
                raise UserError(_missing_message(given, files, member))
            shutil.copyfile(match, temporary / member.name)
            if not _matches(temporary / member.name, member):
                raise UserError(f"{match}: changed while it was read; run the command again")
        for member in wanted:
            (temporary / member.name).replace(folder / member.name)


def _matches(path: Path, member: PublicFile) -> bool:
    """Return whether a file has the size and the sha256 of a member."""
    if not path.is_file() or path.stat().st_size != member.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == member.sha256


def _missing_message(given: Path, files: Sequence[Path], member: PublicFile) -> str:
    """Return a message that ``given`` does not contain a member."""
    if any(path.name == member.name for path in files):
        reason = f"its {member.name} is another version (sha256 {member.sha256[:12]}… is known)"
    else:
        reason = f"holds no {member.name} of {member.size} bytes (sha256 {member.sha256[:12]}…)"
    return f"{given}: {reason}; name another copy with from=PATH"
