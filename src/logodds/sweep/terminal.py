"""How the jobs of a sweep ended, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from logodds.runs import differences
from logodds.runs.repeats import SEED, Repeated
from logodds.sweep import standings
from logodds.sweep.result import JobResult
from logodds.system.errors import counted
from logodds.system.terminal import run_list
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.run_list import MOST, TableColumn
from logodds.system.terminal.text import figure, printable

if TYPE_CHECKING:
    from logodds.tracking.store import Store

NAMED = 4  # runs that failed for one reason
COMPARED = 10  # runs on the comparison page: more do not fit side by side


def show(results: Sequence[JobResult], varying: Sequence[str], store: Store | None, parent: str | None) -> None:
    """The best on the terminal, each with its value of the ``varying`` keys, the reasons of those that failed, and
    addresses."""
    ranked, repeats = standings.ranked(results), standings.configurations(results)
    if ranked:
        _table(results, varying, "run id" if store is not None else "folder")
    reasons: dict[str, list[str]] = {}
    for result in results:
        if result.reason:
            reasons.setdefault(result.reason, []).append(result.name)
    for reason, names in reasons.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        print(printable(f"failed: {', '.join(names[:NAMED])}{more}: {reason}"))
    if store is None or parent is None or not ranked:
        return
    best = [each.best.place for each in repeats] or [each.place for each in ranked]
    pages, experiment = store.pages, store.experiment
    addresses = {
        "charts:  ": pages.charts(experiment, parent),
        "compare: ": pages.compare(experiment, best[:COMPARED]),
        "best run:": pages.run(experiment, best[0]),
    }
    for title, address in addresses.items():
        if address is not None:
            print(f"{title} {address}")
    print(f"one page of all: {typed(f'compare sweep={parent}')}")
    print(f"open the test rows for it: {typed(f'evaluate run={best[0]}')}")


def _table(results: Sequence[JobResult], varying: Sequence[str], place: str) -> None:
    """``place``: what the last column is called."""
    ranked, repeats = standings.ranked(results), standings.configurations(results)
    console = Console()
    done = f"{len(ranked)} of {len(results)} runs" if len(ranked) < len(results) else counted(len(results), "run")
    if repeats:
        title = f"{counted(len(repeats), 'configuration')} of {done}, best mean validation figure first"
        what, best, place = "configuration", [each.best for each in repeats], f"best {place}"
        names = [standings.configuration_name(each) for each in repeats]
        varying = [key for key in varying if key != SEED]
    else:
        what, best = "run", ranked
        names = [each.name for each in ranked]
        title = f"{done} by validation figures, best first"
    params = [{key: str(value) for key, value in each.config.flat().items() if key in varying} for each in best]
    words = run_list.words(differences.in_words(params)[:MOST]) or [run_list.names(names[:MOST])]
    name = standings.order(results)[0]
    first, *others = _of_repeats(repeats[:MOST], name) if repeats else _of_runs(ranked[:MOST], name)
    number = run_list.places(len(best[:MOST]))
    columns, left_out = run_list.fitting(
        [number, *words, first, *others],
        [number, first, *run_list.telling(words), *others],
        place,
        [Path(each.place).name for each in best[:MOST]],
        console.width,
    )
    run_list.show(console, f"{results[0].config.problem.name}: {title}", columns)
    if told := run_list.missing(len(best) - MOST, what, left_out):
        print(f"only in ranking.json of the parent run: {told}")


def _of_runs(ranked: Sequence[JobResult], name: str) -> list[TableColumn]:
    """Their figures, that which ranks first."""
    columns = [TableColumn(name.rpartition("/")[2], [figure(each.figures[name]) for each in ranked])]
    if any("best/f1" in each.figures for each in ranked):
        f1 = [figure(each.figures["best/f1"]) if "best/f1" in each.figures else "" for each in ranked]
        columns.append(TableColumn("f1", f1))
    columns.append(TableColumn("epoch", [f"{each.figures['best/epoch']:.0f}" for each in ranked]))
    if any(each.stopped for each in ranked):
        columns.append(TableColumn("stopped", [str(each.stopped or "") for each in ranked]))
    return columns


def _of_repeats(repeats: Sequence[Repeated[JobResult]], name: str) -> list[TableColumn]:
    """The same of configurations."""
    means = TableColumn(name.rpartition("/")[2], [each.text() for each in repeats])
    return [means, TableColumn("seeds", [each.seeds for each in repeats])]
