"""Several configurations under one parent run, ranked by their validation figure."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds import fit, tables, training, views
from logodds.config import Config
from logodds.errors import JobError, LogoddsError, UserError
from logodds.grouping import groups
from logodds.inputs import Inputs, fitted, of_files
from logodds.tracking.run import Naming
from logodds.training import Outcome, Task

if TYPE_CHECKING:
    from logodds.tracking.store import Store

COMPARED = 10  # runs on the comparison page: more do not fit side by side


@dataclass(frozen=True)
class Job:
    """One configuration of a sweep, with the overrides that set it apart."""

    config: Config
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """How a job ended: an outcome, or the reason why there is none."""

    name: str
    job: Job
    outcome: Outcome | None
    reason: str


def run_name(overrides: Sequence[str]) -> str:
    """``optim.lr=0.1 model=mlp`` -> ``lr=0.1 model=mlp``: the UI's charts cut names after some 14 characters."""
    pairs = [override.lstrip("+").partition("=") for override in overrides]
    return " ".join(f"{key.rpartition('.')[2]}={value}" for key, _, value in pairs if key != "problem")


def run(jobs: Sequence[Job]) -> list[Result]:
    """Train every job, whatever becomes of the others; one parent run, table and set of addresses per problem.

    Raises:
        UserError: what is wrong with some job's rows or device; nothing has started then.
    """
    inputs = _inputs(jobs)
    results: list[Result] = []
    for problem in dict.fromkeys(job.config.problem.name for job in jobs):
        results += _problem(problem, [job for job in jobs if job.config.problem.name == problem], inputs)
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
        except UserError as error:
            wrong[str(error)] = None
    if wrong:
        raise UserError("; ".join(wrong))
    tables.show_notes(
        [note for each in found.values() for note in each.notes] + [note for job in jobs for note in job.config.notes()]
    )
    return found


def _problem(problem: str, jobs: Sequence[Job], inputs: dict[str, Inputs]) -> list[Result]:
    store = training.connect(jobs[0].config)
    common = set(jobs[0].overrides).intersection(*(job.overrides for job in jobs)) if len(jobs) > 1 else set()
    varying = _varying(jobs)
    name = " ".join(["sweep", *(key.rpartition(".")[2] for key in varying)])
    naming = Naming(name, {"sweep.size": str(len(jobs))})
    found = [inputs[_key(job.config)] for job in jobs]
    grouped = groups([job.config for job in jobs], [each.data for each in found])
    results: dict[int, Result] = {}
    with store.run(naming) if store is not None else nullcontext() as parent:
        above = None if parent is None else parent.id
        if parent is not None:
            parent.tags({"sweep.id": parent.id})
        tasks = []
        for index, (job, each) in enumerate(zip(jobs, found, strict=True)):
            label = run_name([text for text in job.overrides if text not in common]) or problem
            tags = {"mlflow.runColor": views.COLOURS[index % len(views.COLOURS)]}
            if above is not None:
                tags["sweep.id"] = above
            tasks.append(Task(job.config, each, training.run_folder(job.config), Naming(label, tags, above)))
        for group in grouped:
            ended = _together([tasks[k] for k in group], store)
            for k, (outcome, reason) in zip(group, ended, strict=True):
                results[k] = Result(tasks[k].naming.name, jobs[k], outcome, reason)
        ordered = [results[k] for k in range(len(jobs))]
        if store is not None and parent is not None:
            parent.tags({"sweep.failed": str(sum(result.outcome is None for result in ordered))})
            _share(store, parent.id, varying, ordered)
    _show(ordered, store, above)
    return ordered


def _together(tasks: Sequence[Task], store: Store | None) -> list[tuple[Outcome | None, str]]:
    """The outcome of each, or None and the reason why."""
    label = tasks[0].naming.name if len(tasks) == 1 else f"{len(tasks)} models"
    try:
        ended = training.train_together(tasks, store, label)
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
    if not any(result.outcome and result.outcome.validation for result in results):
        return "train/loss", False
    if monitor in ("train/loss", "val/loss"):
        return "best/log_loss", False
    return f"best/{monitor.partition('/')[2]}", training.higher_is_better(monitor)


def _ranked(results: Sequence[Result]) -> list[tuple[Outcome, Result, float]]:
    """Finished jobs, best first, with the figure that ranks them."""
    name, higher = _order(results)
    found = []
    for result in results:
        if result.outcome is not None:
            found.append((result.outcome, result, training.final_figure(result.outcome, name)))
    return sorted(found, key=lambda item: -item[2] if higher else item[2])


def _share(store: Store, parent: str, varying: Sequence[str], results: Sequence[Result]) -> None:
    """Prepare the UI's view of the sweep."""
    name, higher = _order(results)
    logged = sorted({key for result in results if result.outcome for key in result.outcome.logged()})
    shown = [name, *(key for key in ("best/f1", "best/roc_auc") if key in logged and key != name)]
    state = views.sweep_state(parent, varying, shown, logged, not higher)
    store.share_view(_view_key(parent), f"sweep {parent[:8]}", state)


def _view_key(parent: str) -> str:
    return f"sweep-{parent[:12]}"


def _show(results: Sequence[Result], store: Store | None, parent: str | None) -> None:
    name, _ = _order(results)
    ranked = _ranked(results)
    rows = []
    for place, (outcome, result, value) in enumerate(ranked, start=1):
        f1 = "" if outcome.validation is None else f"{outcome.validation.report.f1:.4f}"
        rows.append(
            [
                str(place),
                result.name,
                f"{value:.4f}",
                f1,
                str(outcome.best_epoch),
                outcome.run_id or str(outcome.folder),
            ]
        )
    headers = ["#", "run", name.rpartition("/")[2], "f1", "epoch", "run id"]
    done = f"{len(ranked)} of {len(results)}" if len(ranked) < len(results) else str(len(results))
    title = f"{results[0].job.config.problem.name}: {done} runs by validation figures, best first"
    tables.show_ranking(rows, headers, title)
    for result in results:
        if result.outcome is None:
            print(f"failed: {result.name}: {result.reason}")
    if store is None or parent is None or not ranked:
        return
    best = [outcome.run_id or "" for outcome, _, _ in ranked]
    print(f"charts:   {views.view_url(store.base, store.experiment, _view_key(parent))}")
    print(f"compare:  {views.compare_url(store.base, store.experiment, best[:COMPARED])}")
    print(f"best run: {views.run_url(store.base, store.experiment, best[0])}")
    print(f"open the test rows for it: python src/evaluate.py run={best[0]}")
