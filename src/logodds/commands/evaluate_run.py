"""Evaluate a recorded run on its test rows."""

from __future__ import annotations

from logodds.runs import results, show, test_rows
from logodds.system.terminal import document


def main(run_id: str) -> int:
    """Evaluate the run with the id ``run_id``, which may be shortened to its first characters."""
    evaluated, config, evaluation = test_rows.of_run(run_id)
    document.add(run=evaluated, problem=config.problem.name, evaluation=results.of_evaluation(evaluation))
    show.show_evaluation(evaluation, f"{config.problem.name}: {test_rows.described(config)} of run {run_id}")
    return 0
