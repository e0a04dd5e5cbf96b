"""One process at a time works at a place, whatever its folder of temporary files, its container or its host."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from conftest import ROOT
from containers import IN_CONTAINER, kill, needs_containers

from logodds.system import claim, process
from logodds.system.claim import claimed
from logodds.system.errors import StorageError, UserError
from logodds.system.lock import beside

HOLDS = """
import sys
from pathlib import Path
from logodds.system.claim import claimed, present
with present(Path(sys.argv[1])), claimed(Path(sys.argv[1]), "training this very run"):
    print(flush=True)
    sys.stdin.read()
"""
FAR = "far 7d3e:4026531836 5 77"  # a process on another host


@contextmanager
def held(path: Path, before: Sequence[str] = (), **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the claim of a path, until it is killed.

    Args:
        before: the command that starts it, such as ``unshare``.
    """
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment}
    command = [*before, sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(
        command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "\n"
        yield other
        kill(other, [beside(path), *claim.presences(path)])


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught, claimed(path, "training this very run"):
        pass
    return str(caught.value)


def left_by(owner: str, file: Path, seconds: float = 0.0) -> None:
    """The file of a claim that was renewed ``seconds`` ago."""
    file.write_text(f"{owner}\n")
    renewed = file.stat().st_mtime - seconds
    os.utime(file, (renewed, renewed))


def test_a_second_one_is_refused_and_told_who_is_at_it(tmp_path: Path) -> None:
    with claimed(tmp_path / "a", "training this very run"):
        told = f"{tmp_path}/a: process {os.getpid()} is training this very run; wait for it, or end it"
        assert refused(tmp_path / "a") == told
        assert [path.name for path in tmp_path.iterdir()] == [".a.lock"]
        with claimed(tmp_path / "b", "training this very run"), claimed(tmp_path / "a", "x", part="1"):
            pass
    with claimed(tmp_path / "a", "training this very run"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_relative_path_is_the_same_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with claimed(tmp_path / "a", "x"), pytest.raises(UserError), claimed(Path("a"), "x"):
        pass


@pytest.mark.parametrize("before", [(), pytest.param(IN_CONTAINER, marks=needs_containers)], ids=["host", "container"])
def test_a_process_holds_it_until_it_is_killed(tmp_path: Path, before: Sequence[str]) -> None:
    """Also one with another folder of temporary files, and one whose number means another process here."""
    path = tmp_path / "runs" / "a"
    with held(path, before, TMPDIR=str(tmp_path)) as other:
        who = "1 of another container" if before else f"{other.pid}"
        assert refused(path) == f"{path}: process {who} is training this very run; wait for it, or end it"
        ((file, (_, ended)),) = claim.presences(path).items()
        assert not ended
    assert claim.is_abandoned(path)
    assert [ended for _, ended in claim.presences(path).values()] == [True]
    file.unlink()
    with claimed(path, "x"):
        assert not claim.is_abandoned(path)
    assert list(path.parent.iterdir()) == []


def test_the_claims_of_parts_that_nobody_takes_over_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with claimed(path, "x", part="living"), held(path):
        left_by(f"{process.this().rpartition(' ')[0]} 1", beside(path, "ended"))
        left_by(FAR, beside(path, "far"), claim.LEASE_SECONDS + 5)
        left_by(FAR, beside(path, "renewed"))
        claim.clear_parts(path)
        remaining = {beside(path), beside(path, "living"), beside(path, "renewed"), *claim.presences(path)}
        assert set(tmp_path.iterdir()) == remaining
        assert len(remaining) == 4


def test_a_claim_is_taken_over_while_others_look_at_it(tmp_path: Path) -> None:
    left_by(f"{process.this().rpartition(' ')[0]} 1", beside(tmp_path / "a"))
    with beside(tmp_path / "a").open() as looked:
        fcntl.flock(looked, fcntl.LOCK_SH)
        released = threading.Timer(0.05, fcntl.flock, (looked, fcntl.LOCK_UN))
        released.start()
        with claimed(tmp_path / "a", "x"):
            pass
        released.join()


@needs_containers
def test_a_container_is_told_of_a_process_outside(tmp_path: Path) -> None:
    with claimed(tmp_path / "a", "x"), pytest.raises(AssertionError), held(tmp_path / "a", IN_CONTAINER):
        pass
    with held(tmp_path / "a", IN_CONTAINER):
        pass


def test_a_process_on_another_host_holds_it_as_long_as_it_renews_it(tmp_path: Path) -> None:
    path, file = tmp_path / "a", tmp_path / ".a.lock"
    left_by(FAR, file, 20.0)
    told, _, seconds = refused(path).rpartition(" in ")
    assert told == (
        f"{path}: process 5 on far is training this very run; wait for it, or end it; if it was killed, its claim ends"
    )
    assert 70 < int(seconds.removesuffix(" s")) <= 100  # on a machine that is slow by half a minute
    left_by(FAR, file, claim.LEASE_SECONDS + 5)
    with claimed(path, "x"):
        assert file.read_text() == f"{process.this()}\n"
    assert not file.exists()


def test_it_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "RENEW_SECONDS", 0.001)
    with claimed(tmp_path / "a", "x"):
        os.utime(tmp_path / ".a.lock", (0, 0))
        while (tmp_path / ".a.lock").stat().st_mtime == 0:
            pass


def test_what_is_no_name_of_a_process_ends_with_its_time(tmp_path: Path) -> None:
    left_by("", tmp_path / ".a.lock")
    assert "another process is training" in refused(tmp_path / "a")
    left_by("?", tmp_path / ".a.lock", claim.LEASE_SECONDS + 5)
    with claimed(tmp_path / "a", "x"):
        pass


def test_a_disk_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of the process tells whether it lives, or the time where the number means nothing."""

    def unknown(handle: int, kind: int) -> NoReturn:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", unknown)
    with claimed(tmp_path / "a", "x"):
        assert f"process {os.getpid()} is" in refused(tmp_path / "a")
    host, kernel, number, _ = process.this().split(" ")
    left_by(f"{host} {kernel} {number} 1", tmp_path / ".a.lock")
    with claimed(tmp_path / "a", "x"):
        pass
    left_by(f"{host} {kernel}0 {number} 1", tmp_path / ".a.lock")
    assert "of another container" in refused(tmp_path / "a")


def test_a_disk_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(source: Path, target: Path) -> NoReturn:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", unknown)
    with claimed(tmp_path / "a", "training this very run"):
        assert "is training this very run" in refused(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("before", ["nothing", "a dead claim"])
def test_of_many_at_once_one_gets_it(tmp_path: Path, before: str) -> None:
    path, count = tmp_path / "a", 8
    for _ in range(25):
        if before != "nothing":
            host, kernel, number, _ = process.this().split(" ")
            left_by(f"{host} {kernel} {number} 1", tmp_path / ".a.lock")
        start, tried = threading.Barrier(count), threading.Barrier(count)
        got: list[bool] = []

        def work(start: threading.Barrier = start, tried: threading.Barrier = tried, got: list[bool] = got) -> None:
            start.wait()
            try:
                with claimed(path, "x"):
                    got.append(True)
                    tried.wait()
            except UserError:
                tried.wait()

        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == [True]
        assert list(tmp_path.iterdir()) == []


def test_a_folder_of_another_user(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o555)
    told = f"{folder}: this user cannot write there; it belongs to {folder.owner()}; ask for the permission to"
    root = os.geteuid() == 0
    try:
        if root:  # who may write everywhere
            for above in (tmp_path, *tmp_path.parents[:3]):
                above.chmod(0o755)
            os.seteuid(65534)
        with pytest.raises(StorageError, match=told), claimed(folder / "a", "x"):
            pass
    finally:
        if root:
            os.seteuid(0)


def test_after_an_error_of_the_store_others_can_see_whose_runs_stand_open(tmp_path: Path) -> None:
    with pytest.raises(StorageError), claim.present(tmp_path / "store"):
        raise StorageError("disk full")
    assert [*claim.presences(tmp_path / "store").values()] == [(process.this(), True)]
    with pytest.raises(KeyboardInterrupt), claim.present(tmp_path / "other"):
        raise KeyboardInterrupt
    assert claim.presences(tmp_path / "other") == {}
