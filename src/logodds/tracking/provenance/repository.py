"""The commit that the code comes from, and how the working tree differs from it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

CODE = ("src", "conf", "dvc.yaml", "data.dvc", "pyproject.toml")  # paths below the project that affect a result
UNTRACKED = (".py", ".yaml")  # suffixes of new files that do
LARGEST = 1 << 20  # bytes of a diff
UNKNOWN = "unknown"
# These make the diff the same bytes, whatever a user has set for display.
PLAIN = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/")


@dataclass(frozen=True)
class Repository:
    """The state of a working tree.

    Attributes:
        commit: HEAD, or ``unknown`` outside a repository.
        differing: paths, in the repository, of files that differ from the commit.
        changes: a diff with which ``git apply`` turns the commit into the working tree; None if it exceeds 1 MiB.
    """

    commit: str
    differing: tuple[str, ...]
    changes: bytes | None

    def tags(self) -> dict[str, str]:
        """Return the tags of a run's record."""
        if self.commit == UNKNOWN:
            return {"git.commit": UNKNOWN, "git.dirty": UNKNOWN}
        tags = {"git.commit": self.commit, "git.dirty": str(bool(self.differing)).lower()}
        digest = {"uncommitted.sha256": hashlib.sha256(self.changes).hexdigest()} if self.changes else {}
        return tags | digest

    def refuse(self) -> None:
        """Refuse a working tree if its commit alone does not identify all of the code.

        Raises:
            UserError: there is no repository, or a file differs from the commit.
        """
        if self.commit == UNKNOWN:
            raise UserError("tracking.dirty=refuse: the project is in no git repository; set tracking.dirty=record")
        if self.differing:
            others = len(self.differing) - 1
            differ = f" and {others} more differ" if others else " differs"
            raise UserError(
                f"tracking.dirty=refuse: {shortened(self.differing[0], 80)}{differ} from commit "
                f"{self.commit[:8]}; commit it, or set tracking.dirty=record"
            )


@cache
def state(root: Path) -> Repository:
    """Return the state of a project's folder. It is read only once, because loaded code does not change."""
    try:
        commit = git(root, "rev-parse", "HEAD").decode().strip()
        listed = git(root, "status", "--porcelain", "--untracked-files=all", "--no-renames", "-z", "--", *CODE)
        entries = [(entry[:2], entry[3:]) for entry in os.fsdecode(listed).split("\0") if entry]
        new = [path for kind, path in entries if kind == "??" and path.endswith(UNTRACKED)]
        differing = sorted([*new, *(path for kind, path in entries if kind != "??")])
        return Repository(commit, tuple(differing), _changes(root, new) if differing else b"")
    except (OSError, subprocess.SubprocessError):
        return Repository(UNKNOWN, (), b"")


def git(root: Path, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
    """Run git and return what it prints.

    Args:
        given: its standard input.
        variables: environment variables to add.

    Raises:
        OSError, subprocess.SubprocessError: git is not installed, fails, or takes more than a minute.
    """
    environment = {**os.environ, "LC_ALL": "C", **(variables or {})}
    done = subprocess.run(
        ["git", *arguments], cwd=root, input=given, capture_output=True, check=True, timeout=60, env=environment
    )
    return done.stdout


def _changes(root: Path, new: Sequence[str]) -> bytes | None:
    """Return the differences of :data:`CODE` from the commit; None if they exceed :data:`LARGEST`.

    Args:
        new: files that git does not know yet.
    """
    if sum((top / path).stat().st_size for top in [_top(root)] for path in new) > LARGEST:
        return None
    with tempfile.TemporaryDirectory() as folder:
        variables: dict[str, str] = {}
        if new:  # a copy of the index, because the user's own must not change
            index = os.fsdecode(git(root, "rev-parse", "--git-path", "index")).rstrip("\n")
            variables = {"GIT_INDEX_FILE": shutil.copyfile(root / index, f"{folder}/index")}
            pathspecs = [f":(top,literal){path}" for path in new]
            git(root, "add", "--intent-to-add", "--", *pathspecs, variables=variables)
        # New files that are not in `new` are not in the index either, so the diff leaves them out.
        diff = git(root, "diff", "--binary", *PLAIN, "HEAD", "--", *CODE, variables=variables)
    return diff if len(diff) <= LARGEST else None


def _top(root: Path) -> Path:
    return Path(os.fsdecode(git(root, "rev-parse", "--show-toplevel")).rstrip("\n"))
