"""How the jobs of a sweep ended: ranked, in the parent's record and on the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logodds import evaluation, fit, tables, views
from logodds.config import Config
from logodds.errors import counted
from logodds.metrics.monitors import ranking_figure
from logodds.names import figure, printable
from logodds.plots import sweeps
from logodds.repeats import SEED, Repeated, repeated

if TYPE_CHECKING:
    from logodds.tracking.run import Run
    from logodds.tracking.store import Store

LISTED = 20  # runs on the terminal and in the description of the parent's page
SHORT = 12  # characters of a run's name that leave room for all figures
NAMED = 4  # runs that failed for one reason
COMPARED = 10  # runs on the comparison page: more do not fit side by side


@dataclass(frozen=True)
class Result:
    """How a job ended: final figures by their name in the record, or the reason why there are none. ``place``: id of
    its run, its folder without a tracker; ``stopped``: the epoch after which a search let it go, 0 otherwise."""

    name: str
    config: Config
    figures: Mapping[str, float]
    place: str
    reason: str
    stopped: int = 0

    @property
    def title(self) -> str:
        """Its name, and that it was let go."""
        return f"{self.name} (stopped at {self.stopped})" if self.stopped else self.name


def _order(results: Sequence[Result]) -> tuple[str, bool]:
    monitors = [result.config.train.monitor for result in results]
    return ranking_figure(monitors, {name for result in results for name in result.figures})


def _ranked(results: Sequence[Result]) -> list[tuple[Result, float]]:
    """Finished jobs, best first, with the figure that ranks them."""
    name, higher = _order(results)
    found = [(result, result.figures[name]) for result in results if name in result.figures]
    return sorted(found, key=lambda item: -item[1] if higher else item[1])


def _configurations(results: Sequence[Result]) -> list[Repeated[Result]]:
    """Finished jobs as configurations with their seeds, best first; empty where no two differ in the seed alone."""
    name, higher = _order(results)
    keys = [repr({key: value for key, value in each.config.flat().items() if key != SEED}) for each in results]
    found = repeated(results, keys, [each.figures.get(name) for each in results], higher)
    return found if any(len(each.results) > 1 for each in found) else []


def _configuration(repeats: Repeated[Result]) -> str:
    """The name of its best run without the seed; the problem's where nothing is left."""
    best = repeats.best
    words = best.title.split(" ")
    seed = f"{SEED.rpartition('.')[2]}={best.config.train.seed}"
    if seed in words:
        words.remove(seed)
    return " ".join(words) or best.config.problem.name


def conclude(store: Store, parent: Run, varying: Sequence[str], results: Sequence[Result]) -> None:
    """The parent's record, and the UI's view of the sweep."""
    name, higher = _order(results)
    ranked = _ranked(results)
    parent.tags({"sweep.failed": str(sum(bool(result.reason) for result in results))})
    if not ranked:
        return
    repeats = _configurations(results)
    if repeats:
        _record_repeats(parent, varying, repeats, name)
    best = repeats[0].best if repeats else ranked[0][0]
    parent.tags({"sweep.best": best.place})
    parameters = _parameters([result for result, _ in ranked], varying)
    values = [value for _, value in ranked]
    names = [result.title for result, _ in ranked]
    columns = {"run": names, **{key: [str(each) for each in given] for key, given in parameters.items()}}
    places = [result.place for result, _ in ranked]
    parent.table({**columns, name: values, "run id": places}, "runs.json" if repeats else "ranking.json")
    if not repeats:
        parent.artifacts(sweeps.artifacts(names, parameters, name, values))
        shown: dict[str, Sequence[object]] = {"run": names[:LISTED], name: values[:LISTED]}
        parent.tags({"mlflow.note.content": evaluation.markdown(shown)})
    logged = sorted({*_curves(results), *(key for result in results for key in result.figures)})
    columns_shown = [name, *(key for key in ("best/f1", "best/roc_auc") if key in logged and key != name)]
    state = views.sweep_state(parent.id, varying, columns_shown, logged, not higher)
    store.share_view(_view_key(parent.id), f"sweep {parent.id[:8]}", state)


