"""The trials of a search, from being asked for to being told of: members of a stack which the next ones join."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

from logodds.options.overrides import run_name
from logodds.runs import training
from logodds.runs.group import Referee, Standing
from logodds.runs.grouping import most, shape
from logodds.runs.inputs import InputsCache
from logodds.runs.outcome import Outcome
from logodds.runs.repeats import SEED
from logodds.runs.task import Task
from logodds.sweep import member
from logodds.sweep.job import Job, JobResult
from logodds.sweep.launch.execution import Execution, Here, failed, of_record, result
from logodds.sweep.member import Underway
from logodds.sweep.search.halving import Halving
from logodds.sweep.search.space import Search
from logodds.sweep.search.study import Study, Trial
from logodds.system.errors import JobError, StorageError, UserError, counted
from logodds.system.terminal.text import printable
from logodds.tracking.naming import Naming

if TYPE_CHECKING:
    from logodds.tracking.store import Store

SHORT = 7  # characters of a number that a name has room for
Compose = Callable[[Sequence[str]], Job]


@dataclass(eq=False)
class Candidate:
    """A point of the space: the trials that proposed it, and its tasks, one per seed, with what they came to by place.
    ``stopped``: the epoch after which it was behind, 0 otherwise."""

    trials: list[int]
    tasks: list[Task]
    results: dict[int, JobResult] = field(default_factory=dict)
    stopped: int = 0

    @property
    def left(self) -> list[Task]:
        """Tasks without a result."""
        return [task for place, task in enumerate(self.tasks) if place not in self.results]


@final
class Trials(Referee):
    """The trials of a search while they train.

    Args:
        compose: overrides -> the job that they describe.
        figure: the name of the one that trials are judged by, of several seeds by its mean.
        generation: trials that train at a time.
        halving: None where every trial trains to its end.
    """

    def __init__(
        self,
        opened: Study,
        search: Search,
        compose: Compose,
        inputs: InputsCache,
        sweep: Underway,
        figure: str,
        generation: int,
        halving: Halving | None,
    ) -> None:
        self._study, self._search, self._compose, self._inputs = opened, search, compose, inputs
        self._sweep, self._figure, self._generation, self._halving = sweep, figure, generation, halving
        self._candidates: dict[tuple[str, ...], Candidate] = {}  # by their overrides
        self._waiting: list[Candidate] = []
        self._places: dict[int, tuple[Candidate, int]] = {}  # of tasks, by id
        self._shape: str | None = None  # of the stack that is training
        self._most = 0  # members that it may have

    def run(self, store: Store, execution: Execution) -> list[JobResult]:
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
        except Exception as error:  # the other trials go on, and its reason is shown
            for candidate in self._candidates.values():
                if candidate not in self._waiting:
                    for task in candidate.left:
                        self._end(task, failed(task, error))

    def _apart(self, store: Store, execution: Execution) -> None:
        """All that wait."""
        tasks = [task for candidate in self._waiting for task in candidate.left]
        self._waiting = []
        with closing(execution.train(tasks, store)) as trained:
            for place, each in trained:
                self._end(tasks[place], each)

    def _ask(self) -> None:
        """Ask for as many trials as there is room for, until one is to be trained."""
        outstanding = sum(bool(each.left) for each in self._candidates.values())
        free = self._generation - outstanding
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
                run = self._sweep.before.left.take_ended(task.signature)
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
            naming = Naming(run_name([*map(_short, trial.overrides), *repeat]), {"sweep.trial": str(trial.number)})
            place = f"{trial.number}-{seed}"
            tasks.append(member.task(config, self._inputs, naming, trial.number, self._sweep, place))
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

    def _end(self, task: Task, found: JobResult) -> None:
        candidate, place = self._places[id(task)]
        candidate.results[place] = found
        if not candidate.left:
            self._tell(candidate, candidate.trials)

    def _tell(self, candidate: Candidate, trials: Sequence[int]) -> None:
        """Tell the study what a candidate came to; one that was lost goes on when the command is given again."""
        if any(each.lost for each in candidate.results.values()):
            return
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
