"""The pipeline's evaluate stage: the test rows of the model that the train stage wrote."""

from __future__ import annotations

from pathlib import Path

from logodds.runs import show, test_rows
from logodds.runs.config import read_file


def main(path: Path) -> int:
    """Evaluate the model in the folder of the configuration ``path``."""
    config = read_file(path)
    found = test_rows.of_folder(path.parent, config)
    show.show_evaluation(found, f"{config.problem.name}: test rows of {path.parent}")
    return 0
