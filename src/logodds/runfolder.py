"""Where trainings outside the pipeline keep their files. Needs no PyTorch, for the doctor looks there too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from logodds import provenance

if TYPE_CHECKING:
    from logodds.config import Config

UNFINISHED = "unfinished"  # where a run that trains alone is saved, below its folder
SHORT = 12  # characters of a configuration's signature in the name of its folder


def run_folder(config: Config) -> Path:
    """One folder per configuration."""
    return provenance.project_root() / "out" / "runs" / config.problem.name / config.signature[:SHORT]
