"""Where trainings outside the pipeline keep their files. Imports no PyTorch, because the doctor looks there too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from logodds.system import locations

if TYPE_CHECKING:
    from logodds.runs.config import Config

UNFINISHED = "unfinished"  # subfolder with the checkpoints of a run that trains alone
SHORT = 12  # characters of a configuration's signature that name its folder


def run_folder(config: Config) -> Path:
    """Return the folder for the files of a configuration's run. Each configuration has its own."""
    return locations.project_root() / "out" / "runs" / config.problem.name / config.signature[:SHORT]
