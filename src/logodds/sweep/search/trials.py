"""The trials of a search, from asking the study for them to reporting their values. They train as members of a stack
that further trials join.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, final

from logodds.runs import training
from logodds.runs.grouping import most, shape
from logodds.runs.inputs import InputsCache
from logodds.runs.outcome import Outcome
from logodds.runs.referee import Referee, Standing
from logodds.runs.repeats import SEED
from logodds.runs.task import Task
from logodds.sweep import member
from logodds.sweep.job import Job, JobResult
from logodds.sweep.launch.execution import Execution, Here, failed, of_record, result
from logodds.sweep.member import Underway
from logodds.sweep.search.candidate import Candidate
from logodds.sweep.search.halving import Halving
from logodds.sweep.search.space import Search
from logodds.sweep.search.study import Study, Trial
from logodds.system.errors import JobError, StorageError, UserError, counted
from logodds.system.terminal.lines import show_line
from logodds.system.terminal.notes import show_notes
from logodds.tracking.naming import Naming, run_name

if TYPE_CHECKING:
    from logodds.tracking.store import Store

SHORT = 7  # characters of a value that a run's name shows in full
Compose = Callable[[Sequence[str]], Job]


@final
class Trials(Referee):
    """Runs the trials of a search, and decides which of them continue and which join the stack that is training.

    Args:
        opened: the study that proposes trials and records their values.
        search: the space, the overrides that all trials share, and the seeds.
        compose: function from overrides to the job that they describe.
        inputs: the rows that trials train on.
        sweep: the search in progress, with what an earlier process left of it.
        figure: name of the figure by which trials are judged; with several seeds, by its mean.
        generation: number of trials that train at a time.
        halving: successive halving; None if every trial trains to its end.
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
        self._candidates: dict[tuple[str, ...], Candidate] = {}  # by the signatures of its tasks
        self._told: set[str] = set()  # notes about points that differ from others in keys without effect alone
        self._waiting: list[Candidate] = []
        self._owners: dict[int, tuple[Candidate, int]] = {}  # by id of a task: its candidate, and its index there
        self._shape: str | None = None  # shape of the stack that is training
        self._most = 0  # members that this stack may have

    def run(self, store: Store, execution: Execution) -> list[JobResult]:
        """Run all trials and return their results, including those of trials that earlier processes ran."""
        for trial in self._study.trials():
            if trial.state != "running":
                self._candidate(trial)
                if self._halving is not None:
                    for epoch, value in trial.reported.items():
                        self._halving.note(epoch, value)
        while True:
            self._request_trials()
            if not self._waiting:
                break
            first = self._waiting[0].tasks[0]
            self._shape = shape(first.config, first.inputs.data)
            if self._shape is None or not isinstance(execution, Here):
                self._apart(store, execution)
            else:
                self._most = most(first.config, first.inputs.data)
                self._together(store)
        return [
            candidate.results[index] for candidate in self._candidates.values() for index in sorted(candidate.results)
        ]

    def _together(self, store: Store) -> None:
        """Train one stack, which further trials join as long as they have its shape."""
        tasks = self._start(0)
        try:
            training.train_together(tasks, store, counted(self._study.most, "trial"), self)
        except StorageError:  # no further result could be recorded
            raise
        except Exception as error:  # the other trials continue, and the reason is shown
            for candidate in self._candidates.values():
                if candidate not in self._waiting:
                    for task in candidate.left:
                        self._end(task, failed(task, error))

    def _apart(self, store: Store, execution: Execution) -> None:
        """Train all candidates that are waiting, by the execution's own means: no trial joins or is stopped."""
        tasks = [task for candidate in self._waiting for task in candidate.left]
        self._waiting = []
        with closing(execution.train(tasks, store)) as trained:
            for index, job_result in trained:
                self._end(tasks[index], job_result)

    def _request_trials(self) -> None:
        """Ask the study for as many trials as the generation has room for, until one has to be trained."""
        outstanding = sum(bool(candidate.left) for candidate in self._candidates.values())
        free = self._generation - outstanding
        while not self._waiting and free > 0 and (asked := self._study.ask(free)):
            for trial in asked:
                candidate = self._candidate(trial)
                if candidate is not None and candidate.trials == [trial.number] and candidate.left:
                    self._waiting.append(candidate)

    def _candidate(self, trial: Trial) -> Candidate | None:
        """Return the candidate that a trial proposes, with the results that earlier processes left. Return None, and
        record the trial as failed, if its overrides do not make a valid configuration.
        """
        try:
            tasks = self._tasks(trial)
        except UserError as error:
            show_line(f"failed: {' '.join(trial.overrides)}: {error}")
            self._study.fail(trial.number)
            return None
        signatures = tuple(task.signature for task in tasks)
        candidate = self._candidates.get(signatures)
        if candidate is not None:
            candidate.trials.append(trial.number)
            if trial.overrides != candidate.overrides:
                show_notes(note for note in tasks[0].config.notes() if note not in self._told)
                self._told.update(tasks[0].config.notes())
        else:
            candidate = self._candidates[signatures] = Candidate([trial.number], trial.overrides, tasks)
            for index, task in enumerate(candidate.tasks):
                self._owners[id(task)] = candidate, index
                run = self._sweep.before.left.take_ended(task.signature)
                if run is not None:
                    candidate.results[index] = of_record(task.config, run)
                    candidate.stopped = candidate.results[index].stopped
        if trial.state == "running" and not candidate.left:
            self._report_value(candidate, [trial.number])
        return candidate

    def _tasks(self, trial: Trial) -> list[Task]:
        tasks = []
        for seed in self._search.seeds or ("",):
            repeat = [f"{SEED}={seed}"] if seed else []
            config = self._compose([*self._search.fixed, *trial.overrides, *repeat]).config
            naming = Naming(run_name([*map(_short, trial.overrides), *repeat]), {"sweep.trial": str(trial.number)})
            folder_name = f"{trial.number}-{seed}"
            tasks.append(member.task(config, self._inputs, naming, trial.number, self._sweep, folder_name))
        return tasks

    def _start(self, training: int) -> list[Task]:
        """Return the tasks of waiting candidates that have the stack's shape and for which it has room.

        Args:
            training: number of members that are training.
        """
        tasks: list[Task] = []
        for candidate in list(self._waiting):
            first, count = candidate.tasks[0], training + len(tasks)
            fits = count == 0 or count + len(candidate.left) <= self._most
            if fits and shape(first.config, first.inputs.data) == self._shape:
                self._waiting.remove(candidate)
                tasks += candidate.left
        return tasks

    def joining(self, training: int) -> list[Task]:
        self._request_trials()
        return self._start(training)

    def behind(self, standing: Sequence[Standing]) -> list[int]:
        if self._halving is None:
            return []
        arrived: dict[int, dict[int, list[int]]] = {}  # by epoch and candidate's first trial: indices in `standing`
        for index, entry in enumerate(standing):
            if self._halving.is_rung(entry.epoch):
                candidate, _ = self._owners[id(entry.task)]
                arrived.setdefault(entry.epoch, {}).setdefault(candidate.trials[0], []).append(index)
        stopped = []
        for epoch, by_trial in arrived.items():
            values = {first: _mean([standing[k].best for k in indices]) for first, indices in by_trial.items()}
            ended = self._halving.behind(epoch, values)
            for first, value in values.items():
                candidate, _ = self._owners[id(standing[by_trial[first][0]].task)]
                if first in ended:
                    candidate.stopped = epoch
                    stopped += by_trial[first]
                else:
                    for trial in candidate.trials:
                        self._study.report(trial, value, epoch)
        return stopped

    def ended(self, task: Task, outcome: Outcome | JobError) -> None:
        candidate, _ = self._owners[id(task)]
        self._end(task, replace(result(task, outcome), stopped=candidate.stopped))

    def _end(self, task: Task, job_result: JobResult) -> None:
        candidate, index = self._owners[id(task)]
        candidate.results[index] = job_result
        if not candidate.left:
            self._report_value(candidate, candidate.trials)

    def _report_value(self, candidate: Candidate, trials: Sequence[int]) -> None:
        """Report the value of a candidate to the study. A candidate whose process was lost is not reported, because the
        same command continues it.
        """
        if any(job_result.lost for job_result in candidate.results.values()):
            return
        values = [job_result.figures.get(self._figure) for job_result in candidate.results.values()]
        known = [value for value in values if value is not None]
        for trial in trials:
            if len(known) < len(values):
                self._study.fail(trial)
            elif candidate.stopped:
                self._study.prune(trial, _mean(known), candidate.stopped)
            else:
                self._study.tell(trial, _mean(known))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _short(override: str) -> str:
    """Return an override with a long number rounded to four significant digits."""
    key, _, value = override.partition("=")
    try:
        return f"{key}={float(value):.4g}" if len(value) > SHORT else override
    except ValueError:
        return override
