"""Where the project and its store lie on this machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def project_root() -> Path:
    """The folder that holds ``conf/`` and ``src/``."""
    return Path(__file__).resolve().parents[3]


def store_root() -> Path:
    """The folder whose ``mlruns/`` is the one store: DVC's queued experiments run in a copy below ``.dvc/tmp``."""
    root = project_root()
    for folder in root.parents:
        if folder.name == ".dvc" and (folder.parent / "dvc.yaml").is_file():
            return folder.parent
    return root
