"""Several configurations under one parent run, ranked by their validation figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds import evaluation, fit, ledger, tables, training, views
from logodds.config import Config
from logodds.errors import JobError, LogoddsError, StorageError, UserError, counted
from logodds.grouping import groups
from logodds.inputs import Inputs, fitted, of_files
from logodds.ledger import SweepOptions
from logodds.loss import outputs
from logodds.names import figure, printable
from logodds.plots import sweeps
from logodds.sources import version
from logodds.tracking.run import Naming
from logodds.training import Outcome, Task

if TYPE_CHECKING:
    from logodds.tracking.run import Run
    from logodds.tracking.store import Found, Store

LISTED = 20  # runs on the terminal and in the description of the parent's page
SHORT = 12  # characters of a run's name that leave room for all figures
COMPARED = 10  # runs on the comparison page: more do not fit side by side


@dataclass(frozen=True)
class Job:
    """One configuration of a sweep, with the overrides that set it apart."""

    config: Config
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """How a job ended: final figures by their name in the record, or the reason why there are none. ``place``: id of
    its run, its folder without a tracker."""

    name: str
    job: Job
    figures: dict[str, float]
    place: str
    reason: str


def run_name(overrides: Sequence[str]) -> str:
    """``optim.lr=0.1 model=mlp`` -> ``lr=0.1 model=mlp``: the UI's charts cut names after some 14 characters."""
    pairs = [override.lstrip("+").partition("=") for override in overrides]
    return " ".join(f"{key.rpartition('.')[2]}={value}" for key, _, value in pairs if key != "problem")


def run(jobs: Sequence[Job], options: SweepOptions) -> list[Result]:
    """Train every job that has not finished before, whatever becomes of the others; one parent run, table and set of
    addresses per problem.

    Raises:
        UserError: what is wrong with some job's rows or device, or another process runs the sweep; nothing has started
            then.
        StorageError: the tracker fails.
    """
    inputs = _inputs(jobs)
    results: list[Result] = []
    for problem in dict.fromkeys(job.config.problem.name for job in jobs):
        results += _problem(problem, [job for job in jobs if job.config.problem.name == problem], inputs, options)
    return results


def _key(config: Config) -> str:
    """Configurations with the same key have the same inputs."""
    return repr((config.problem, config.split, config.features))


def _inputs(jobs: Sequence[Job]) -> dict[str, Inputs]:
    """The inputs of all jobs by key, each read once."""
    found: dict[str, Inputs] = {}
    wrong: dict[str, None] = {}
    for job in jobs:
        config = job.config
        try:
            if config.split.folds is not None:
                raise UserError(f"split.folds={config.split.folds}: takes one configuration, no sweep; leave out -m")
            fit.device(config.train.device)
            if _key(config) not in found:
                table, parts = of_files(config.problem, config.split)
                found[_key(config)] = fitted(table, parts, config.features, config.split.column)
            outputs(config.loss, len(found[_key(config)].table.classes))
        except UserError as error:
            wrong[str(error)] = None
    if wrong:
        raise UserError("; ".join(wrong))
    tables.show_notes(
        [note for each in found.values() for note in each.notes] + [note for job in jobs for note in job.config.notes()]
    )
    return found


