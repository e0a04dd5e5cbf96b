"""The files that a run read: those that are there, or their version of that time out of DVC's cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from logodds.review.replay.evidence import FILES, PATHS, NotComparableError
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

Config = dict[str, dict[str, Any]]


def placed(config: Config, root: Path) -> Config:
    """The configuration with the paths that the project below ``root`` has for its files.

    Raises:
        UserError: a path of what is neither a file nor a folder, and might never end.
    """
    found = {section: dict(values) for section, values in config.items()}
    for section, name in PATHS:
        path = found.get(section, {}).get(name)
        if path is not None:
            place = Path.home() / path[2:] if path.startswith("~/") else root / path
            if place.exists() and not (place.is_file() or place.is_dir()):
                raise UserError(f"{section}.{name}={shortened(path, 80)}: neither a file nor a folder; nothing was run")
            found[section][name] = str(place)
    return found


def fetched(config: Config, root: Path, project: Path) -> Config:
    """The configuration with paths of the files that the worktree ``project`` pins, from the cache of the project at
    ``root``, whose own files stay as they are.

    Raises:
        NotComparableError: DVC does not pin them, or does not have them.
    """
    inner = {key: _inner(config, key, root) for key in FILES}
    wanted = [path for path in inner.values() if path is not None]
    # Of an installed package the project is no worktree, and its files stay as they are.
    if not wanted or project == root or not (project / ".dvc").is_dir():
        raise NotComparableError(_missing(config))
    cache = _dvc(root, "cache", "dir").strip()
    # The worktree is in no state in which DVC would recognise its git.
    local = f'[core]\nno_scm = true\n[cache]\ndir = "{cache}"\n'
    (project / ".dvc" / "config.local").write_text(local)
    try:
        _dvc(project, "checkout", "--quiet", *wanted)
    except subprocess.SubprocessError as error:
        raise NotComparableError(_missing(config)) from error
    found = placed(config, root)
    for (section, name), path in inner.items():
        if path is not None:
            found[section][name] = str(project / path)
    return found


def _inner(config: Config, key: tuple[str, str], root: Path) -> str | None:
    """A path below the project, None for others."""
    section, name = key
    path = config.get(section, {}).get(name)
    place = None if path is None or path.startswith("~/") else root / path
    return place.relative_to(root).as_posix() if place is not None and place.is_relative_to(root) else None


def _missing(config: Config) -> str:
    path = shortened(str(config.get("problem", {}).get("path")), 60)
    return f"data: {path} is not what the run read, nor does DVC's cache hold that; try dvc fetch --all-commits"


def _dvc(folder: Path, *arguments: str) -> str:
    variables = {**os.environ, "DVC_NO_ANALYTICS": "true"}
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=True)
    return done.stdout
