"""The pipeline's evaluate stage: the test rows of the model that the train stage wrote."""

from __future__ import annotations

from pathlib import Path

from logodds.runs import results, show, test_rows
from logodds.runs.config import read_file
from logodds.system.terminal import document


def main(path: Path) -> int:
    """Evaluate the model in the folder of the configuration ``path``."""
    config = read_file(path)
    found = test_rows.of_folder(path.parent, config)
    document.add(folder=path.parent, problem=config.problem.name, evaluation=results.of_evaluation(found))
    show.show_evaluation(found, f"{config.problem.name}: test rows of {path.parent}")
    return 0
