"""Results of runs as plain values, for the JSON document of a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from logodds.evaluation import intervals
from logodds.evaluation.evaluation import Evaluation
from logodds.runs.ranking import Rankable, Ranking

R = TypeVar("R", bound=Rankable)


def with_intervals(figures: Mapping[str, float]) -> dict[str, Any]:
    """Return final figures by their name in the record, and the 95 % intervals of those that have one."""
    bounds = {}
    for name in figures:
        part, _, figure = name.partition("/")
        interval = intervals.of_figure(figure, figures, part)
        if interval is not None:
            bounds[name] = list(interval)
    return {"figures": dict(figures), "intervals": bounds}


def of_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Return all figures of the evaluation of one part of the rows."""
    figures = {f"{evaluation.part}/{name}": value for name, value in evaluation.figures().items()}
    return {
        "part": evaluation.part,
        "classes": evaluation.classes,
        "confusion_matrix": evaluation.report.confusion,
        **with_intervals(figures),
    }


def of_ranking(ranking: Ranking[R], named: Callable[[R], Mapping[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """Return a ranking, best first.

    Args:
        named: gives what identifies a run, such as its id and name.
        keys: Hydra keys of the parameters to list.
    """
    runs = [
        {
            **named(ranked.run),
            "rank": ranked.rank,
            "value": ranked.value,
            "params": {key: ranked.run.params[key] for key in keys if key in ranked.run.params},
            **with_intervals(ranked.run.figures),
        }
        for ranked in ranking.runs
    ]
    configurations = [
        {
            "mean": configuration.mean,
            "sd": configuration.sd,
            "seeds": len(configuration.results),
            "failed": configuration.failed,
            "best": named(configuration.best.run),
        }
        for configuration in ranking.configurations
    ]
    best = ranking.best()
    return {
        "figure": ranking.figure,
        "higher_is_better": ranking.higher,
        "runs": runs,
        "configurations": configurations,
        "best": None if best is None else named(best),
    }
