"""The trials of a search in one SQLite file, as an Optuna study. Opening the file again continues the same trials.

A trial is written with its whole point in one transaction, and its end in another, so that the process may be killed at
any moment.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from logodds.sweep.search import sampling
from logodds.sweep.search.sampling import Direction
from logodds.sweep.search.space import Space
from logodds.sweep.search.study_file import DAMAGED_VALUES, SECONDS, refuse_damaged, translated_errors
from logodds.system import sqlite
from logodds.system.errors import UserError

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

NAME = "search"  # name of the study in its file
PLAN, ASKED = "logodds.plan", "logodds.asked"  # attributes of the study: its plan, and the number of trials asked for
STATES = {"RUNNING": "running", "COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}


@dataclass(frozen=True)
class Plan:
    """What a study tries, and how. A study's file can be continued with more trials, another sampler or another seed,
    but not with another space, direction or origin.

    Attributes:
        space: the space that is searched.
        maximize: whether a larger value is better.
        origin: text that identifies all else that values depend on: the data, the code and the other options.
        trials: number of trials in all.
        sampler: how points are sampled: ``tpe``, ``random`` or ``grid``.
        seed: seed of the sampler.
    """

    space: Space
    maximize: bool
    origin: str
    trials: int
    sampler: str
    seed: int

    @property
    def direction(self) -> Direction:
        """The direction of optimization, as Optuna names it."""
        return "maximize" if self.maximize else "minimize"


@dataclass(frozen=True)
class Trial:
    """One point of the space and its result.

    Attributes:
        number: 0, 1, ... in the order in which trials were asked for.
        overrides: the point as texts ``key=value``.
        state: running, complete, pruned or failed.
        value: the final value if complete, the last reported value if pruned, otherwise None.
        reported: values reported during training, by epoch.
    """

    number: int
    overrides: tuple[str, ...]
    state: str
    value: float | None
    reported: Mapping[int, float]


@contextmanager
def opened(path: Path, plan: Plan) -> Iterator[Study]:
    """Open the study in a file, or a new one if there is no file. Only one process at a time may do so.

    Raises:
        UserError: the file belongs to another search, or the sampler is ``grid`` and the space has no grid.
        StorageError: the file is damaged, or cannot be read or written.
    """
    if plan.sampler == "grid":
        plan.space.grid()
    with translated_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    study = Study(path, plan)
    try:
        yield study
    finally:
        study.close()


@final
class Study:
    """The study in a file: :meth:`ask` returns trials to run, and :meth:`tell`, :meth:`prune` and :meth:`fail` record
    how they ended. Every method may raise a StorageError.

    Attributes:
        path: the SQLite file.
        plan: what the study tries.
        most: number of trials in all; with ``grid`` not more than the grid has points.

    Raises:
        UserError, StorageError: as for :func:`opened`.
    """

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path, self.plan = path, plan
        self._given: set[int] = set()  # numbers of the trials that this process has handed out
        self.most = plan.trials
        if plan.sampler == "grid":
            self.most = min(plan.trials, math.prod(map(len, plan.space.grid().values())))
        with translated_errors(path, *DAMAGED_VALUES):
            refuse_damaged(path)
            self._storage, self._study = _stored(path, plan)
            _check(path, plan, self._study)
            for trial in self._study.get_trials(deepcopy=False):
                self._plain(trial)

    def ask(self, count: int) -> list[Trial]:
        """Return the next generation: ``count`` trials, fewer if the plan has fewer left, none at its end.

        Trials that an earlier process asked for and did not end come first, as a generation of their own that is filled
        up if the process was killed while it wrote it. The generations, and therefore all trials, are thus the same as
        in a process that is never killed.
        """
        with translated_errors(self.path):
            known = self._study.get_trials(deepcopy=False)
            left = [trial for trial in known if trial.state.name == "RUNNING" and trial.number not in self._given]
            asked = int(self._study.user_attrs.get(ASKED, 0))
            if not left and len(known) >= asked:
                asked = len(known) + count
            plan, missing = self.plan, min(asked, self.most) - len(known)
            if missing > 0:
                self._study.set_user_attr(ASKED, len(known) + missing)
                how = plan.sampler, plan.seed, plan.direction, plan.trials
                for trial in sampling.drawn(plan.space, *how, known, missing):
                    self._study.add_trial(trial)
                left += self._study.get_trials(deepcopy=False)[len(known) :]
        self._given |= {trial.number for trial in left}
        return [self._plain(trial) for trial in left]

    def tell(self, number: int, value: float) -> None:
        """Record that a trial has ended with a value. A trial with the value NaN counts as failed."""
        if math.isnan(value):
            self.fail(number)
        else:
            self._end(number, "COMPLETE", value)

    def report(self, number: int, value: float, epoch: int) -> None:
        """Record the value of a running trial after an epoch."""
        with translated_errors(self.path):
            study = self._storage.get_study_id_from_name(NAME)
            trial = self._storage.get_trial_id_from_study_id_trial_number(study, number)
            self._storage.set_trial_intermediate_value(trial, epoch, value)

    def prune(self, number: int, value: float, epoch: int) -> None:
        """Record that a trial was stopped after an epoch because of its value."""
        self.report(number, value, epoch)
        self._end(number, "PRUNED")

    def fail(self, number: int) -> None:
        """Record that a trial has no value. It is not tried again."""
        self._end(number, "FAIL")

    def trials(self) -> list[Trial]:
        """Return all trials, by their number."""
        with translated_errors(self.path):
            return [self._plain(trial) for trial in self._study.get_trials(deepcopy=False)]

    def importances(self) -> dict[str, float] | None:
        """Return the share of the differences between values that each key explains, the largest first; the shares add
        up to one. A share is the key's mean decrease in impurity in a random forest (Breiman 2001). Return None where
        shares mean nothing: with fewer than two different values, or fewer than two keys that vary.

        Of Optuna's measures this one identifies the right key with the fewest trials. PED-ANOVA, Optuna's default, can
        overlook a choice of two values on which everything depends.
        """
        from optuna.importance import MeanDecreaseImpurityImportanceEvaluator, get_param_importances

        with translated_errors(self.path):
            ended = [trial for trial in self._study.get_trials(deepcopy=False) if trial.state.name == "COMPLETE"]
            ended = [trial for trial in ended if math.isfinite(trial.values[0])]
            keys = [
                dimension.key
                for dimension in self.plan.space.dimensions
                if len({trial.params[dimension.key] for trial in ended}) > 1
            ]
            if len(keys) < 2 or len({trial.values[0] for trial in ended}) < 2:
                return None
            evaluator = MeanDecreaseImpurityImportanceEvaluator(seed=0)
            # Sorted: Optuna 5.0 assigns the shares in alphabetical order to the keys in the order given.
            shares = get_param_importances(self._study, evaluator=evaluator, params=sorted(keys))
        return {key: float(share) for key, share in shares.items()}

    def close(self) -> None:
        """Close the connections to the file."""
        self._storage.engine.dispose()

    def _end(self, number: int, state: str, value: float | None = None) -> None:
        from optuna.trial import TrialState

        with translated_errors(self.path):
            self._study.tell(number, value, TrialState[state])

    def _plain(self, trial: FrozenTrial) -> Trial:
        overrides = self.plan.space.overrides(trial.params)
        value = trial.value if trial.state.name in ("COMPLETE", "PRUNED") else None
        return Trial(trial.number, overrides, STATES[trial.state.name], value, dict(trial.intermediate_values))


def _stored(path: Path, plan: Plan) -> tuple[optuna.storages.RDBStorage, optuna.Study]:
    # Importing Optuna takes a tenth of a second more than MLflow, which imports SQLAlchemy too.
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)  # its progress messages are not for the user
    storage = optuna.storages.RDBStorage(sqlite.openable(sqlite.address(path)), {"connect_args": {"timeout": SECONDS}})
    sampler = optuna.samplers.RandomSampler(plan.seed)  # not used: trials are sampled in sampling.py
    study = optuna.create_study(
        storage=storage, study_name=NAME, sampler=sampler, direction=plan.direction, load_if_exists=True
    )
    return storage, study


def _check(path: Path, plan: Plan, study: optuna.Study) -> None:
    """Write the plan into a new study, or check that an existing study has the same space, direction and origin.

    Raises:
        UserError: the study belongs to another search.
    """
    given = {dimension.key: repr(dimension) for dimension in plan.space.dimensions}
    given |= {"direction": plan.direction, "data, code or options": plan.origin}
    held: Mapping[str, str] | None = study.user_attrs.get(PLAN)
    if held is None and not study.get_trials(deepcopy=False):
        study.set_user_attr(PLAN, given)
    elif held != given:
        other = [key for key in given | dict(held or {}) if (held or {}).get(key) != given.get(key)]
        raise UserError(
            f"{path}: holds another search (these differ: {', '.join(other[:3])}); move it away, or give another file"
        )
