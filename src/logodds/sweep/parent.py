"""The record of a sweep's parent run: the ranking of its jobs as a table and as pictures, and the tracker's charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from logodds.evaluation import tables
from logodds.evaluation.metric import CURVES
from logodds.evaluation.plots import sweeps
from logodds.options.overrides import short_names
from logodds.runs.ranking import Ranked, Ranking, rank
from logodds.runs.repeats import SEED, Repeated
from logodds.sweep import ledger
from logodds.sweep.job import JobResult
from logodds.system.terminal.text import shortened
from logodds.tracking.pages import Charts

if TYPE_CHECKING:
    from logodds.tracking.run import Run
    from logodds.tracking.store import Store

LISTED = 20  # runs or configurations in the description of the parent run
WIDTH = 120  # characters of a name in it


def finished(ranking: Ranking[JobResult]) -> list[Ranked[JobResult]]:
    """Return the jobs that did not fail, in the order of the ranking."""
    return [ranked for ranked in ranking.runs if not ranked.run.reason]


def parent_name(kind: str, keys: Sequence[str]) -> str:
    """Return the name of the parent run, such as ``sweep lr hidden``."""
    return " ".join([kind, *short_names(keys).values()])


def configuration_name(repeats: Repeated[Ranked[JobResult]]) -> str:
    """Return the name of its best run without the seed, or the name of the problem if nothing is left."""
    best = repeats.best.run
    words = best.title.split(" ")
    for key in (SEED, SEED.rpartition(".")[2]):
        if (seed := f"{key}={best.config.train.seed}") in words:
            words.remove(seed)
            break
    return " ".join(words) or best.config.problem.name


def conclude(store: Store, parent: Run, varying: Sequence[str], results: Sequence[JobResult]) -> None:
    """Write the record of the parent run, and prepare the tracker's charts of the sweep.

    Args:
        store: the tracker's store.
        parent: the parent run.
        varying: Hydra keys whose values differ between the jobs.
        results: the results of all jobs.
    """
    parent.tags({ledger.FAILED: str(sum(bool(result.reason) for result in results))})
    ranking = rank(results)
    runs = finished(ranking)
    if not runs:
        return
    if (best := ranking.best()) is not None:
        parent.tags({"sweep.best": best.run_id_or_folder})
    if ranking.configurations:
        _write_configurations(parent, varying, ranking)
    _write_runs(parent, varying, ranking)
    figure = ranking.figure
    logged = sorted({*_curves(results), *(key for result in results for key in result.figures)})
    columns = [figure, *(key for key in ("best/f1", "best/roc_auc") if key in logged and key != figure)]
    store.prepare(Charts(parent.id, tuple(varying), tuple(columns), tuple(logged), not ranking.higher))


def _write_runs(parent: Run, varying: Sequence[str], ranking: Ranking[JobResult]) -> None:
    """Write a table with one row per run. If no configuration is repeated with several seeds, write pictures and the
    description of the runs too.
    """
    runs, figure = finished(ranking), ranking.figure
    rank_column = {"#": [ranked.rank for ranked in runs]} if ranking.apart else {}
    names = [ranked.run.title for ranked in runs]
    columns: dict[str, Sequence[Any]] = {**rank_column, "run": names}
    columns |= {key: [str(value) for value in given] for key, given in _parameters(runs, varying).items()}
    columns |= {figure: [ranked.value if ranked.rank else None for ranked in runs]}
    columns |= {"run id": [ranked.run.run_id_or_folder for ranked in runs]}
    if ranking.configurations:
        parent.artifacts({}, {"runs.json": columns})
        return
    ranked_runs = [ranked for ranked in runs if ranked.rank]
    titles = [f"{ranked.rank}: {ranked.run.title}" if ranking.apart else ranked.run.title for ranked in ranked_runs]
    values = [ranked.value for ranked in ranked_runs]
    pictures = sweeps.artifacts(titles, _parameters(ranked_runs, varying), figure, values) if ranked_runs else {}
    parent.artifacts(pictures, {"ranking.json": columns})
    shown = {key: columns[key][:LISTED] for key in (*rank_column, "run", figure)}
    shown["run"] = _short(names)
    parent.describe("\n\n".join([tables.markdown(shown), *map(tables.escaped, ranking.notes)]))


def _write_configurations(parent: Run, varying: Sequence[str], ranking: Ranking[JobResult]) -> None:
    """Write a table with one row per configuration, pictures with the spread over its seeds, and the description."""
    repeats, figure = ranking.configurations, ranking.figure
    parameters = _parameters([repeat.best for repeat in repeats], [key for key in varying if key != SEED])
    names, values = [configuration_name(repeat) for repeat in repeats], [repeat.mean for repeat in repeats]
    spreads = [math.nan if repeat.sd is None else repeat.sd for repeat in repeats]
    columns: dict[str, Sequence[Any]] = {"configuration": names}
    columns |= {key: [str(value) for value in given] for key, given in parameters.items()}
    columns |= {figure: values, f"{figure} sd": [repeat.sd for repeat in repeats]}
    columns["seeds"] = [len(repeat.results) for repeat in repeats]
    if any(repeat.failed for repeat in repeats):
        columns["seeds failed"] = [repeat.failed for repeat in repeats]
    columns["best run id"] = [repeat.best.run.run_id_or_folder for repeat in repeats]
    parent.artifacts(sweeps.artifacts(names, parameters, figure, values, spreads), {"ranking.json": columns})
    listed = repeats[:LISTED]
    shown: dict[str, Sequence[object]] = {"configuration": _short(names)}
    shown |= {figure: [repeat.text() for repeat in listed], "seeds": [repeat.seeds for repeat in listed]}
    parent.describe(tables.markdown(shown))


def _short(names: Sequence[str]) -> list[str]:
    """Return the names that a description lists, each so short that it fits in a tag with the others."""
    return [shortened(name, WIDTH) for name in names[:LISTED]]


def _parameters(runs: Sequence[Ranked[JobResult]], varying: Sequence[str]) -> dict[str, list[Any]]:
    flats = [ranked.run.config.flat() for ranked in runs]
    return {key: [flat.get(key) for flat in flats] for key in varying}


def _curves(results: Sequence[JobResult]) -> set[str]:
    """Return the names of the figures that are logged at each epoch."""
    followed = {f"val/{name}" for name in CURVES} | {result.config.train.monitor for result in results}
    return {"train/loss", "seconds/training", *followed}