def _problem(problem: str, jobs: Sequence[Job], inputs: dict[str, Inputs], options: SweepOptions) -> list[Result]:
    store = training.connect(jobs[0].config)
    if store is None:
        results = _train(jobs, inputs, range(len(jobs)), None, None)
        ordered = [results[k] for k in range(len(jobs))]
        _show(ordered, None, None)
        return ordered
    digests = {repr(job.config.problem): version.digest(job.config.problem) for job in jobs}
    signatures = [ledger.of_job(job.config, digests[repr(job.config.problem)]) for job in jobs]
    with ledger.claimed(store, signatures, options) as before:
        results = {k: _earlier(jobs[k], found) for k, found in enumerate(before.ended) if found is not None}
        missing = [k for k in range(len(jobs)) if k not in results]
        parent = before.parent
        if missing or parent is None:
            varying = _varying(jobs)
            tags = {f"sweep.{ledger.SIGNATURE}": ledger.of_jobs(signatures), "sweep.size": str(len(jobs))}
            name = " ".join(["sweep", *(key.rpartition(".")[2] for key in varying)])
            with store.resumed(parent) if parent is not None else store.run(Naming(name, tags)) as opened:
                parent = opened.id
                opened.tags({"sweep.id": parent})
                if results:
                    print(f"{len(results)} of {len(jobs)} runs are done already; {len(missing)} to go")
                results |= _train(jobs, inputs, missing, store, parent)
                _conclude(store, opened, varying, [results[k] for k in range(len(jobs))])
        else:
            told = "the only run is" if len(jobs) == 1 else f"all {len(jobs)} runs are"
            print(f"{told} done already; sweep.retry=all runs them again")
    ordered = [results[k] for k in range(len(jobs))]
    _show(ordered, store, parent)
    return ordered


def _earlier(job: Job, found: Found) -> Result:
    return Result(found.name, job, found.metrics, found.id, found.tags.get("error", ""))


def _train(
    jobs: Sequence[Job], inputs: dict[str, Inputs], chosen: Sequence[int], store: Store | None, parent: str | None
) -> dict[int, Result]:
    """Train the chosen jobs, those of one shape together."""
    common = set(jobs[0].overrides).intersection(*(job.overrides for job in jobs)) if len(jobs) > 1 else set()
    tasks: dict[int, Task] = {}
    for k in chosen:
        job = jobs[k]
        label = run_name([text for text in job.overrides if text not in common]) or job.config.problem.name
        tags = {"mlflow.runColor": views.COLOURS[k % len(views.COLOURS)], **({"sweep.id": parent} if parent else {})}
        naming = Naming(label, tags, parent)
        tasks[k] = Task(job.config, inputs[_key(job.config)], training.run_folder(job.config), naming)
    results: dict[int, Result] = {}
    for group in groups([jobs[k].config for k in chosen], [tasks[k].inputs.data for k in chosen]):
        numbers = [chosen[place] for place in group]
        ended = _together([tasks[k] for k in numbers], store)
        for k, (outcome, reason) in zip(numbers, ended, strict=True):
            figures = {} if outcome is None else outcome.figures()
            place = "" if outcome is None else outcome.run_id or str(outcome.folder)
            results[k] = Result(tasks[k].naming.name, jobs[k], figures, place, reason)
    return results


def _together(tasks: Sequence[Task], store: Store | None) -> list[tuple[Outcome | None, str]]:
    """The outcome of each, or None and the reason why."""
    label = tasks[0].naming.name if len(tasks) == 1 else f"{len(tasks)} models"
    try:
        ended = training.train_together(tasks, store, label)
    except StorageError:  # nothing that comes could be kept
        raise
    except LogoddsError as error:
        return [(None, str(error))] * len(tasks)
    except Exception as error:  # a group of its own: the others go on, and its reason is shown
        return [(None, f"{type(error).__name__}: {error}")] * len(tasks)
    return [(None, str(each)) if isinstance(each, JobError) else (each, "") for each in ended]


def _varying(jobs: Sequence[Job]) -> list[str]:
    """Keys whose values differ between jobs."""
    flats = [job.config.flat() for job in jobs]
    keys = dict.fromkeys(key for flat in flats for key in flat)
    return [key for key in keys if len({repr(flat.get(key)) for flat in flats}) > 1]


def _order(results: Sequence[Result]) -> tuple[str, bool]:
    """The final figure that ranks, and whether more of it is better: that of the common monitor, else the log loss."""
    monitors = {result.job.config.train.monitor for result in results}
    monitor = monitors.pop() if len(monitors) == 1 else "val/loss"
    if not any("best/log_loss" in result.figures for result in results):
        return "best/train_loss", False
    if monitor in ("train/loss", "val/loss"):
        return "best/log_loss", False
    return f"best/{monitor.partition('/')[2]}", training.higher_is_better(monitor)


