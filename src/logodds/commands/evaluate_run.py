"""The test rows of a recorded run."""

from __future__ import annotations

from logodds.runs import results, show, test_rows
from logodds.system.terminal import document


def main(run_id: str) -> int:
    """Evaluate the run of this id, of which the beginning may be given."""
    config, found = test_rows.of_run(run_id)
    document.add(run=run_id, problem=config.problem.name, evaluation=results.of_evaluation(found))
    show.show_evaluation(found, f"{config.problem.name}: test rows of run {run_id}")
    return 0
