"""The summary of a sweep on the terminal: its best runs, why runs failed, and addresses of the tracker's pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from logodds.runs import differences
from logodds.runs import results as plain
from logodds.runs.notes import of_budget
from logodds.runs.ranking import Ranked, Ranking, rank
from logodds.runs.repeats import SEED
from logodds.sweep import parent as record
from logodds.sweep.job import JobResult
from logodds.system.errors import counted
from logodds.system.terminal import document, run_list
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.lines import show_line
from logodds.system.terminal.notes import show_notes
from logodds.system.terminal.run_list import MOST, TableColumn
from logodds.system.terminal.text import figure

if TYPE_CHECKING:
    from logodds.tracking.store import Store

NAMED = 4  # failed runs that are named per reason
COMPARED = 10  # runs on the comparison page: more do not fit side by side


def show(results: Sequence[JobResult], varying: Sequence[str], store: Store | None, parent: str | None) -> None:
    """Print the ranking of a sweep, why runs failed, addresses, and commands that continue from here.

    Args:
        results: the results of all jobs.
        varying: Hydra keys whose values the ranking shows for each run.
        store: the tracker's store; None without a tracker.
        parent: id of the sweep's parent run in the store; None without a tracker.
    """
    ranking = rank(results)
    addresses = {} if store is None or parent is None else _addresses(ranking, store, parent)
    failed = [result for result in results if result.reason]
    document.append(
        "sweeps",
        {
            "id": parent,
            "problem": results[0].config.problem.name,
            "ranking": plain.of_ranking(ranking, lambda run: {"id": run.run_id_or_folder, "name": run.name}, varying),
            "failed": [{"name": result.name, "error": result.reason, "lost": result.lost} for result in failed],
            "addresses": addresses,
        },
    )
    if record.finished(ranking):
        _table(ranking, varying, "run id" if store is not None else "folder")
    best = ranking.best()
    longer = [] if best is None else [f"{best.title}: {note}" for note in of_budget(best.config, best.figures)]
    show_notes([*ranking.notes, *longer])
    reasons: dict[str, list[str]] = {}
    for result in failed:
        reasons.setdefault(result.reason, []).append(result.name)
    for reason, names in reasons.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        show_line(f"failed: {', '.join(names[:NAMED])}{more}: {reason}")
    if store is None or parent is None or not ranking.ranked_indices():
        return
    for title, address in addresses.items():
        print(f"{f'{title}:':<9} {address}")
    print(f"one page of all: {typed(f'compare sweep={parent}')}")
    if best is not None:
        print(f"best on test rows: {typed(f'evaluate run={best.run_id_or_folder}')}")


def _addresses(ranking: Ranking[JobResult], store: Store, parent: str) -> dict[str, str]:
    """Return the addresses of a sweep's pages by what they show, without pages that the tracker does not have."""
    if not ranking.ranked_indices():
        return {}
    leading = [ranking.runs[index].run.run_id_or_folder for index in ranking.leading(COMPARED)]
    best, pages, experiment = ranking.best(), store.pages, store.experiment
    addresses = {
        "charts": pages.charts(experiment, parent),
        "compare": pages.compare(experiment, leading),
        "best run": pages.run(experiment, best.run_id_or_folder) if best is not None else None,
    }
    return {title: address for title, address in addresses.items() if address is not None}


def _table(ranking: Ranking[JobResult], varying: Sequence[str], id_heading: str) -> None:
    """Print the ranking: of configurations if runs repeat them with several seeds, otherwise of runs.

    Args:
        ranking: the ranking of all runs.
        varying: Hydra keys whose values are shown.
        id_heading: heading of the last column, which identifies a run.
    """
    runs, repeats = record.finished(ranking), ranking.configurations
    console = Console()
    every = len(ranking.runs)
    done = f"{len(runs)} of {every} runs" if len(runs) < every else counted(every, "run")
    if repeats:
        title = f"{counted(len(repeats), 'configuration')} of {done}, best mean validation figure first"
        what, rows, id_heading = "configuration", [repeat.best for repeat in repeats], f"best {id_heading}"
        names = [record.configuration_name(repeat) for repeat in repeats]
        varying = [key for key in varying if key != SEED]
        number = run_list.ranks(len(repeats[:MOST]))
    else:
        what, rows = "run", runs
        names = [ranked.run.name for ranked in runs]
        title = f"{done} by validation figures, best first{' of each group' if ranking.apart else ''}"
        number = TableColumn("#", [ranked.rank for ranked in runs[:MOST]])
    params = [{key: value for key, value in row.run.params.items() if key in varying} for row in rows]
    words = run_list.words(differences.in_words(params)[:MOST]) or [run_list.names(names[:MOST])]
    first, *others = _of_repeats(ranking) if repeats else _of_runs(runs[:MOST], ranking.name)
    columns, left_out = run_list.fitting(
        [number, *words, first, *others],
        [number, first, *run_list.telling(words), *others],
        id_heading,
        [Path(row.run.run_id_or_folder).name for row in rows[:MOST]],
        console.width,
    )
    run_list.show(console, f"{runs[0].run.config.problem.name}: {title}", columns)
    if not_shown := run_list.missing(len(rows) - MOST, what, left_out):
        show_line(f"only in ranking.json of the parent run: {not_shown}")


def _of_runs(runs: Sequence[Ranked[JobResult]], name: str) -> list[TableColumn]:
    """Return the columns of figures for runs, first the figure that ranks them."""
    columns = [TableColumn(name, [figure(ranked.value) if ranked.rank else "" for ranked in runs])]
    results = [ranked.run for ranked in runs]
    if any("best/f1" in result.figures for result in results):
        f1 = [figure(result.figures["best/f1"]) if "best/f1" in result.figures else "" for result in results]
        columns.append(TableColumn("f1", f1))
    columns.append(TableColumn("epoch", [f"{result.figures['best/epoch']:.0f}" for result in results]))
    if any(result.stopped for result in results):
        columns.append(TableColumn("stopped", [str(result.stopped or "") for result in results]))
    return columns


def _of_repeats(ranking: Ranking[JobResult]) -> list[TableColumn]:
    """Return the columns for configurations: mean and standard deviation over seeds, and the number of seeds."""
    repeats = ranking.configurations[:MOST]
    means = TableColumn(ranking.name, [repeat.text() for repeat in repeats])
    return [means, TableColumn("seeds", [repeat.seeds for repeat in repeats])]