def _ranked(results: Sequence[Result]) -> list[tuple[Result, float]]:
    """Finished jobs, best first, with the figure that ranks them."""
    name, higher = _order(results)
    found = [(result, result.figures[name]) for result in results if name in result.figures]
    return sorted(found, key=lambda item: -item[1] if higher else item[1])


def _conclude(store: Store, parent: Run, varying: Sequence[str], results: Sequence[Result]) -> None:
    """The parent's record, and the UI's view of the sweep."""
    name, higher = _order(results)
    ranked = _ranked(results)
    parent.tags({"sweep.failed": str(sum(bool(result.reason) for result in results))})
    if not ranked:
        return
    parent.tags({"sweep.best": ranked[0][0].place})
    flats = [result.job.config.flat() for result, _ in ranked]
    parameters = {key: [flat.get(key) for flat in flats] for key in varying}
    values = [value for _, value in ranked]
    names = [result.name for result, _ in ranked]
    parent.artifacts(sweeps.artifacts(names, parameters, name, values))
    columns = {"run": names, **{key: [str(each) for each in given] for key, given in parameters.items()}}
    parent.table({**columns, name: values, "run id": [result.place for result, _ in ranked]}, "ranking.json")
    shown: dict[str, Sequence[object]] = {"run": names[:LISTED], name: values[:LISTED]}
    parent.tags({"mlflow.note.content": evaluation.markdown(shown)})
    logged = sorted({*_curves(results), *(key for result in results for key in result.figures)})
    columns_shown = [name, *(key for key in ("best/f1", "best/roc_auc") if key in logged and key != name)]
    state = views.sweep_state(parent.id, varying, columns_shown, logged, not higher)
    store.share_view(_view_key(parent.id), f"sweep {parent.id[:8]}", state)


def _curves(results: Sequence[Result]) -> set[str]:
    """Names of the figures that are logged by epoch."""
    followed = {f"val/{name}" for name in fit.CURVES} | {result.job.config.train.monitor for result in results}
    return {"train/loss", "seconds/training", *followed}


def _view_key(parent: str) -> str:
    return f"sweep-{parent[:12]}"


def _show(results: Sequence[Result], store: Store | None, parent: str | None) -> None:
    name, _ = _order(results)
    ranked = _ranked(results)
    rows = []
    for place, (result, value) in enumerate(ranked[:LISTED], start=1):
        f1 = figure(result.figures["best/f1"]) if "best/f1" in result.figures else ""
        epoch = f"{result.figures['best/epoch']:.0f}"
        rows.append([str(place), result.name, figure(value), f1, epoch, result.place])
    headers = ["#", "run", name.rpartition("/")[2], "f1", "epoch", "run id"]
    if any(len(result.name) > SHORT for result, _ in ranked):  # a terminal has 80 columns
        rows, headers = [[*row[:3], row[5]] for row in rows], [*headers[:3], headers[5]]
    done = f"{len(ranked)} of {len(results)} runs" if len(ranked) < len(results) else counted(len(results), "run")
    title = f"{results[0].job.config.problem.name}: {done} by validation figures, best first"
    tables.show_ranking(rows, headers, title)
    if len(ranked) > LISTED:
        where = "ranking.json of the parent run" if store is not None else "the folders below out/runs"
        print(f"… and {len(ranked) - LISTED} more in {where}")
    for result in results:
        if result.reason:
            print(printable(f"failed: {result.name}: {result.reason}"))
    if store is None or parent is None or not ranked:
        return
    best = [result.place for result, _ in ranked]
    print(f"charts:   {views.view_url(store.base, store.experiment, _view_key(parent))}")
    print(f"compare:  {views.compare_url(store.base, store.experiment, best[:COMPARED])}")
    print(f"best run: {views.run_url(store.base, store.experiment, best[0])}")
    print(f"open the test rows for it: python src/evaluate.py run={best[0]}")
