"""Where trainings outside the pipeline keep their files. Needs no PyTorch, for the doctor looks there too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from logodds.system import places

if TYPE_CHECKING:
    from logodds.runs.config import Config

UNFINISHED = "unfinished"  # where a run that trains alone is saved, below its folder
SHORT = 12  # characters of a configuration's signature in the name of its folder


def run_folder(config: Config) -> Path:
    """One folder per configuration."""
    return places.project_root() / "out" / "runs" / config.problem.name / config.signature[:SHORT]
