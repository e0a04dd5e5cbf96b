"""Run a sweep: several configurations under one parent run, ranked by a figure on validation rows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from logodds.engine.device import chosen_device
from logodds.runs import differences, training
from logodds.runs.config import Config
from logodds.runs.inputs import InputsCache
from logodds.runs.notes import notes
from logodds.runs.task import fits
from logodds.sweep import ledger, member, sweep_summary
from logodds.sweep import parent as record
from logodds.sweep.job import Job, JobResult
from logodds.sweep.launch.execution import Execution, of_record
from logodds.sweep.ledger import SweepOptions
from logodds.sweep.member import Underway
from logodds.system import process
from logodds.system.errors import UserError, counted
from logodds.system.process import OWNER
from logodds.system.terminal.notes import show_notes
from logodds.tracking.naming import Naming, run_name

if TYPE_CHECKING:
    from logodds.tracking.store import Store


def run(jobs: Sequence[Job], options: SweepOptions, execution: Execution) -> list[JobResult]:
    """Train every job that has not finished before; a job that fails does not stop the others. Each problem has its own
    parent run, table and addresses.

    Args:
        jobs: the jobs, possibly of several problems; equal configurations are trained once.
        options: which jobs of an earlier process are run again.
        execution: where the jobs train.

    Returns:
        The results of all distinct jobs, including those that an earlier process trained.

    Raises:
        UserError: something is wrong with the rows or the device of a job, and nothing has started; or another process
            runs the sweep of a problem.
        StorageError: the tracker fails.
    """
    inputs = InputsCache()
    check(jobs, inputs, execution.local)
    distinct = list({(job.config.problem.name, job.config.signature): job for job in reversed(jobs)}.values())[::-1]
    if len(distinct) < len(jobs):
        repeated = counted(len(jobs) - len(distinct), "job")
        show_notes([f"{repeated} with the configuration of another job; each configuration is trained once"])
    jobs = distinct
    results: list[JobResult] = []
    for problem in dict.fromkeys(job.config.problem.name for job in jobs):
        chosen = [job for job in jobs if job.config.problem.name == problem]
        results += _problem(chosen, inputs, options, execution)
    return results


def check(jobs: Sequence[Job], inputs: InputsCache, local: bool) -> None:
    """Read the rows that the jobs need and check them, and print notes about them.

    Args:
        jobs: the jobs to check.
        inputs: the cache into which the rows are read.
        local: whether the jobs train on this machine, so that its devices are checked too.

    Raises:
        UserError: everything that is wrong with the rows or the device of any job, in one message.
    """
    wrong: dict[str, None] = {}
    splits: dict[str, set[str]] = {}  # digests of splits, by problem
    told: list[str] = []
    for job in jobs:
        config = job.config
        try:
            if config.split.folds is not None:
                one = "" if len(jobs) == 1 else "choose one value of each key and "
                raise UserError(
                    f"split.folds={config.split.folds}: takes one configuration, no sweep; {one}leave out -m"
                )
            if local:
                chosen_device(config.train.device)
            job_inputs = inputs.of(config)
            fits(config, job_inputs)
        except UserError as error:
            wrong[str(error)] = None
            continue
        splits.setdefault(config.problem.name, set()).add(job_inputs.split.digest())
        told += notes(config, job_inputs)
    if wrong:
        raise UserError("; ".join(wrong))
    if any(job.config.train.reuse for job in jobs):
        told.append("a sweep finds its own finished runs by itself: train.reuse=true without effect")
    differ = "runs are judged on {} different splits of the rows, and so are ranked apart"
    told += [f"{problem}: {differ.format(len(digests))}" for problem, digests in splits.items() if len(digests) > 1]
    show_notes(told)


def _problem(jobs: Sequence[Job], inputs: InputsCache, options: SweepOptions, execution: Execution) -> list[JobResult]:
    store, keys = training.connect_for_new_runs(jobs[0].config), swept(jobs)
    if store is None:
        results = _train(jobs, inputs, range(len(jobs)), None, None, execution)
        ordered = [results[k] for k in range(len(jobs))]
        sweep_summary.show(ordered, keys, None, None)
        return ordered
    signatures = [inputs.signature(job.config) for job in jobs]
    signature = ledger.of_jobs(signatures)
    with ledger.opened(store, signature, options) as before:
        earlier = [before.left.take_ended(job_signature) for job_signature in signatures]
        results = {k: of_record(jobs[k].config, run) for k, run in enumerate(earlier) if run is not None}
        missing = [k for k in range(len(jobs)) if k not in results]
        parent, failed = before.parent, sum(bool(result.reason) for result in results.values())
        if missing or parent is None or before.failed != failed:  # or it died while it concluded
            tags = {OWNER: process.this(), ledger.OF_JOBS: signature, "sweep.size": str(len(jobs))}
            name = record.parent_name("sweep", keys)
            with store.run(Naming(name, tags, run=parent)) as opened:
                parent = opened.id
                opened.tags({"sweep.id": parent})
                if results:
                    print(f"{len(results)} of {len(jobs)} runs are done already; {len(missing)} to go")
                results |= _train(jobs, inputs, missing, store, Underway(parent, before), execution)
                record.conclude(store, opened, keys, [results[k] for k in range(len(jobs))])
        else:
            subject = "the only run is" if len(jobs) == 1 else f"all {len(jobs)} runs are"
            print(f"{subject} done already; sweep.retry=all runs them again")
    ordered = [results[k] for k in range(len(jobs))]
    sweep_summary.show(ordered, keys, store, parent)
    return ordered


def _train(
    jobs: Sequence[Job],
    inputs: InputsCache,
    chosen: Sequence[int],
    store: Store | None,
    sweep: Underway | None,
    execution: Execution,
) -> dict[int, JobResult]:
    """Train the jobs with the ``chosen`` indices, and return their results by index."""
    common = set(jobs[0].overrides).intersection(*(job.overrides for job in jobs)) if len(jobs) > 1 else set()
    tasks = []
    for k in chosen:
        job = jobs[k]
        name = run_name([text for text in job.overrides if text not in common]) or job.config.problem.name
        tasks.append(member.task(job.config, inputs, Naming(name, {}), k, sweep, str(k)))
    with closing(execution.train(tasks, store)) as trained:
        return {chosen[index]: result for index, result in trained}


def swept(jobs: Sequence[Job]) -> list[str]:
    """Return the keys that were given several values on the command line. A choice of an option, such as ``model``, is
    returned as ``model.name``. Keys that differ only because they belong to different options are left out.
    """
    given: dict[str, set[str]] = {}
    for job in jobs:
        for override in job.overrides:
            key, _, value = override.lstrip("+~").partition("=")
            given.setdefault(key, set()).add(value)
    differing = varying([job.config for job in jobs])
    named = [key if key in differing else f"{key}.name" for key, values in given.items() if len(values) > 1]
    return [key for key in named if key in differing] or differing


def varying(configs: Sequence[Config]) -> list[str]:
    """Return the keys whose values differ between configurations."""
    return differences.varying([{key: str(value) for key, value in config.flat().items()} for config in configs])
