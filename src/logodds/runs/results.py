"""Results of runs as the plain values of a command's JSON document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from logodds.evaluation import intervals
from logodds.evaluation.part import Evaluation
from logodds.runs.ranking import Rankable, Ranking

R = TypeVar("R", bound=Rankable)


def with_intervals(figures: Mapping[str, float]) -> dict[str, Any]:
    """Final figures by their name in the record, and the 95 % intervals of those that have one."""
    found = {}
    for name in figures:
        part, _, figure = name.partition("/")
        interval = intervals.of_figure(figure, figures, part)
        if interval is not None:
            found[name] = list(interval)
    return {"figures": dict(figures), "intervals": found}


def of_evaluation(found: Evaluation) -> dict[str, Any]:
    """All figures of one part of the rows."""
    figures = {f"{found.part}/{name}": value for name, value in found.report.figures().items()}
    return {
        "part": found.part,
        "classes": found.classes,
        "confusion_matrix": found.report.confusion,
        **with_intervals(figures),
    }


def of_ranking(ranking: Ranking[R], named: Callable[[R], Mapping[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """A ranking, best first.

    Args:
        named: what tells a run, such as its id and name.
        keys: of the parameters that are listed.
    """
    runs = [
        {
            **named(each.run),
            "place": each.place,
            "value": each.value,
            "params": {key: each.run.params[key] for key in keys if key in each.run.params},
            **with_intervals(each.run.figures),
        }
        for each in ranking.runs
    ]
    configurations = [
        {
            "mean": each.mean,
            "sd": each.sd,
            "seeds": len(each.results),
            "failed": each.failed,
            "best": named(each.best.run),
        }
        for each in ranking.configurations
    ]
    best = ranking.best()
    return {
        "figure": ranking.figure,
        "higher_is_better": ranking.higher,
        "runs": runs,
        "configurations": configurations,
        "best": None if best is None else named(best),
    }
