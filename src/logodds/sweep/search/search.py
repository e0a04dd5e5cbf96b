"""A search: trials that a sampler proposes, under one parent run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from logodds.evaluation.plots import studies
from logodds.options.rules import choice, number
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
from logodds.sweep.search.sampling import SAMPLERS
from logodds.sweep.search.space import Choice, Dimension, Search, Steps
from logodds.sweep.search.study import Plan
from logodds.sweep.search.trials import Compose, Trials
from logodds.system import process
from logodds.system.errors import UserError, counted
from logodds.system.process import OWNER
from logodds.tracking.naming import Naming
from logodds.tracking.provenance.origin import joined


@dataclass(kw_only=True)
class SearchOptions:
    """``n_trials``: points to try in all; ``generation``: so many at a time. With ``min_epochs``, trials that are
    behind after so many epochs, or after ``reduction_factor`` times as many, and so on, are ended: of every
    ``reduction_factor`` one goes on."""

    n_trials: int = number(least=1)
    sampler: str = choice(*SAMPLERS)
    seed: int = number(least=0, below=2**32)
    generation: int = number(least=1)
    min_epochs: int | None = number(least=1)
    reduction_factor: int = number(least=2)


def run(
    search: Search,
    corners: Sequence[Job],
    compose: Compose,
    options: SearchOptions,
    sweep: SweepOptions,
    execution: Execution,
) -> list[JobResult]:
    """Search, or go on with a search that was cut off. Trials are judged by a figure on validation rows, of several
    seeds by its mean.

    Args:
        corners: see :func:`corners`.
        compose: overrides -> the job that they describe.

    Raises:
        UserError: a wrong option, or what some job reads is wrong; nothing has started then.
        StorageError: the tracker or the study's file fails.
    """
    inputs = InputsCache()
    check(corners, inputs, execution.local)
    _refuse(corners, inputs, options, execution)
    if options.sampler == "grid":
        search.space.grid()  # refused before anything is written
    first = corners[0].config
    figure, higher = ranking_figure([job.config.train.monitor for job in corners], {"best/log_loss"})
    fixed = tuple(each for each in search.fixed if not each.startswith("sweep."))  # does not tell searches apart
    known = repr(replace(search, fixed=fixed))
    signature = joined([inputs.signature(first), known])
    store = training.connect(first)
    if store is None:
        raise UserError("tracking=none: a search keeps its trials in the tracker; use tracking=mlflow")
    path = ledger.folder() / f"{signature[:16]}.db"
    plan = Plan(search.space, higher, signature, options.n_trials, options.sampler, options.seed)
    halving = Halving(options.min_epochs, options.reduction_factor, higher) if options.min_epochs is not None else None
    # A trial that failed says something of the space: it is not tried again.
    keep = sweep if sweep.retry == "all" else replace(sweep, retry="none")
    with ledger.opened(store, signature, keep) as before:
        if before.parent is None:
            path.unlink(missing_ok=True)
        with study.opened(path, plan) as opened:
            name = record.parent_name("search", [each.key for each in search.space.dimensions])
            naming = Naming(name, {OWNER: process.this(), ledger.OF_JOBS: signature}, run=before.parent)
            with store.run(naming) as parent:
                parent.tags({"sweep.id": parent.id})
                underway = Underway(parent.id, before)
                found = Trials(opened, search, compose, inputs, underway, figure, options.generation, halving)
                done = sum(trial.state != "running" for trial in opened.trials())
                if done:
                    print(f"{counted(done, 'trial')} of {opened.most} done already")
                results = found.run(store, execution)
                trials = opened.trials()
                parent.tags({"sweep.size": str(len(results)), "sweep.trials": str(len(trials))})
                values, pruned = [each.value for each in trials], [each.state == "pruned" for each in trials]
                parent.artifacts(studies.artifacts(figure, higher, values, pruned, opened.importances()))
                keys = varying([each.config for each in results])
                record.conclude(store, parent, keys, results)
    sweep_summary.show(results, keys, store, parent.id)
    return results


def corners(search: Search, compose: Compose) -> list[Job]:
    """Jobs at the ends of each dimension, with the others at their first value.

    Raises:
        UserError: all that is wrong with any of them.
    """
    ends = [[f"{each.key}={text}" for text in _ends(each)] for each in search.space.dimensions]
    base = [texts[0] for texts in ends]
    points = [[*base[:place], text, *base[place + 1 :]] for place, texts in enumerate(ends) for text in texts[1:]]
    seeds = [[f"{SEED}={seed}"] for seed in search.seeds] or [[]]
    found, wrong = [], dict[str, None]()
    for overrides in [*([*base, *seed] for seed in seeds), *([*point, *seeds[0]] for point in points)]:
        try:
            found.append(compose([*search.fixed, *overrides]))
        except UserError as error:
            wrong[str(error)] = None
    if wrong:
        raise UserError("; ".join(wrong))
    return found


def _ends(dimension: Dimension) -> list[str]:
    match dimension:
        case Choice():
            return list(dimension.texts)
        case Steps():
            return [dimension.text(dimension.value(place)) for place in (0, dimension.count - 1)]
    return [dimension.text(dimension.low), dimension.text(dimension.high)]


def _refuse(corners: Sequence[Job], inputs: InputsCache, options: SearchOptions, execution: Execution) -> None:
    """Check that a search can do what is asked.

    Raises:
        UserError: what a search cannot do.
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
