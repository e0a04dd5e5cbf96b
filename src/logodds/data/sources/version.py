"""The version of a problem's files: its digest, and a check that it is the one that a run was trained on."""

from __future__ import annotations

from pathlib import Path

from logodds.data.problem import Problem
from logodds.data.sources.downloads import public
from logodds.data.sources.folders import shown
from logodds.system import hashes, locations
from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed


def digest(problem: Problem) -> str:
    """Return the md5 of what is read, and of nothing else.

    For one file it is the md5 of the file, otherwise that of a listing of the files and their digests, as DVC makes it.

    Raises:
        OSError: a file is missing.
    """
    return hashes.digest(problem.files(), problem.reads)


def check(problem: Problem, trained_on: str | None, run_id: str) -> None:
    """Check that the files are still those that a run was trained on, by the digest in its record.

    Args:
        problem: the problem whose files are checked.
        trained_on: the digest in the record of the run.
        run_id: the run, for the message.

    Raises:
        UserError: a file is missing or has changed; the message says which, and how to get the earlier version back.
    """
    paths = problem.files()
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise UserError(f"{shown(missing)}: missing, but run {run_id} was trained on it; {_restore_hint(missing)}")
    current = digest(problem)
    if current != trained_on:
        files = [file for _, file in hashes.listing(paths, problem.reads)]
        newest = max(files, key=lambda path: path.stat().st_mtime_ns, default=paths[0])
        detail = " changed last," if len(files) > 1 else ""
        raise UserError(
            f"{shown(newest)}:{detail} md5 {current[:8]}…, but run {run_id} was trained on {str(trained_on)[:8]}…; "
            f"{_restore_hint(newest)}"
        )


def _restore_hint(path: Path) -> str:
    """Return a hint on how to get the earlier version of a file back."""
    root = locations.project_root()
    match path.absolute().relative_to(root).parts if path.absolute().is_relative_to(root) else ():
        case ("data", *_):
            return "bring that version back (git checkout data.dvc && dvc checkout)"
        case (public.FOLDER, name, *_) if name in public.PUBLIC:
            return f"bring that version back ({typed(f'fetch {name}')})"
    return "put that version back, or train again"
