"""How the jobs of a sweep ended: ranked, and in the parent's record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from logodds.engine import fit
from logodds.evaluation import part
from logodds.evaluation.metrics.monitors import ranking_figure
from logodds.evaluation.plots import sweeps
from logodds.runs.repeats import SEED, Repeated, repeated
from logodds.sweep import ledger
from logodds.sweep.result import JobResult
from logodds.tracking.pages import Charts

if TYPE_CHECKING:
    from logodds.tracking.run import Run
    from logodds.tracking.store import Store

LISTED = 20  # runs in the description of the parent's page


def order(results: Sequence[JobResult]) -> tuple[str, bool]:
    """The name of the figure that ranks them, and whether higher is better."""
    monitors = [result.config.train.monitor for result in results]
    return ranking_figure(monitors, {name for result in results for name in result.figures})


def ranked(results: Sequence[JobResult]) -> list[JobResult]:
    """Finished jobs, best first."""
    name, higher = order(results)
    finished = [result for result in results if name in result.figures]
    return sorted(finished, key=lambda result: -result.figures[name] if higher else result.figures[name])


def configurations(results: Sequence[JobResult]) -> list[Repeated[JobResult]]:
    """Finished jobs as configurations with their seeds, best first; empty where no two differ in the seed alone."""
    name, higher = order(results)
    keys = [repr({key: value for key, value in each.config.flat().items() if key != SEED}) for each in results]
    found = repeated(results, keys, [each.figures.get(name) for each in results], higher)
    return found if any(len(each.results) > 1 for each in found) else []


def configuration_name(repeats: Repeated[JobResult]) -> str:
    """The name of its best run without the seed; the problem's where nothing is left."""
    best = repeats.best
    words = best.title.split(" ")
    seed = f"{SEED.rpartition('.')[2]}={best.config.train.seed}"
    if seed in words:
        words.remove(seed)
    return " ".join(words) or best.config.problem.name


def conclude(store: Store, parent: Run, varying: Sequence[str], results: Sequence[JobResult]) -> None:
    """The parent's record, and the tracker's prepared view of the sweep."""
    name, higher = order(results)
    finished = ranked(results)
    parent.tags({ledger.FAILED: str(sum(bool(result.reason) for result in results))})
    if not finished:
        return
    repeats = configurations(results)
    if repeats:
        _record_repeats(parent, varying, repeats, name)
    best = repeats[0].best if repeats else finished[0]
    parent.tags({"sweep.best": best.place})
    parameters = _parameters(finished, varying)
    values = [result.figures[name] for result in finished]
    names = [result.title for result in finished]
    columns: dict[str, Sequence[Any]] = {
        "run": names,
        **{key: [str(each) for each in given] for key, given in parameters.items()},
    }
    places = [result.place for result in finished]
    listed = {"runs.json" if repeats else "ranking.json": {**columns, name: values, "run id": places}}
    parent.artifacts({} if repeats else sweeps.artifacts(names, parameters, name, values), listed)
    if not repeats:
        shown: dict[str, Sequence[object]] = {"run": names[:LISTED], name: values[:LISTED]}
        parent.describe(part.markdown(shown))
    logged = sorted({*_curves(results), *(key for result in results for key in result.figures)})
    columns_shown = [name, *(key for key in ("best/f1", "best/roc_auc") if key in logged and key != name)]
    store.prepare(Charts(parent.id, tuple(varying), tuple(columns_shown), tuple(logged), not higher))


def _record_repeats(parent: Run, varying: Sequence[str], repeats: Sequence[Repeated[JobResult]], name: str) -> None:
    """One row per configuration, and pictures with the spread over its seeds."""
    parameters = _parameters([each.best for each in repeats], [key for key in varying if key != SEED])
    names, values = [configuration_name(each) for each in repeats], [each.mean for each in repeats]
    spreads = [math.nan if each.sd is None else each.sd for each in repeats]
    columns: dict[str, Sequence[Any]] = {"configuration": names}
    columns |= {key: [str(each) for each in given] for key, given in parameters.items()}
    columns |= {name: values, f"{name} sd": [each.sd for each in repeats]}
    columns["seeds"] = [len(each.results) for each in repeats]
    if any(each.failed for each in repeats):
        columns["seeds failed"] = [each.failed for each in repeats]
    columns["best run id"] = [each.best.place for each in repeats]
    parent.artifacts(sweeps.artifacts(names, parameters, name, values, spreads), {"ranking.json": columns})
    listed = repeats[:LISTED]
    shown: dict[str, Sequence[object]] = {"configuration": names[:LISTED]}
    shown |= {name: [each.text() for each in listed], "seeds": [each.seeds for each in listed]}
    parent.describe(part.markdown(shown))


def _parameters(results: Sequence[JobResult], varying: Sequence[str]) -> dict[str, list[Any]]:
    flats = [result.config.flat() for result in results]
    return {key: [flat.get(key) for flat in flats] for key in varying}


def _curves(results: Sequence[JobResult]) -> set[str]:
    """Names of the figures that are logged by epoch."""
    followed = {f"val/{name}" for name in fit.CURVES} | {result.config.train.monitor for result in results}
    return {"train/loss", "seconds/training", *followed}
