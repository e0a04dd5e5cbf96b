"""The pipeline's evaluate stage: evaluate the train stage's model on the test rows."""

from __future__ import annotations

from pathlib import Path

from logodds.runs import results, show, test_rows
from logodds.runs.config import read_file
from logodds.system.terminal import document


def main(path: Path) -> int:
    """Evaluate the model in the folder that holds the configuration file ``path``."""
    config = read_file(path)
    evaluation = test_rows.of_folder(path.parent, config)
    document.add(folder=path.parent, problem=config.problem.name, evaluation=results.of_evaluation(evaluation))
    show.show_evaluation(evaluation, f"{config.problem.name}: {test_rows.described(config)} of {path.parent}")
    return 0
