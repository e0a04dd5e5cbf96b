"""A search's trials in one sqlite file, an Optuna study: whoever opens it again goes on with the same trials.

A trial is written with its whole point in one transaction, and so is its end: a process may be killed at any moment.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from logodds.sweep.search import sampling
from logodds.sweep.search.sampling import Direction
from logodds.sweep.search.space import Space
from logodds.system.errors import StorageError, UserError
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

NAME = "search"  # of the study in its file
PLAN, ASKED = "logodds.plan", "logodds.asked"  # its attributes: what it belongs to, how many trials were asked for
STATES = {"RUNNING": "running", "COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
BROKEN = (UnicodeDecodeError, json.JSONDecodeError)  # what a damaged text ends with
AMISS = (LookupError, TypeError, ValueError)  # what a damaged word ends with, as a file is opened
OUTSIDE = ("BUSY", "CANTOPEN", "FULL", "IOERR", "LOCKED", "PERM", "READONLY")  # SQLite's, of files that may be whole
MEND = "move it aside, and the same command begins anew with the runs that have ended"
SECONDS = 5.0  # to wait for a reader of the file


@dataclass(frozen=True)
class Plan:
    """What a study tries, and how. ``origin``: a text that tells apart what its values depend on beside the space (the
    figure, data, code, the other options). The same file goes on with more ``trials``, another sampler or seed, but not
    with another space, direction or origin."""

    space: Space
    maximize: bool
    origin: str
    trials: int
    sampler: str
    seed: int

    @property
    def direction(self) -> Direction:
        """In Optuna's words."""
        return "maximize" if self.maximize else "minimize"


@dataclass(frozen=True)
class Trial:
    """One point of the space: its overrides ``key=value``, state (running, complete, pruned, failed), final value (of a
    pruned one the last, of another None), and the values that were reported by epoch."""

    number: int
    overrides: tuple[str, ...]
    state: str
    value: float | None
    reported: Mapping[int, float]


@contextmanager
def opened(path: Path, plan: Plan) -> Iterator[Study]:
    """The study in a file, a new one where there is none; for one process at a time.

    Raises:
        UserError: it belongs to another search, or ``grid`` is to sample a space that has none.
        StorageError: the file is damaged, or cannot be read or written.
    """
    if plan.sampler == "grid":
        plan.space.grid()
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    study = Study(path, plan)
    try:
        yield study
    finally:
        study.close()


@final
class Study:
    """Trials that are asked for, and told how they ended. ``most``: trials in all, no more than a grid has.

    Raises:
        UserError, StorageError: as :func:`opened`; each method StorageError.
    """

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path, self.plan = path, plan
        self._given: set[int] = set()  # numbers of the trials that this process has handed out
        self.most = plan.trials
        if plan.sampler == "grid":
            self.most = min(plan.trials, math.prod(map(len, plan.space.grid().values())))
        with _told(path, *AMISS):
            _refuse_damaged(path)
            self._storage, self._study = _stored(path, plan)
            _check(path, plan, self._study)
            for each in self._study.get_trials(deepcopy=False):
                self._plain(each)

    def ask(self, count: int) -> list[Trial]:
        """The next generation: ``count`` trials, fewer where the plan has no more, none at its end.

        What an earlier process asked for and did not end comes first, alone and whole: the generations are the same
        ones as of a process that is never killed, and so are all trials.
        """
        with _told(self.path):
            known = self._study.get_trials(deepcopy=False)
            left = [each for each in known if each.state.name == "RUNNING" and each.number not in self._given]
            asked = int(self._study.user_attrs.get(ASKED, 0))
            if not left and len(known) >= asked:
                asked = len(known) + count
            plan, missing = self.plan, min(asked, self.most) - len(known)
            if missing > 0:
                self._study.set_user_attr(ASKED, len(known) + missing)
                for each in sampling.drawn(plan.space, plan.sampler, plan.seed, plan.direction, known, missing):
                    self._study.add_trial(each)
                left += self._study.get_trials(deepcopy=False)[len(known) :]
        self._given |= {each.number for each in left}
        return [self._plain(each) for each in left]

    def tell(self, number: int, value: float) -> None:
        """A trial has ended with a value; with NaN it has failed."""
        if math.isnan(value):
            self.fail(number)
        else:
            self._end(number, "COMPLETE", value)

    def report(self, number: int, value: float, epoch: int) -> None:
        """A running trial's value after an epoch."""
        with _told(self.path):
            study = self._storage.get_study_id_from_name(NAME)
            trial = self._storage.get_trial_id_from_study_id_trial_number(study, number)
            self._storage.set_trial_intermediate_value(trial, epoch, value)

    def prune(self, number: int, value: float, epoch: int) -> None:
        """A trial was ended after an epoch, by its value."""
        self.report(number, value, epoch)
        self._end(number, "PRUNED")

    def fail(self, number: int) -> None:
        """A trial has no value, and is not tried again."""
        self._end(number, "FAIL")

    def trials(self) -> list[Trial]:
        """All trials in their order."""
        with _told(self.path):
            return [self._plain(each) for each in self._study.get_trials(deepcopy=False)]

    def importances(self) -> dict[str, float] | None:
        """How much of the values' differences each key explains, largest first, adding up to one: by how much it lowers
        the squared error of a random forest (mean decrease in impurity, Breiman 2001). None where that means nothing:
        fewer than two different values, or keys that vary.

        Of Optuna's measures this one names the right key with the fewest trials; PED-ANOVA, its default, overlooks a
        choice of two that decides all.
        """
        from optuna.importance import MeanDecreaseImpurityImportanceEvaluator, get_param_importances

        with _told(self.path):
            ended = [each for each in self._study.get_trials(deepcopy=False) if each.state.name == "COMPLETE"]
            ended = [each for each in ended if math.isfinite(each.values[0])]
            keys = [key.key for key in self.plan.space.dimensions if len({each.params[key.key] for each in ended}) > 1]
            if len(keys) < 2 or len({each.values[0] for each in ended}) < 2:
                return None
            evaluator = MeanDecreaseImpurityImportanceEvaluator(seed=0)
            # Sorted: Optuna 5.0 gives the shares in the keys' alphabetical order to whatever order they come in.
            found = get_param_importances(self._study, evaluator=evaluator, params=sorted(keys))
        return {key: float(share) for key, share in found.items()}

    def close(self) -> None:
        """Let go of the file."""
        self._storage.engine.dispose()

    def _end(self, number: int, state: str, value: float | None = None) -> None:
        from optuna.trial import TrialState

        with _told(self.path):
            self._study.tell(number, value, TrialState[state])

    def _plain(self, trial: FrozenTrial) -> Trial:
        overrides = self.plan.space.overrides(trial.params)
        value = trial.value if trial.state.name in ("COMPLETE", "PRUNED") else None
        return Trial(trial.number, overrides, STATES[trial.state.name], value, dict(trial.intermediate_values))


