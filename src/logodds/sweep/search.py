"""A search: trials that a sampler proposes, trained as members of a stack which the next ones join."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logodds import process, training, views
from logodds.errors import JobError, LogoddsError, StorageError, UserError, counted
from logodds.group import Referee, Standing
from logodds.grouping import groups, most, shape
from logodds.inputs import InputsCache
from logodds.metrics.monitors import ranking_figure
from logodds.names import printable
from logodds.origin import joined
from logodds.outcome import Outcome
from logodds.overrides import run_name
from logodds.plots import studies
from logodds.process import OWNER
from logodds.schema import choice, number
from logodds.sweep import ledger, standings, study
from logodds.sweep.execution import Execution, Here, failed, of_record, result
from logodds.sweep.halving import Halving
from logodds.sweep.ledger import Ledger, SweepOptions
from logodds.sweep.run import Job, check, varying
from logodds.sweep.sampling import SAMPLERS
from logodds.sweep.space import SEED, Choice, Dimension, Search, Steps
from logodds.sweep.standings import Result
from logodds.sweep.study import Plan, Study, Trial
from logodds.task import Task, run_folder
from logodds.tracking.run import Naming

if TYPE_CHECKING:
    from logodds.tracking.store import Store

SHORT = 7  # characters of a number that a name has room for
Compose = Callable[[Sequence[str]], Job]


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


@dataclass(eq=False)
class Candidate:
    """A point of the space: the trials that proposed it, and its tasks, one per seed, with what they came to by place.
    ``stopped``: the epoch after which it was behind, 0 otherwise."""

    trials: list[int]
    tasks: list[Task]
    results: dict[int, Result] = field(default_factory=dict)
    stopped: int = 0

    @property
    def left(self) -> list[Task]:
        """Tasks without a result."""
        return [task for place, task in enumerate(self.tasks) if place not in self.results]


def run(
    search: Search,
    corners: Sequence[Job],
    compose: Compose,
    options: SearchOptions,
    sweep: SweepOptions,
    execution: Execution,
) -> list[Result]:
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
    signature = joined([inputs.origin(first.problem).signature(first.signature()), repr(search)])
    store = training.connect(first)
    if store is None:
        raise UserError("tracking=none: a search keeps its trials in the tracker; use tracking=mlflow")
    path = ledger.folder() / f"{signature[:16]}.db"
    plan = Plan(search.space, higher, signature, options.n_trials, options.sampler, options.seed)
    # A trial that failed says something of the space: it is not tried again.
    keep = sweep if sweep.retry == "all" else replace(sweep, retry="none")
    with ledger.opened(store, signature, keep) as before:
        if before.parent is None:
            path.unlink(missing_ok=True)
        with study.opened(path, plan) as opened:
            name = " ".join(["search", *(each.key.rpartition(".")[2] for each in search.space.dimensions)])
            naming = Naming(name, {OWNER: process.this(), ledger.OF_JOBS: signature}, run=before.parent)
            with store.run(naming) as parent:
                parent.tags({"sweep.id": parent.id})
                found = _Search(opened, search, compose, inputs, before, parent.id, figure, options)
                done = sum(trial.state != "running" for trial in opened.trials())
                if done:
                    print(f"{counted(done, 'trial')} of {opened.most} done already")
                results = found.run(store, execution)
                trials = opened.trials()
                parent.tags({"sweep.size": str(len(results)), "sweep.trials": str(len(trials))})
                values, pruned = [each.value for each in trials], [each.state == "pruned" for each in trials]
                parent.artifacts(studies.artifacts(figure, higher, values, pruned, opened.importances()))
                standings.conclude(store, parent, varying([each.config for each in results]), results)
    standings.show(results, store, parent.id)
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
    """Raises:
    UserError: what a search cannot do.
    """
    if len({job.config.problem.name for job in corners}) > 1:
        raise UserError("problem: a search is of one problem; use hydra/sweeper=grid for several")
    if not all(len(inputs.of(job.config).split.val) for job in corners):
        raise UserError("split.val_size=0: a search is judged on validation rows; set split.val_size > 0")
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


class _Search(Referee):
    """Final. Candidates from being asked for to being told of."""

    def __init__(
        self,
        opened: Study,
        search: Search,
        compose: Compose,
        inputs: InputsCache,
        before: Ledger,
        parent: str,
        figure: str,
        options: SearchOptions,
    ) -> None:
        self._study, self._search, self._compose, self._inputs = opened, search, compose, inputs
        self._before, self._parent, self._figure, self._options = before, parent, figure, options
        self._candidates: dict[tuple[str, ...], Candidate] = {}  # by their overrides
        self._waiting: list[Candidate] = []
        self._places: dict[int, tuple[Candidate, int]] = {}  # of tasks, by id
        self._shape: str | None = None  # of the stack that is training
        self._most = 0  # members that it may have
        self._halving = None
        if options.min_epochs is not None:
            self._halving = Halving(options.min_epochs, options.reduction_factor, opened.plan.maximize)

    def run(self, store: Store, execution: Execution) -> list[Result]:
        """All trials; what each came to, those of earlier processes among them."""
        for trial in self._study.trials():
            if trial.state != "running":
                self._candidate(trial)
                if self._halving is not None:
                    for epoch, value in trial.reported.items():
                        self._halving.note(epoch, value)
        while True:
            self._ask()
            if not self._waiting:
                break
            first = self._waiting[0].tasks[0]
            self._shape = shape(first.config, first.inputs.data)
            if self._shape is None or not isinstance(execution, Here):
                self._apart(store, execution)
            else:
                self._most = most(first.config, first.inputs.data)
                self._together(store)
        return [each.results[place] for each in self._candidates.values() for place in sorted(each.results)]

    def _together(self, store: Store) -> None:
        """One stack, which others join as long as there are trials of its shape."""
        tasks = self._start(0)
        try:
            training.train_together(tasks, store, counted(self._study.most, "trial"), self)
        except StorageError:  # nothing that comes could be kept
            raise
        except Exception as error:  # the others go on, and its reason is shown
            reason = str(error) if isinstance(error, LogoddsError) else f"{type(error).__name__}: {error}"
            for candidate in self._candidates.values():
                if candidate not in self._waiting:
                    for task in candidate.left:
                        self._end(task, failed([task], reason)[0])

    def _apart(self, store: Store, execution: Execution) -> None:
        """All that wait, in as many groups as it takes."""
        tasks = [task for candidate in self._waiting for task in candidate.left]
        self._waiting = []
        grouped = groups([task.config for task in tasks], [task.inputs.data for task in tasks], execution.jobs)
        with closing(execution.run([[tasks[place] for place in group] for group in grouped], store)) as trained:
            for group, results in trained:
                for place, each in zip(grouped[group], results, strict=True):
                    self._end(tasks[place], each)

    def _ask(self) -> None:
        """Ask for as many trials as there is room for, until one is to be trained."""
        outstanding = sum(bool(each.left) for each in self._candidates.values())
        free = self._options.generation - outstanding
        while not self._waiting and free > 0 and (asked := self._study.ask(free)):
            for trial in asked:
                candidate = self._candidate(trial)
                if candidate is not None and candidate.trials == [trial.number] and candidate.left:
                    self._waiting.append(candidate)

    def _candidate(self, trial: Trial) -> Candidate | None:
        """The candidate that a trial proposes, with what is known of it; None where it makes no configuration."""
        found = self._candidates.get(trial.overrides)
        if found is not None:
            found.trials.append(trial.number)
        else:
            try:
                found = Candidate([trial.number], self._tasks(trial))
            except UserError as error:
                print(printable(f"failed: {' '.join(trial.overrides)}: {error}"))
                self._study.fail(trial.number)
                return None
            self._candidates[trial.overrides] = found
            for place, task in enumerate(found.tasks):
                self._places[id(task)] = found, place
                run = self._before.take(task.origin.signature(task.config.signature()))
                if run is not None:
                    found.results[place] = of_record(task.config, run)
                    found.stopped = found.results[place].stopped
        if trial.state == "running" and not found.left:
            self._tell(found, [trial.number])
        return found

    def _tasks(self, trial: Trial) -> list[Task]:
        tasks = []
        for seed in self._search.seeds or ("",):
            repeat = [f"{SEED}={seed}"] if seed else []
            config = self._compose([*self._search.fixed, *trial.overrides, *repeat]).config
            name = run_name([*map(_short, trial.overrides), *repeat])
            colour = views.COLOURS[trial.number % len(views.COLOURS)]
            tags = {"mlflow.runColor": colour, "sweep.id": self._parent, "sweep.trial": str(trial.number)}
            origin = self._inputs.origin(config.problem)
            task = Task(config, self._inputs.of(config), origin, run_folder(config), Naming(name, tags, self._parent))
            naming = replace(task.naming, run=self._before.resume(task.signature))
            place = ledger.folder() / self._parent / f"{trial.number}-{seed}"
            tasks.append(replace(task, naming=naming, unfinished=place))
        return tasks

    def _start(self, training: int) -> list[Task]:
        """Tasks of those that wait which there is room for beside so many that are training."""
        tasks: list[Task] = []
        for candidate in list(self._waiting):
            first, count = candidate.tasks[0], training + len(tasks)
            fits = count == 0 or count + len(candidate.left) <= self._most
            if fits and shape(first.config, first.inputs.data) == self._shape:
                self._waiting.remove(candidate)
                tasks += candidate.left
        return tasks

    def joining(self, training: int) -> list[Task]:
        self._ask()
        return self._start(training)

    def behind(self, standing: Sequence[Standing]) -> list[int]:
        if self._halving is None:
            return []
        arrived: dict[int, dict[int, list[int]]] = {}  # by epoch and candidate's first trial: places in `standing`
        for place, each in enumerate(standing):
            if self._halving.is_rung(each.epoch):
                candidate, _ = self._places[id(each.task)]
                arrived.setdefault(each.epoch, {}).setdefault(candidate.trials[0], []).append(place)
        found = []
        for epoch, places in arrived.items():
            values = {first: _mean([standing[k].best for k in each]) for first, each in places.items()}
            ended = self._halving.behind(epoch, values)
            for first, value in values.items():
                candidate, _ = self._places[id(standing[places[first][0]].task)]
                if first in ended:
                    candidate.stopped = epoch
                    found += places[first]
                else:
                    for trial in candidate.trials:
                        self._study.report(trial, value, epoch)
        return found

    def ended(self, task: Task, found: Outcome | JobError) -> None:
        candidate, _ = self._places[id(task)]
        self._end(task, replace(result(task, found), stopped=candidate.stopped))

    def _end(self, task: Task, found: Result) -> None:
        candidate, place = self._places[id(task)]
        candidate.results[place] = found
        if not candidate.left:
            self._tell(candidate, candidate.trials)

    def _tell(self, candidate: Candidate, trials: Sequence[int]) -> None:
        """Tell the study what a candidate came to."""
        values = [each.figures.get(self._figure) for each in candidate.results.values()]
        known = [value for value in values if value is not None]
        for each in trials:
            if len(known) < len(values):
                self._study.fail(each)
            elif candidate.stopped:
                self._study.prune(each, _mean(known), candidate.stopped)
            else:
                self._study.tell(each, _mean(known))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _short(override: str) -> str:
    """With as many digits as a name has room for."""
    key, _, value = override.partition("=")
    try:
        return f"{key}={float(value):.4g}" if len(value) > SHORT else override
    except ValueError:
        return override
