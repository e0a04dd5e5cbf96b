"""The commit that the code comes from, and how the working tree differs from it."""

from __future__ import annotations

import hashlib
import os
import re
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
CAUSE = "git.unknown"  # tag: why the commit is unknown
# These make the diff the same bytes, whatever a user has set for display.
PLAIN = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/")
#: Variables that lead git to another repository than that of the folder. Hooks and ``git rebase --exec`` set some.
ELSEWHERE = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_GRAFT_FILE"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_IMPLICIT_WORK_TREE"),
)


@dataclass(frozen=True)
class Unknown:
    """Why the commit of the code is not known.

    Attributes:
        cause: what is the matter, such as ``git is not installed``.
        remedy: what to do.
    """

    cause: str
    remedy: str


@dataclass(frozen=True)
class Repository:
    """The state of a working tree.

    Attributes:
        commit: HEAD, or ``unknown``.
        differing: paths, in the repository, of files that differ from the commit.
        changes: a diff with which ``git apply`` turns the commit into the working tree; None if it exceeds 1 MiB.
        unknown: why the commit is not known; None if it is.
    """

    commit: str
    differing: tuple[str, ...]
    changes: bytes | None
    unknown: Unknown | None = None

    def tags(self) -> dict[str, str]:
        """Return the tags of a run's record."""
        if self.unknown is not None:
            return {"git.commit": UNKNOWN, "git.dirty": UNKNOWN, CAUSE: self.unknown.cause}
        tags = {"git.commit": self.commit, "git.dirty": str(bool(self.differing)).lower()}
        digest = {"uncommitted.sha256": hashlib.sha256(self.changes).hexdigest()} if self.changes else {}
        return tags | digest

    def notes(self) -> list[str]:
        """Return a note that the record lacks the commit, and why; none if it has it."""
        if self.unknown is None:
            return []
        return [f"the record lacks the commit of the code: {self.unknown.cause}; {self.unknown.remedy}"]

    def refuse(self) -> None:
        """Refuse a working tree if its commit alone does not identify all of the code.

        Raises:
            UserError: the commit is not known, or a file differs from it.
        """
        if self.unknown is not None:
            raise UserError(
                f"tracking.dirty=refuse: {self.unknown.cause}; {self.unknown.remedy}, or set tracking.dirty=record"
            )
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
    except (OSError, subprocess.SubprocessError) as error:
        return Repository(UNKNOWN, (), b"", _unknown(error))


def git(root: Path, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
    """Run git in a folder, for the repository that contains it, and return what it prints.

    Args:
        given: its standard input.
        variables: environment variables to add.

    Raises:
        OSError, subprocess.SubprocessError: git is not installed, fails, or takes more than a minute.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    environment = {**kept, "LC_ALL": "C", **(variables or {})}
    done = subprocess.run(
        ["git", *arguments], cwd=root, input=given, capture_output=True, check=True, timeout=60, env=environment
    )
    return done.stdout


def _unknown(error: Exception) -> Unknown:
    """Return why git does not tell the commit."""
    if isinstance(error, FileNotFoundError) and error.filename == "git":
        return Unknown("git is not installed", "install it")
    told = os.fsdecode(error.stderr or b"") if isinstance(error, subprocess.CalledProcessError) else str(error)
    trusting = re.search(r"git config --global --add safe\.directory .+", told)
    if trusting:
        return Unknown("git refuses the folder, which belongs to another user", trusting[0])
    if "not a git repository" in told:
        return Unknown("the project is in no git repository", "git init and a commit make one")
    if "ambiguous argument 'HEAD'" in told:
        return Unknown("the repository has no commit", "commit the project")
    line = next((line for line in told.splitlines() if line), type(error).__name__)
    return Unknown(f"git fails ({shortened(line, 80)})", "mend the repository")


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
