"""The code of a run: its commit and what was not committed, in a git worktree of its own for as long as it takes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from logodds.review.replay.evidence import NotComparableError
from logodds.system import process, signals
from logodds.system.errors import StorageError, UserError
from logodds.system.terminal.text import shortened
from logodds.tracking.provenance.repository import CODE, git

PREFIX = "logodds-replay-"
MADE = re.compile(rf"{PREFIX}([0-9]{{1,9}})-.+")  # the folder of a worktree, by the number of its process
FAILURES = (OSError, subprocess.SubprocessError)


@contextmanager
def checkout(root: Path, commit: str, changes: bytes) -> Iterator[Path]:
    """The project that is at ``root`` as it was at a commit with some changes: its folder, which is gone afterwards, as
    are those of processes that did not live to remove theirs.

    Raises:
        NotComparableError: the commit is not there, or the changes do not fit it.
        UserError: the changes are of other files than the code's.
        StorageError: git makes no worktree.
    """
    try:
        git(root, "cat-file", "-e", f"{commit}^{{commit}}")
    except FAILURES as error:
        told = f"code: commit {commit[:12]} is not in this repository; git fetch may bring it"
        raise NotComparableError(told) from error
    prefix = os.fsdecode(git(root, "rev-parse", "--show-prefix")).rstrip("\n")
    for left in _abandoned(root):
        _remove(root, left.parent, left)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    place = folder / "tree"
    try:
        _add(root, place, commit)
        if changes:
            _apply(place, prefix, changes)
        yield place / prefix
    finally:
        with signals.put_off():
            _remove(root, folder, place)


def _abandoned(root: Path) -> Iterator[Path]:
    for line in os.fsdecode(git(root, "worktree", "list", "--porcelain")).splitlines():
        place = Path(line.removeprefix("worktree "))
        made = MADE.fullmatch(place.parent.name)
        if line.startswith("worktree ") and made is not None and not process.is_alive(int(made[1])):
            yield place


def changed(root: Path, changes: bytes) -> list[str]:
    """The files that changes are of, by their path in the repository."""
    listed = os.fsdecode(git(root, "apply", "--numstat", "-z", given=changes))
    return [entry.split("\t", 2)[2] for entry in listed.split("\0") if entry]


def _add(root: Path, place: Path, commit: str) -> None:
    without_hooks = f"core.hooksPath={os.devnull}"  # they would run
    try:
        with signals.put_off():  # git locks a worktree that it is making
            git(root, "-c", without_hooks, "worktree", "add", "--quiet", "--detach", str(place), commit)
    except FAILURES as error:
        raise StorageError(f"{place}: git makes no worktree there; check the disk and `git worktree list`") from error


def _apply(place: Path, prefix: str, changes: bytes) -> None:
    try:
        paths = changed(place, changes)
    except (*FAILURES, IndexError) as error:
        raise NotComparableError("code: the recorded diff cannot be read") from error
    code = [PurePosixPath(prefix) / name for name in CODE]
    for path in map(PurePosixPath, paths):
        if ".." in path.parts or not any(path.is_relative_to(each) for each in code):
            told = f"the recorded diff changes {shortened(str(path), 80)}, which is no code of the project"
            raise UserError(f"{told}; nothing was run")
    try:
        git(place, "apply", "--whitespace=nowarn", given=changes)
    except FAILURES as error:
        raise NotComparableError("code: the recorded diff does not fit its commit") from error


def _remove(root: Path, folder: Path, place: Path) -> None:
    try:
        git(root, "worktree", "remove", "--force", "--force", str(place))  # also one that git has locked
    except FAILURES:  # none was made, or only half of one
        shutil.rmtree(folder, ignore_errors=True)
        git(root, "worktree", "prune")
    shutil.rmtree(folder, ignore_errors=True)
