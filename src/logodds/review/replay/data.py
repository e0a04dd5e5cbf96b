"""Find the files that a run read: those of the project, or the version of that time from DVC's cache."""

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
    """Return the configuration with its paths of files resolved against the project's folder ``root``.

    Raises:
        UserError: a path leads to something other than a file or a folder, such as a device that never ends.
    """
    result = {section: dict(values) for section, values in config.items()}
    for section, name in PATHS:
        path = result.get(section, {}).get(name)
        if path is not None:
            target = Path.home() / path[2:] if path.startswith("~/") else root / path
            if target.exists() and not (target.is_file() or target.is_dir()):
                raise UserError(f"{section}.{name}={shortened(path, 80)}: neither a file nor a folder; nothing was run")
            result[section][name] = str(target)
    return result


def fetched(config: Config, root: Path, project: Path) -> Config:
    """Check out the files that DVC pins in a worktree, and return the configuration with their paths.

    Args:
        config: the configuration, with paths as recorded.
        root: folder of the project, whose DVC cache is used and whose own files stay as they are.
        project: the project's folder in the worktree.

    Raises:
        NotComparableError: DVC does not pin the files, or its cache does not hold them.
    """
    inner = {key: _inner(config, key, root) for key in FILES}
    wanted = [path for path in inner.values() if path is not None]
    # An installed package is replayed in the project itself, not in a worktree; its files must stay as they are.
    if not wanted or project == root or not (project / ".dvc").is_dir():
        raise NotComparableError(_missing(config))
    cache = _dvc(root, "cache", "dir").strip()
    # DVC would not recognise the git repository of the worktree, so it must work without one.
    local = f'[core]\nno_scm = true\n[cache]\ndir = "{cache}"\n'
    (project / ".dvc" / "config.local").write_text(local)
    try:
        _dvc(project, "checkout", "--quiet", *wanted)
    except subprocess.SubprocessError as error:
        raise NotComparableError(_missing(config)) from error
    result = placed(config, root)
    for (section, name), path in inner.items():
        if path is not None:
            result[section][name] = str(project / path)
    return result


def _inner(config: Config, key: tuple[str, str], root: Path) -> str | None:
    """Return a path of the configuration relative to the project; None where it lies elsewhere or is not set.

    Args:
        key: section and name of the path in the configuration.
    """
    section, name = key
    path = config.get(section, {}).get(name)
    target = None if path is None or path.startswith("~/") else root / path
    return target.relative_to(root).as_posix() if target is not None and target.is_relative_to(root) else None


def _missing(config: Config) -> str:
    path = shortened(str(config.get("problem", {}).get("path")), 60)
    return f"data: {path} is not what the run read, nor does DVC's cache hold that; try dvc fetch --all-commits"


def _dvc(folder: Path, *arguments: str) -> str:
    """Run DVC in a folder, and return its output."""
    variables = {**os.environ, "DVC_NO_ANALYTICS": "true"}
    command = [sys.executable, "-m", "dvc", *arguments]
    process = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=True)
    return process.stdout
