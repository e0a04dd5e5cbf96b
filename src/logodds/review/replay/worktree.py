"""The code of a run, its commit with the changes that were not committed, in a temporary git worktree."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from logodds.review.replay.evidence import NotComparableError
from logodds.system import signals
from logodds.system.claim import claimed, is_abandoned
from logodds.system.errors import StorageError, UserError
from logodds.system.lock import beside
from logodds.system.terminal.text import shortened
from logodds.tracking.provenance.repository import CODE, git

PREFIX = "logodds-replay-"
FAILURES = (OSError, subprocess.SubprocessError)


@contextmanager
def checkout(root: Path, commit: str, changes: bytes) -> Iterator[Path]:
    """Check out the project as it was at a commit with some changes, and remove it at the end.

    Worktrees that killed processes left behind are removed too.

    Args:
        root: folder of the project.
        commit: the commit.
        changes: a diff of the commit; empty: none.

    Yields:
        The project's folder in the worktree.

    Raises:
        NotComparableError: the repository does not have the commit, or the changes do not fit it.
        UserError: the changes concern files that are not code.
        StorageError: git cannot make a worktree.
    """
    try:
        git(root, "cat-file", "-e", f"{commit}^{{commit}}")
    except FAILURES as error:
        message = f"code: commit {commit[:12]} is not in this repository; git fetch may bring it"
        raise NotComparableError(message) from error
    prefix = os.fsdecode(git(root, "rev-parse", "--show-prefix")).rstrip("\n")
    for left in _abandoned(root):
        _remove(root, left.parent, left)
        beside(left.parent).unlink(missing_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    tree = folder / "tree"
    with claimed(folder, "replaying a run"):
        try:
            _add(root, tree, commit)
            if changes:
                _apply(tree, prefix, changes)
            yield tree / prefix
        finally:
            with signals.put_off():
                _remove(root, folder, tree)


def _abandoned(root: Path) -> Iterator[Path]:
    """Yield the worktrees of processes that have ended."""
    for line in os.fsdecode(git(root, "worktree", "list", "--porcelain")).splitlines():
        tree = Path(line.removeprefix("worktree "))
        if line.startswith("worktree ") and tree.parent.name.startswith(PREFIX) and is_abandoned(tree.parent):
            yield tree


def changed(root: Path, changes: bytes) -> list[str]:
    """Return the paths, in the repository, of the files that a diff changes."""
    listed = os.fsdecode(git(root, "apply", "--numstat", "-z", given=changes))
    return [entry.split("\t", 2)[2] for entry in listed.split("\0") if entry]


def _add(root: Path, tree: Path, commit: str) -> None:
    without_hooks = f"core.hooksPath={os.devnull}"  # hooks of the repository would run otherwise
    try:
        with signals.put_off():  # git would leave a worktree that it is making locked
            git(root, "-c", without_hooks, "worktree", "add", "--quiet", "--detach", str(tree), commit)
    except FAILURES as error:
        raise StorageError(f"{tree}: git makes no worktree there; check the disk and `git worktree list`") from error


def _apply(tree: Path, prefix: str, changes: bytes) -> None:
    """Apply a diff to a worktree, if it changes only files of the code.

    Args:
        prefix: the project's folder in the repository.
    """
    try:
        paths = changed(tree, changes)
    except (*FAILURES, IndexError) as error:
        raise NotComparableError("code: the recorded diff cannot be read") from error
    code = [PurePosixPath(prefix) / name for name in CODE]
    for path in map(PurePosixPath, paths):
        if ".." in path.parts or not any(path.is_relative_to(part) for part in code):
            message = f"the recorded diff changes {shortened(str(path), 80)}, which is not code of the project"
            raise UserError(f"{message}; nothing was run")
    try:
        git(tree, "apply", "--whitespace=nowarn", given=changes)
    except FAILURES as error:
        raise NotComparableError("code: the recorded diff does not fit its commit") from error


def _remove(root: Path, folder: Path, tree: Path) -> None:
    try:
        git(root, "worktree", "remove", "--force", "--force", str(tree))  # forced twice: even if git has locked it
    except FAILURES:  # no worktree was made, or only a part of it
        shutil.rmtree(folder, ignore_errors=True)
        git(root, "worktree", "prune")
    shutil.rmtree(folder, ignore_errors=True)
