"""The record of a sweep's parent run: the ranking of its jobs, as a table and as pictures, and the tracker's charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from logodds.evaluation import part
from logodds.evaluation.metric import CURVES
from logodds.evaluation.plots import sweeps
from logodds.options.overrides import short_names
from logodds.runs.ranking import Ranked, Ranking, rank
from logodds.runs.repeats import SEED, Repeated
from logodds.sweep import ledger
from logodds.sweep.job import JobResult
from logodds.tracking.pages import Charts

if TYPE_CHECKING:
    from logodds.tracking.run import Run
    from logodds.tracking.store import Store

LISTED = 20  # runs in the description of the parent's page


def finished(ranking: Ranking[JobResult]) -> list[Ranked[JobResult]]:
    """The jobs that did not fail, in the order of the ranking."""
    return [each for each in ranking.runs if not each.run.reason]


def parent_name(kind: str, keys: Sequence[str]) -> str:
    """What the parent run is called: ``sweep lr hidden``."""
    return " ".join([kind, *short_names(keys).values()])


def configuration_name(repeats: Repeated[Ranked[JobResult]]) -> str:
    """The name of its best run without the seed; the problem's where nothing is left."""
    best = repeats.best.run
    words = best.title.split(" ")
    for key in (SEED, SEED.rpartition(".")[2]):
        if (seed := f"{key}={best.config.train.seed}") in words:
            words.remove(seed)
            break
    return " ".join(words) or best.config.problem.name


def conclude(store: Store, parent: Run, varying: Sequence[str], results: Sequence[JobResult]) -> None:
    """Write the parent's record and the tracker's prepared view of the sweep.

    Args:
        varying: Hydra keys whose values differ among the jobs.
        results: of all jobs.
    """
    parent.tags({ledger.FAILED: str(sum(bool(result.reason) for result in results))})
    ranking = rank(results)
    runs = finished(ranking)
    if not runs:
        return
    if (best := ranking.best()) is not None:
        parent.tags({"sweep.best": best.place})
    if ranking.configurations:
        _write_configurations(parent, varying, ranking)
    _write_runs(parent, varying, ranking)
    figure = ranking.figure
    logged = sorted({*_curves(results), *(key for result in results for key in result.figures)})
    columns = [figure, *(key for key in ("best/f1", "best/roc_auc") if key in logged and key != figure)]
    store.prepare(Charts(parent.id, tuple(varying), tuple(columns), tuple(logged), not ranking.higher))


def _write_runs(parent: Run, varying: Sequence[str], ranking: Ranking[JobResult]) -> None:
    """One row per run. Pictures and the page's description show runs where configurations have no repeats."""
    runs, figure = finished(ranking), ranking.figure
    places = {"#": [each.place for each in runs]} if ranking.apart else {}
    names = [each.run.title for each in runs]
    columns: dict[str, Sequence[Any]] = {**places, "run": names}
    columns |= {key: [str(each) for each in given] for key, given in _parameters(runs, varying).items()}
    columns |= {figure: [each.value if each.place else None for each in runs]}
    columns |= {"run id": [each.run.place for each in runs]}
    if ranking.configurations:
        parent.artifacts({}, {"runs.json": columns})
        return
    placed = [each for each in runs if each.place]
    titles = [f"{each.place}: {each.run.title}" if ranking.apart else each.run.title for each in placed]
    pictures = sweeps.artifacts(titles, _parameters(placed, varying), figure, [each.value for each in placed])
    parent.artifacts(pictures if placed else {}, {"ranking.json": columns})
    shown = {key: columns[key][:LISTED] for key in (*places, "run", figure)}
    parent.describe("\n\n".join([part.markdown(shown), *ranking.notes]))


def _write_configurations(parent: Run, varying: Sequence[str], ranking: Ranking[JobResult]) -> None:
    """One row per configuration, and pictures with the spread over its seeds."""
    repeats, figure = ranking.configurations, ranking.figure
    parameters = _parameters([each.best for each in repeats], [key for key in varying if key != SEED])
    names, values = [configuration_name(each) for each in repeats], [each.mean for each in repeats]
    spreads = [math.nan if each.sd is None else each.sd for each in repeats]
    columns: dict[str, Sequence[Any]] = {"configuration": names}
    columns |= {key: [str(each) for each in given] for key, given in parameters.items()}
    columns |= {figure: values, f"{figure} sd": [each.sd for each in repeats]}
    columns["seeds"] = [len(each.results) for each in repeats]
    if any(each.failed for each in repeats):
        columns["seeds failed"] = [each.failed for each in repeats]
    columns["best run id"] = [each.best.run.place for each in repeats]
    parent.artifacts(sweeps.artifacts(names, parameters, figure, values, spreads), {"ranking.json": columns})
    listed = repeats[:LISTED]
    shown: dict[str, Sequence[object]] = {"configuration": names[:LISTED]}
    shown |= {figure: [each.text() for each in listed], "seeds": [each.seeds for each in listed]}
    parent.describe(part.markdown(shown))


def _parameters(runs: Sequence[Ranked[JobResult]], varying: Sequence[str]) -> dict[str, list[Any]]:
    flats = [each.run.config.flat() for each in runs]
    return {key: [flat.get(key) for flat in flats] for key in varying}


def _curves(results: Sequence[JobResult]) -> set[str]:
    """Names of the figures that are logged by epoch."""
    followed = {f"val/{name}" for name in CURVES} | {result.config.train.monitor for result in results}
    return {"train/loss", "seconds/training", *followed}
