"""Sample the points of a space that a search tries next, with Optuna's samplers on an in-memory copy of the study.

Each trial is sampled with its own seed, derived from the search's seed and the trial's number. The point therefore
depends only on these and on the trials known so far, not on the process that samples it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from logodds.sweep.search.space import Choice, Dimension, IntervalDimension, Space

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

Direction: TypeAlias = Literal["minimize", "maximize"]

SAMPLERS = ("tpe", "random", "grid")
MOST_RANDOM = 10  # trials that ``tpe`` draws at random before it proposes any, if there are many; as in Optuna


def startup(trials: int) -> int:
    """Return how many of ``trials`` trials ``tpe`` draws at random at least: a quarter, but no more than in Optuna.

    It also draws at random as long as no trial has ended with a value.
    """
    return min(MOST_RANDOM, max(1, trials // 4))


def drawn(
    space: Space, sampler: str, seed: int, direction: Direction, trials: int, known: Sequence[FrozenTrial], count: int
) -> list[FrozenTrial]:
    """Sample the next ``count`` trials after the known ones and return them in the state RUNNING. ``tpe`` assumes a bad
    value for each trial that is still running (Optuna's ``constant_liar``), so that trials of one generation differ.

    Args:
        space: the space to sample from.
        sampler: one of :data:`SAMPLERS`.
        seed: the seed of the search.
        direction: whether a trial's value is minimized or maximized.
        trials: number of trials in all, see :func:`startup`.
        known: all trials of the study so far.
        count: number of trials to sample.

    Raises:
        UserError: the sampler is ``grid``, but the space has no grid.
    """
    from optuna import create_study
    from optuna.samplers import GridSampler, RandomSampler
    from optuna.trial import TrialState, create_trial

    grid = GridSampler(space.grid(), seed) if sampler == "grid" else None
    distributions = {dimension.key: distribution(dimension) for dimension in space.dimensions}
    study = create_study(sampler=RandomSampler(seed), direction=direction)
    study.add_trials(known)
    ended = any(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in known)
    sampled = []
    for number in range(len(known), len(known) + count):
        guided = sampler == "tpe" and ended and number >= startup(trials)
        study.sampler = grid or _seeded(guided, seed, number)
        point = study.ask(distributions).params
        sampled.append(create_trial(state=TrialState.RUNNING, params=point, distributions=distributions))
    return sampled


def distribution(dimension: Dimension) -> BaseDistribution:
    """Return a dimension as Optuna's distribution."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Choice):
        return CategoricalDistribution(dimension.texts)
    whole: Any = IntDistribution if isinstance(dimension.low, int) else FloatDistribution
    if isinstance(dimension, IntervalDimension):
        result: BaseDistribution = whole(dimension.low, dimension.high, log=dimension.log)
    else:
        result = whole(dimension.low, dimension.value(dimension.count - 1), step=dimension.step)
    return result


def _seeded(guided: bool, seed: int, number: int) -> BaseSampler:
    from optuna.samplers import RandomSampler, TPESampler

    trial_seed = int.from_bytes(hashlib.sha256(f"search:{seed}:{number}".encode()).digest()[:4], "big")
    if not guided:
        return RandomSampler(trial_seed)
    return TPESampler(seed=trial_seed, constant_liar=True, n_startup_trials=1)