def _record_repeats(parent: Run, varying: Sequence[str], repeats: Sequence[Repeated[Result]], name: str) -> None:
    """One row per configuration, and pictures with the spread over its seeds."""
    parameters = _parameters([each.best for each in repeats], [key for key in varying if key != SEED])
    names, values = [_configuration(each) for each in repeats], [each.mean for each in repeats]
    spreads = [math.nan if each.sd is None else each.sd for each in repeats]
    parent.artifacts(sweeps.artifacts(names, parameters, name, values, spreads))
    columns: dict[str, Sequence[Any]] = {"configuration": names}
    columns |= {key: [str(each) for each in given] for key, given in parameters.items()}
    columns |= {name: values, f"{name} sd": [each.sd for each in repeats]}
    columns["seeds"] = [len(each.results) for each in repeats]
    if any(each.failed for each in repeats):
        columns["seeds failed"] = [each.failed for each in repeats]
    columns["best run id"] = [each.best.place for each in repeats]
    parent.table(columns, "ranking.json")
    listed = repeats[:LISTED]
    shown: dict[str, Sequence[object]] = {"configuration": names[:LISTED]}
    shown |= {name: [each.text() for each in listed], "seeds": [each.seeds for each in listed]}
    parent.tags({"mlflow.note.content": evaluation.markdown(shown)})


def _parameters(results: Sequence[Result], varying: Sequence[str]) -> dict[str, list[Any]]:
    flats = [result.config.flat() for result in results]
    return {key: [flat.get(key) for flat in flats] for key in varying}


def _curves(results: Sequence[Result]) -> set[str]:
    """Names of the figures that are logged by epoch."""
    followed = {f"val/{name}" for name in fit.CURVES} | {result.config.train.monitor for result in results}
    return {"train/loss", "seconds/training", *followed}


def _view_key(parent: str) -> str:
    return f"sweep-{parent[:12]}"


def show(results: Sequence[Result], store: Store | None, parent: str | None) -> None:
    name, _ = _order(results)
    ranked, repeats = _ranked(results), _configurations(results)
    done = f"{len(ranked)} of {len(results)} runs" if len(ranked) < len(results) else counted(len(results), "run")
    problem = results[0].config.problem.name
    where = "ranking.json of the parent run" if store is not None else "the folders below out/runs"
    if repeats:
        rows, headers = _rows_of_repeats(repeats, name)
        title = f"{problem}: {counted(len(repeats), 'configuration')} of {done}, best mean validation figure first"
    else:
        rows, headers = _rows_of_runs(ranked, name)
        title = f"{problem}: {done} by validation figures, best first"
    tables.show_ranking(rows[:LISTED], headers, title)
    if len(rows) > LISTED:
        print(f"… and {len(rows) - LISTED} more in {where}")
    reasons: dict[str, list[str]] = {}
    for result in results:
        if result.reason:
            reasons.setdefault(result.reason, []).append(result.name)
    for reason, names in reasons.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        print(printable(f"failed: {', '.join(names[:NAMED])}{more}: {reason}"))
    if store is None or parent is None or not ranked:
        return
    best = [each.best.place for each in repeats] or [result.place for result, _ in ranked]
    print(f"charts:   {views.view_url(store.base, store.experiment, _view_key(parent))}")
    print(f"compare:  {views.compare_url(store.base, store.experiment, best[:COMPARED])}")
    print(f"best run: {views.run_url(store.base, store.experiment, best[0])}")
    print(f"one page of all: python src/compare.py sweep={parent}")
    print(f"open the test rows for it: python src/evaluate.py run={best[0]}")


def _rows_of_runs(ranked: Sequence[tuple[Result, float]], name: str) -> tuple[list[list[str]], list[str]]:
    """The cells of the table of runs, and its headers."""
    rows = []
    for place, (result, value) in enumerate(ranked, start=1):
        f1 = figure(result.figures["best/f1"]) if "best/f1" in result.figures else ""
        epoch = f"{result.figures['best/epoch']:.0f}"
        rows.append([str(place), result.title, figure(value), f1, epoch, result.place])
    headers = ["#", "run", name.rpartition("/")[2], "f1", "epoch", "run id"]
    if any(len(result.title) > SHORT for result, _ in ranked):  # a terminal has 80 columns
        return [[*row[:3], row[5]] for row in rows], [*headers[:3], headers[5]]
    return rows, headers


def _rows_of_repeats(repeats: Sequence[Repeated[Result]], name: str) -> tuple[list[list[str]], list[str]]:
    """The cells of the table of configurations, and its headers."""
    rows = [
        [str(place), _configuration(each), each.text(), each.seeds, each.best.place]
        for place, each in enumerate(repeats, start=1)
    ]
    return rows, ["#", "runs", name.rpartition("/")[2], "seeds", "best run id"]
