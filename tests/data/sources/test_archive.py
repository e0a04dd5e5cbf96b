"""Archives: what is whole arrives whole, and what reaches outside or is too large leaves nothing."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from logodds.data.sources.downloads.archive import USUAL, Limits, is_archive, unpack
from logodds.system.errors import UserError

Write = Callable[[Path, dict[str, bytes]], Path]
FILES = {"top.txt": b"top", "a/b/deep.txt": bytes(range(256)) * 400, "a/empty": b""}


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def tarred(path: Path, files: dict[str, bytes], packing: str = "gz") -> Path:
    with tarfile.open(path, f"w:{packing}") as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def special(kind: bytes) -> Callable[[Path], Path]:
    """A tar file with one member of a kind."""

    def write(path: Path) -> Path:
        with tarfile.open(path, "w") as archive:
            info = tarfile.TarInfo("odd")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        return path

    return write


def zip_link(path: Path) -> Path:
    info = zipfile.ZipInfo("odd")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("packing", ["zip", "", "gz", "bz2", "xz"])
def test_everything_arrives(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "archive"
    if packing == "zip":
        zipped(path, {**FILES, "a/": b"", "folder/": b""})
    else:
        tarred(path, FILES, packing)
    assert is_archive(path)
    unpack(path, tmp_path / "new" / "out")
    assert files(tmp_path / "new" / "out") == FILES
    assert [item.name for item in (tmp_path / "new").iterdir()] == ["out"]
    modes = {path.stat().st_mode & 0o7111 for path in (tmp_path / "new" / "out").rglob("*") if path.is_file()}
    assert modes == {0}


def test_a_folder_packed_by_tar_itself(tmp_path: Path) -> None:
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "in" / "a" / "1").write_bytes(b"1")
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(tmp_path / "in", ".")
    unpack(tmp_path / "x.tar", tmp_path / "out")
    assert files(tmp_path / "out") == {"a/1": b"1"}


OUTSIDE = "member {name!r} would lie outside the folder; the archive is refused"
ODD = "member 'odd' is a link or a device; the archive is refused"


@pytest.mark.parametrize("write", [zipped, tarred], ids=["zip", "tar"])
@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "C:/out.txt", "..\\out.txt"])
def test_a_member_outside_is_refused(
    tmp_path: Path, write: Callable[[Path, dict[str, bytes]], Path], name: str
) -> None:
    refused(write(tmp_path / "x", {"good.txt": b"good", name: b"bad"}), OUTSIDE.format(name=name))


@pytest.mark.parametrize("write", [zipped, tarred], ids=["zip", "tar"])
@pytest.mark.parametrize("name", ["a" * 256, "é" * 128, "a/" * 512 + "a"], ids=["name", "bytes", "path"])
def test_a_member_whose_name_no_file_can_have_is_refused(
    tmp_path: Path, write: Callable[[Path, dict[str, bytes]], Path], name: str
) -> None:
    path = write(tmp_path / "x", {"good.txt": b"good", name: b"bad"})
    with pytest.raises(UserError) as caught:
        unpack(path, tmp_path / "out")
    told = str(caught.value)
    assert told.startswith(f"{path}: member '{name[:20]}")
    assert told.endswith("has a name longer than a file may have; it is refused")
    assert len(told) < len(str(path)) + 140
    assert sorted(item.name for item in tmp_path.iterdir()) == ["x"]


@pytest.mark.parametrize("write", [zipped, tarred], ids=["zip", "tar"])
def test_the_longest_name_arrives(tmp_path: Path, write: Callable[[Path, dict[str, bytes]], Path]) -> None:
    given = {"é" * 127 + "a": b"1", "a/" * 511 + "aa": b"2"}
    unpack(write(tmp_path / "x", given), tmp_path / "out")
    assert files(tmp_path / "out") == given


@pytest.mark.parametrize(
    "write",
    [zip_link, *(special(kind) for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE))],
)
def test_a_link_or_device_is_refused(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    refused(write(tmp_path / "x"), ODD)


@pytest.mark.parametrize("names", [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", "./a")])
def test_two_members_in_one_place_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    path = tmp_path / "x"
    with tarfile.open(path, "w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    with pytest.raises(UserError, match="is there twice; it is refused"):
        unpack(path, tmp_path / "out")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["x"]


@pytest.mark.parametrize("write", [zipped, tarred], ids=["zip", "tar"])
def test_limits(tmp_path: Path, write: Write) -> None:
    path = write(tmp_path / "x", {"a": bytes(10**6), "b": bytes(10**6)})
    unpack(path, tmp_path / "fits", Limits(size=2 * 10**6, ratio=1e6, members=2))
    for limits, told in (
        (Limits(size=1_999_999, ratio=1e6, members=2), "1999999 bytes (1e+06 times its size, at most 1999999)"),
        (Limits(size=2**40, ratio=2.0, members=2), "1048576 bytes (2 times its size, at most 1099511627776)"),
        (Limits(size=2**40, ratio=1e6, members=1), None),
    ):
        refused(
            path,
            f"unpacks to more than {told}; it is refused" if told else "more than 1 members; it is refused",
            limits,
        )


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    for write in (zipped, tarred):
        right = write(tmp_path / "right", FILES).read_bytes()
        for cut in (len(right) // 2, len(right) - 40):
            (tmp_path / "x").write_bytes(right[:cut])
            with pytest.raises(
                UserError, match=r"x: (a broken archive .*; fetch it again|neither a zip nor a tar file)"
            ):
                unpack(tmp_path / "x", tmp_path / "out")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["right", "x"]


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(UserError, match="out: already there; remove it first"):
        unpack(zipped(tmp_path / "x", FILES), tmp_path / "out")
    assert files(tmp_path / "out") == {}


def refused(path: Path, told: str, limits: Limits = USUAL) -> None:
    """Nothing is left but the archive."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(UserError) as caught:
        unpack(path, path.parent / "out", limits)
    assert str(caught.value) == f"{path}: {told}"
    assert sorted(path.parent.iterdir()) == before
