"""Several configurations under one parent run, ranked by their validation figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds import fit, ledger, standings, tables, training, views
from logodds.config import Config
from logodds.errors import JobError, LogoddsError, StorageError, UserError
from logodds.grouping import groups
from logodds.inputs import Inputs, fitted, of_files
from logodds.ledger import SweepOptions
from logodds.loss import outputs
from logodds.sources import version
from logodds.standings import Result
from logodds.tracking.run import Naming
from logodds.training import Outcome, Task

if TYPE_CHECKING:
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store


@dataclass(frozen=True)
class Job:
    """One configuration of a sweep, with the overrides that set it apart."""

    config: Config
    overrides: tuple[str, ...]


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
    rows = [note for each in found.values() for note in each.notes]
    choices = [note for job in jobs for note in job.config.notes()]
    tables.show_notes([*rows, *choices, *_of_other_rows(jobs, found)])
    return found


def _of_other_rows(jobs: Sequence[Job], inputs: Mapping[str, Inputs]) -> list[str]:
    """What a ranking would hide: that runs are judged on different rows."""
    splits: dict[str, set[str]] = {}
    for job in jobs:
        splits.setdefault(job.config.problem.name, set()).add(inputs[_key(job.config)].split.digest())
    told = "runs are judged on {} different sets of validation rows; the ranking compares them all the same"
    return [f"{problem}: {told.format(len(each))}" for problem, each in splits.items() if len(each) > 1]


def _problem(problem: str, jobs: Sequence[Job], inputs: dict[str, Inputs], options: SweepOptions) -> list[Result]:
    store = training.connect(jobs[0].config)
    if store is None:
        results = _train(jobs, inputs, range(len(jobs)), None, None)
        ordered = [results[k] for k in range(len(jobs))]
        standings.show(ordered, None, None)
        return ordered
    problems = {repr(job.config.problem): job.config.problem for job in jobs}
    digests = {name: version.digest(each) for name, each in problems.items()}
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
                standings.conclude(store, opened, varying, [results[k] for k in range(len(jobs))])
        else:
            told = "the only run is" if len(jobs) == 1 else f"all {len(jobs)} runs are"
            print(f"{told} done already; sweep.retry=all runs them again")
    ordered = [results[k] for k in range(len(jobs))]
    standings.show(ordered, store, parent)
    return ordered


def _earlier(job: Job, found: Recorded) -> Result:
    return Result(found.name, job.config, found.figures, found.id, found.tags.get("error", ""))


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
            results[k] = Result(tasks[k].naming.name, jobs[k].config, figures, place, reason)
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
