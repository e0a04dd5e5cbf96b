"""The commit that the code comes from, and how the working tree differs from it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

CODE = ("src", "conf", "dvc.yaml", "data.dvc", "pyproject.toml")  # paths below the project that affect a result
UNTRACKED = (".py", ".yaml")  # suffixes of new files that do
LISTED = ("--porcelain", "--untracked-files=all", "--ignored", "--no-renames")
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
        ignored: those of ``differing`` that git ignores.
        unknown: why the commit is not known; None if it is.
    """

    commit: str
    differing: tuple[str, ...]
    changes: bytes | None
    ignored: tuple[str, ...] = ()
    unknown: Unknown | None = None

    def tags(self) -> dict[str, str]:
        """Return the tags of a run's record."""
        if self.unknown is not None:
            return {"git.commit": UNKNOWN, "git.dirty": UNKNOWN, CAUSE: self.unknown.cause}
        tags = {"git.commit": self.commit, "git.dirty": str(bool(self.differing)).lower()}
        digest = {"uncommitted.sha256": hashlib.sha256(self.changes).hexdigest()} if self.changes else {}
        return tags | digest

    def notes(self) -> list[str]:
        """Return what a user should know: why the record lacks the commit, or that git ignores code."""
        if self.ignored:
            more = f" and {len(self.ignored) - 1} more" if len(self.ignored) > 1 else ""
            return [
                f"git ignores {shortened(self.ignored[0], 80)}{more}, so no commit holds this code; the record has it "
                "as a change that is not committed"
            ]
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
            ignored = f" (git ignores {shortened(self.ignored[0], 80)}: git add --force)" if self.ignored else ""
            raise UserError(
                f"tracking.dirty=refuse: {shortened(self.differing[0], 80)}{differ} from commit "
                f"{self.commit[:8]}; commit it{ignored}, or set tracking.dirty=record"
            )


@cache
def state(root: Path) -> Repository:
    """Return the state of a project's folder. It is read only once, because loaded code does not change."""
    try:
        commit = git(root, "rev-parse", "HEAD").decode().strip()
        with _index(root) as index:
            listed = git(root, "status", *LISTED, "-z", "--", *CODE, variables=index)
            entries = [(entry[:2], entry[3:]) for entry in os.fsdecode(listed).split("\0") if entry]
            ignored = tuple(sorted(path for kind, path in entries if kind == "!!" and _is_code(path)))
            new = [path for kind, path in entries if kind == "??" and path.endswith(UNTRACKED)]
            differing = sorted([*new, *ignored, *(path for kind, path in entries if kind not in ("??", "!!"))])
            changes = _changes(root, [*new, *ignored], index) if differing else b""
            return Repository(commit, tuple(differing), changes, ignored)
    except (OSError, subprocess.SubprocessError) as error:
        return Repository(UNKNOWN, (), b"", unknown=_unknown(error))


def _is_code(path: str) -> bool:
    """Return whether a file that git ignores may be code of the project, and not a copy of an editor or of a notebook.
    Ignored configuration is not asked for: a run's record holds its values, and it may be ignored to be kept secret."""
    return path.endswith(".py") and not any(part.startswith(".") for part in PurePosixPath(path).parts)


@contextmanager
def _index(root: Path) -> Iterator[dict[str, str]]:
    """Yield the environment variable of a copy of git's index, because the user's own must not change. In it no file is
    taken for unchanged without a look, as after ``git update-index --assume-unchanged``, but for those that a sparse
    checkout leaves out."""
    index = root / os.fsdecode(git(root, "rev-parse", "--git-path", "index")).rstrip("\n")
    with tempfile.TemporaryDirectory() as folder:
        variables = {"GIT_INDEX_FILE": f"{folder}/index"}
        if index.exists():
            shutil.copyfile(index, variables["GIT_INDEX_FILE"])
        listed = os.fsdecode(git(root, "ls-files", "-v", "-z", "--", *CODE)).split("\0")
        unseen = [
            entry[2:]
            for entry in listed
            if entry and (entry[0].islower() or entry[0] == "S")
            if entry[0] not in "Ss" or os.path.lexists(root / entry[2:])
        ]
        given = os.fsencode("".join(f"{path}\0" for path in unseen))
        for flag in ("--no-assume-unchanged", "--no-skip-worktree") if unseen else ():
            git(root, "update-index", flag, "-z", "--stdin", given=given, variables=variables)
        yield variables


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


def _changes(root: Path, new: Sequence[str], index: Mapping[str, str]) -> bytes | None:
    """Return the differences of :data:`CODE` from the commit; None if they exceed :data:`LARGEST`.

    Args:
        new: files that git does not know yet.
        index: environment variable of a copy of git's index, to which they are added.
    """
    if sum((top / path).lstat().st_size for top in [_top(root)] for path in new) > LARGEST:
        return None
    if new:
        pathspecs = [f":(top,literal){path}" for path in new]
        git(root, "add", "--force", "--intent-to-add", "--", *pathspecs, variables=index)
    # New files that are not in `new` are not in the index either, so the diff leaves them out.
    diff = git(root, "diff", "--binary", *PLAIN, "HEAD", "--", *CODE, variables=index)
    return diff if len(diff) <= LARGEST else None


def _top(root: Path) -> Path:
    return Path(os.fsdecode(git(root, "rev-parse", "--show-toplevel")).rstrip("\n"))
