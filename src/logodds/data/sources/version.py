"""Which version of its files a problem has, and whether it is the one that a run was trained on."""

from __future__ import annotations

from pathlib import Path

from logodds.data.problem import Problem
from logodds.data.sources.downloads import public
from logodds.data.sources.folders import shown
from logodds.system import hashes, places
from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed


def digest(problem: Problem) -> str:
    """md5 of what is read, and of nothing beside it: of one file its own, of several that of their listing.

    Raises:
        OSError: a file is missing.
    """
    return hashes.digest(problem.files(), problem.reads)


def check(problem: Problem, trained_on: str | None, run_id: str) -> None:
    """Refuse files that are not those of a run, by the digest that its record has.

    Raises:
        UserError: a file is missing or another one; it says which, and how to get the earlier version back.
    """
    paths = problem.files()
    gone = next((path for path in paths if not path.exists()), None)
    if gone is not None:
        raise UserError(f"{shown(gone)}: missing, but run {run_id} was trained on it; {_back(gone)}")
    now = digest(problem)
    if now != trained_on:
        files = [file for _, file in hashes.listing(paths, problem.reads)]
        last = max(files, key=lambda path: path.stat().st_mtime_ns, default=paths[0])
        beside = " changed last," if len(files) > 1 else ""
        raise UserError(
            f"{shown(last)}:{beside} md5 {now[:8]}…, but run {run_id} was trained on {str(trained_on)[:8]}…; "
            f"{_back(last)}"
        )


def _back(path: Path) -> str:
    """How to get the earlier version of a file."""
    root = places.project_root()
    match path.absolute().relative_to(root).parts if path.absolute().is_relative_to(root) else ():
        case ("data", *_):
            return "bring that version back (git checkout data.dvc && dvc checkout)"
        case (public.FOLDER, name, *_) if name in public.PUBLIC:
            return f"bring that version back ({typed(f'fetch {name}')})"
    return "put that version back, or train again"
