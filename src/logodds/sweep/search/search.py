"""A hyperparameter search: trials that a sampler proposes, recorded under one parent run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from logodds.evaluation.plots import studies
from logodds.runs import training
from logodds.runs.inputs import InputsCache
from logodds.runs.ranking import ranking_figure
from logodds.runs.repeats import SEED
from logodds.sweep import ledger, sweep_summary
from logodds.sweep import parent as record
from logodds.sweep.job import Job, JobResult
from logodds.sweep.launch.execution import Execution, Here
from logodds.sweep.ledger import SweepOptions
from logodds.sweep.member import Underway
from logodds.sweep.run import check, varying
from logodds.sweep.search import study
from logodds.sweep.search.halving import Halving
from logodds.sweep.search.search_options import SearchOptions
from logodds.sweep.search.space import Choice, Dimension, Search, Steps
from logodds.sweep.search.study import Plan
from logodds.sweep.search.trials import Compose, Trials
from logodds.system import process
from logodds.system.errors import UserError, counted
from logodds.system.process import OWNER
from logodds.system.terminal.notes import show_notes
from logodds.tracking.naming import Naming
from logodds.tracking.provenance.origin import joined


def run(
    search: Search,
    corners: Sequence[Job],
    compose: Compose,
    options: SearchOptions,
    sweep: SweepOptions,
    execution: Execution,
) -> list[JobResult]:
    """Run a search, or continue one that was cut off. A trial is judged by a figure on validation rows; with several
    seeds, by the mean over them.

    Args:
        search: the space, the overrides that all trials share, and the seeds.
        corners: jobs at the ends of each dimension, from :func:`corners`; they are checked before anything starts.
        compose: function from overrides to the job that they describe.
        options: how many trials, and how they are sampled and stopped.
        sweep: which jobs of an earlier process are run again.
        execution: where trials train.

    Returns:
        The results of all trials, including those that an earlier process trained.

    Raises:
        UserError: an option is wrong, or something that a job reads; nothing has started then.
        StorageError: the tracker or the study's file fails.
    """
    inputs = InputsCache()
    check(corners, inputs, execution.local)
    _refuse(corners, inputs, options, execution)
    if options.sampler == "grid":
        search.space.grid()  # refused before anything is written
    first = corners[0].config
    figure, higher = ranking_figure([job.config.train.monitor for job in corners], {"best/log_loss"})
    # Options of the section ``sweep`` are not part of what is searched.
    fixed = tuple(override for override in search.fixed if not override.startswith("sweep."))
    searched = repr(replace(search, fixed=fixed))
    signature = joined([inputs.signature(first), searched])
    store = training.connect_for_new_runs(first)
    if store is None:
        raise UserError("tracking=none: a search keeps its trials in the tracker; use tracking=mlflow")
    show_notes(options.notes())
    path = ledger.folder() / f"{signature[:16]}.db"
    plan = Plan(search.space, higher, signature, options.n_trials, options.sampler, options.seed)
    halving = Halving(options.min_epochs, options.reduction_factor, higher) if options.min_epochs is not None else None
    # A failed trial is a result that the sampler takes into account, so it is not tried again.
    keep = sweep if sweep.retry == "all" else replace(sweep, retry="none")
    with ledger.opened(store, signature, keep) as before:
        if before.parent is None:
            path.unlink(missing_ok=True)
        with study.opened(path, plan) as opened:
            name = record.parent_name("search", [dimension.key for dimension in search.space.dimensions])
            naming = Naming(name, {OWNER: process.this(), ledger.OF_JOBS: signature}, run=before.parent)
            with store.run(naming) as parent:
                parent.tags({"sweep.id": parent.id})
                underway = Underway(parent.id, before)
                active = Trials(opened, search, compose, inputs, underway, figure, options.at_a_time(), halving)
                done = sum(trial.state != "running" for trial in opened.trials())
                if done:
                    print(f"{counted(done, 'trial')} of {opened.most} done already")
                results = active.run(store, execution)
                trials = opened.trials()
                parent.tags({"sweep.size": str(len(results)), "sweep.trials": str(len(trials))})
                values, pruned = [trial.value for trial in trials], [trial.state == "pruned" for trial in trials]
                parent.artifacts(studies.artifacts(figure, higher, values, pruned, opened.importances()))
                keys = varying([result.config for result in results])
                record.conclude(store, parent, keys, results)
    sweep_summary.show(results, keys, store, parent.id)
    return results


def corners(search: Search, compose: Compose) -> list[Job]:
    """Return jobs at the ends of each dimension, with all other dimensions at their first value. An interval or range
    has two ends; of a list of choices every value is one.

    Raises:
        UserError: everything that is wrong with any of the jobs, in one message.
    """
    ends = [[f"{dimension.key}={text}" for text in _ends(dimension)] for dimension in search.space.dimensions]
    base = [texts[0] for texts in ends]
    points = [[*base[:index], text, *base[index + 1 :]] for index, texts in enumerate(ends) for text in texts[1:]]
    seeds = [[f"{SEED}={seed}"] for seed in search.seeds] or [[]]
    jobs, wrong = [], dict[str, None]()
    for overrides in [*([*base, *seed] for seed in seeds), *([*point, *seeds[0]] for point in points)]:
        try:
            jobs.append(compose([*search.fixed, *overrides]))
        except UserError as error:
            wrong[str(error)] = None
    if wrong:
        raise UserError("; ".join(wrong))
    return jobs


def _ends(dimension: Dimension) -> list[str]:
    match dimension:
        case Choice():
            return list(dimension.texts)
        case Steps():
            return [dimension.text(dimension.value(index)) for index in (0, dimension.count - 1)]
    return [dimension.text(dimension.low), dimension.text(dimension.high)]


def _refuse(corners: Sequence[Job], inputs: InputsCache, options: SearchOptions, execution: Execution) -> None:
    """Check that these jobs can be searched with these options.

    Raises:
        UserError: the search has several problems, no validation rows or several splits, or ``min_epochs`` does not go
            with the launcher or with ``train.epochs``.
    """
    if len({job.config.problem.name for job in corners}) > 1:
        raise UserError("problem: a search is of one problem; use hydra/sweeper=grid for several")
    if not all(len(inputs.of(job.config).split.val) for job in corners):
        raise UserError("split.val_size=0: a search is judged on validation rows; set split.val_size > 0")
    if len({inputs.of(job.config).split.digest() for job in corners}) > 1:
        raise UserError("split: trials on different splits of the rows cannot be compared; search none of its keys")
    least, epochs = options.min_epochs, min(job.config.train.epochs for job in corners)
    if least is None:
        return
    if not isinstance(execution, Here):
        raise UserError(
            "hydra.sweeper.min_epochs: compares trials while they train, which takes one process; "
            "use hydra/launcher=sweep hydra.launcher.n_jobs=1, or set it to null"
        )
    if least >= epochs:
        raise UserError(f"hydra.sweeper.min_epochs={least}: must be < train.epochs={epochs}")