def _stored(path: Path, plan: Plan) -> tuple[optuna.storages.RDBStorage, optuna.Study]:
    # Optuna's import takes a tenth of a second beside MLflow's, which brings SQLAlchemy too.
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)  # what it does is no news
    storage = optuna.storages.RDBStorage(f"sqlite:///{path}", {"connect_args": {"timeout": SECONDS}})
    sampler = optuna.samplers.RandomSampler(plan.seed)  # trials are drawn in sampling.py
    study = optuna.create_study(
        storage=storage, study_name=NAME, sampler=sampler, direction=plan.direction, load_if_exists=True
    )
    return storage, study


def _check(path: Path, plan: Plan, study: optuna.Study) -> None:
    """Make a new study the plan's, or refuse another one's."""
    given = {each.key: repr(each) for each in plan.space.dimensions}
    given |= {"direction": plan.direction, "data, code or options": plan.origin}
    held: Mapping[str, str] | None = study.user_attrs.get(PLAN)
    if held is None and not study.get_trials(deepcopy=False):
        study.set_user_attr(PLAN, given)
    elif held != given:
        other = [key for key in given | dict(held or {}) if (held or {}).get(key) != given.get(key)]
        raise UserError(
            f"{path}: holds another search (not the same: {', '.join(other[:3])}); move it away, or give another file"
        )


def _refuse_damaged(path: Path) -> None:
    """By SQLite's own check of its pages, before anything is written to them.

    Raises:
        sqlite3.Error: it is no database, or a damaged one.
    """
    if path.is_file():
        with closing(sqlite3.connect(path, timeout=SECONDS)) as connection:
            ((found,), *_) = connection.execute("PRAGMA quick_check(1)").fetchall()
        if found != "ok":
            raise sqlite3.DatabaseError(found.splitlines()[-1])


@contextmanager
def _told(path: Path, *broken: type[Exception]) -> Iterator[None]:
    """Errors of the file in one line; ``broken``: further ones that mean that it is damaged."""
    from optuna.exceptions import OptunaError
    from sqlalchemy.exc import SQLAlchemyError

    damage = (*BROKEN, *broken, sqlite3.Error)
    caught: tuple[type[Exception], ...] = (OSError, OptunaError, SQLAlchemyError, RuntimeError, *damage)
    try:
        yield
    except caught as error:  # RuntimeError: another Optuna's file
        cause = getattr(error.__cause__ or error, "orig", error.__cause__ or error)  # Optuna's words are about commits
        outside = str(getattr(cause, "sqlite_errorname", "")).startswith(tuple(f"SQLITE_{name}" for name in OUTSIDE))
        if isinstance(cause, damage) and not outside:
            told = f"damaged ({shortened(str(cause), 40)}); {MEND}"
        else:
            told = f"cannot be used as the record of a search ({shortened(str(cause), 70)}); free it, or move it away"
        raise StorageError(f"{path}: {told}") from error
