"""Worktrees: what they hold, and that nothing is left of them."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import ROOT, commit, environment, git

from logodds.review.replay import worktree
from logodds.review.replay.evidence import NotComparableError
from logodds.system.errors import UserError

pytestmark = pytest.mark.slow

SLEEP = """
import sys, time
from pathlib import Path
from logodds.system.terminal import command
from logodds.review.replay import worktree

def main():
    with worktree.checkout(Path(sys.argv[1]), sys.argv[2], b"") as project:
        print(project, flush=True)
        time.sleep(60)

command.run(main)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a folder of a repository, with hooks that would tell of themselves."""
    found = tmp_path / "repository" / "project"
    (found / "src").mkdir(parents=True)
    (found / "src" / "a.py").write_text("a = 1\n")
    git(found, "init", "--quiet", "..")
    commit(found, "Files")
    hook = found.parent / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'hooked'}\n")
    hook.chmod(0o755)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return found


def diff(project: Path, name: str, text: str) -> bytes:
    """What makes a file of the project hold a text; the project stays as it is."""
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    git(project, "add", "--force", "--all")
    found = git(project, "diff", "--cached", "--binary").encode()
    git(project, "reset", "--quiet", "--hard")
    return found


def untouched(project: Path) -> bool:
    clean = git(project, "status", "--porcelain") == "" and len(git(project, "worktree", "list").splitlines()) == 1
    temporary = project.parents[1] / "temporary"
    return clean and list(temporary.iterdir()) == [] and not (project.parents[1] / "hooked").exists()


def test_a_commit_with_changes_is_there_for_a_while(project: Path) -> None:
    changes = diff(project, "src/a.py", "a = 2 \n")
    first = git(project, "rev-parse", "HEAD").strip()
    (project / "src" / "a.py").write_text("a = 3\n")
    commit(project, "Later")
    with worktree.checkout(project, first, b"") as found:
        assert (found / "src" / "a.py").read_text() == "a = 1\n"
        assert found.name == "project"
    with worktree.checkout(project, first, changes) as found:
        assert (found / "src" / "a.py").read_text() == "a = 2 \n"
    assert worktree.changed(project, changes) == ["project/src/a.py"]
    assert not found.exists()
    assert untouched(project)


def test_nothing_is_left_after_an_error(project: Path) -> None:
    with pytest.raises(ZeroDivisionError), worktree.checkout(project, git(project, "rev-parse", "HEAD").strip(), b""):
        raise ZeroDivisionError
    assert untouched(project)


@pytest.mark.parametrize(
    ("name", "text"),
    [("other.py", "x = 1\n"), ("../src/a.py", "x = 1\n"), (".dvc/config", "x\n"), ("srcs/a.py", "x\n")],
)
def test_changes_of_other_files_are_refused(project: Path, name: str, text: str) -> None:
    changes = diff(project, name, text)
    head = git(project, "rev-parse", "HEAD").strip()
    with pytest.raises(UserError, match="not code of the project; nothing was run"):
        worktree.checkout(project, head, changes).__enter__()
    assert untouched(project)


def test_what_is_not_there_or_does_not_fit_is_not_comparable(project: Path) -> None:
    changes = diff(project, "src/a.py", "a = 2\n")
    (project / "src" / "a.py").write_text("a = 3\n")
    head = commit(project, "Later")
    for given, made, reason in (
        ("b" * 40, b"", "is not in this"),
        (head, changes, "does not fit"),
        (head, b"x", "read"),
    ):
        with pytest.raises(NotComparableError, match=reason):
            worktree.checkout(project, given, made).__enter__()
        assert untouched(project)


def ended(project: Path, number: signal.Signals) -> int:
    """The exit code of a process that a signal ends while it has a worktree."""
    variables = environment(project, PYTHONPATH=str(ROOT / "src"), TMPDIR=str(project.parents[1] / "temporary"))
    arguments = [sys.executable, "-c", SLEEP, str(project), git(project, "rev-parse", "HEAD").strip()]
    process = subprocess.Popen(arguments, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    place = Path(process.stdout.readline().strip())
    assert (place / "src" / "a.py").is_file()
    process.send_signal(number)
    process.communicate(timeout=60)
    return process.returncode


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_nothing_is_left_after_a_signal(project: Path, number: signal.Signals) -> None:
    assert ended(project, number) == 128 + number
    assert untouched(project)


def test_what_a_killed_process_left_is_removed_by_the_next(project: Path) -> None:
    assert ended(project, signal.SIGKILL) == -signal.SIGKILL
    assert not untouched(project)
    head = git(project, "rev-parse", "HEAD").strip()
    with worktree.checkout(project, head, b""), worktree.checkout(project, head, b""):  # those of the living stay
        assert len(git(project, "worktree", "list").splitlines()) == 3
    assert untouched(project)
