"""Files that are whole or absent."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest

from logodds.system import atomic, process


@pytest.mark.parametrize("data", [b"", b"a", bytes(range(256)) * 5000])
def test_content(tmp_path: Path, data: bytes) -> None:
    atomic.write_bytes(tmp_path / "a" / "b" / "file", data)
    assert (tmp_path / "a" / "b" / "file").read_bytes() == data
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["file"]


def test_text_is_utf_8_with_its_own_line_ends(tmp_path: Path) -> None:
    atomic.write_text(tmp_path / "file", "é\r\n漢\n")
    assert (tmp_path / "file").read_bytes() == "é\r\n漢\n".encode()


def test_longer_file_is_replaced_whole(tmp_path: Path) -> None:
    atomic.write_bytes(tmp_path / "file", b"longer")
    atomic.write_bytes(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_open_reader_keeps_the_old_content(tmp_path: Path) -> None:
    atomic.write_bytes(tmp_path / "file", b"old")
    with (tmp_path / "file").open("rb") as reader:
        atomic.write_bytes(tmp_path / "file", b"new")
        assert reader.read() == b"old"


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_mode(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        atomic.write_bytes(tmp_path / "file", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


def test_failed_replace_leaves_no_temporary(tmp_path: Path) -> None:
    (tmp_path / "file" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="file"):
        atomic.write_bytes(tmp_path / "file", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_failed_write_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    atomic.write_bytes(tmp_path / "file", b"old")
    with pytest.raises(TypeError, match="bytes-like"):
        atomic.write_bytes(tmp_path / "file", "text")  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_disk_without_room_is_told_with_the_path(tmp_path: Path) -> None:
    """Which the system does not tell; a limit stands for the disk's size."""
    atomic.write_bytes(tmp_path / "file", b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            atomic.write_bytes(tmp_path / "file", bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(tmp_path / "file"))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_what_dead_processes_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    own = process.this()
    dead, far = f"{own.rpartition(' ')[0]} 1", f"far-{own}"
    kept = {f".file {own}", f".file {far}", f"file {dead}", f".file{dead.replace(' ', '-')}", ".hidden file"}
    left = {f".file {dead}", f".a longer name {dead}"}
    for name in kept | left:
        (tmp_path / name).touch()
    assert {path.name for path in atomic.abandoned(tmp_path)} == left
    atomic.write_bytes(tmp_path / "other", b"x")
    assert {path.name for path in tmp_path.iterdir()} == kept | {"other"}


@pytest.mark.parametrize("error", [None, *atomic.NO_LINKS], ids=str)
def test_a_file_gets_its_name_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int | None) -> None:
    """Also on disks without hard links."""
    if error is not None:

        def refused(source: Path, target: Path) -> None:
            raise OSError(error, "no links")

        monkeypatch.setattr(os, "link", refused)
    for content, got in ((b"first", True), (b"second", False)):
        (tmp_path / "temporary").write_bytes(content)
        assert atomic.named(tmp_path / "temporary", tmp_path / "file") is got
        assert (tmp_path / "file").read_bytes() == b"first"
        assert (tmp_path / "temporary").exists() is not got


def test_another_error_of_a_name_is_raised(tmp_path: Path) -> None:
    (tmp_path / "temporary").touch()
    with pytest.raises(FileNotFoundError):
        atomic.named(tmp_path / "temporary", tmp_path / "gone" / "file")
