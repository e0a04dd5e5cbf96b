"""Which points of a space a search tries next: Optuna's samplers, on a copy of the study in memory.

Every draw has a seed of its own, made of the search's and the trial's number: what is drawn depends on nothing but the
trials that are known, whichever process draws it.
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


def drawn(
    space: Space, sampler: str, seed: int, direction: Direction, known: Sequence[FrozenTrial], count: int
) -> list[FrozenTrial]:
    """The next ``count`` trials after all that are known, running. Of those that run already ``tpe`` takes bad ends for
    granted (its constant liar), so that the trials of one generation differ.

    Raises:
        UserError: ``grid``, and the space has none.
    """
    from optuna import create_study
    from optuna.samplers import GridSampler, RandomSampler
    from optuna.trial import TrialState, create_trial

    grid = GridSampler(space.grid(), seed) if sampler == "grid" else None
    distributions = {each.key: distribution(each) for each in space.dimensions}
    study = create_study(sampler=RandomSampler(seed), direction=direction)
    study.add_trials(known)
    found = []
    for number in range(len(known), len(known) + count):
        study.sampler = grid or _seeded(sampler, seed, number)
        point = study.ask(distributions).params
        found.append(create_trial(state=TrialState.RUNNING, params=point, distributions=distributions))
    return found


def distribution(dimension: Dimension) -> BaseDistribution:
    """A dimension in Optuna's words."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Choice):
        return CategoricalDistribution(dimension.texts)
    whole: Any = IntDistribution if isinstance(dimension.low, int) else FloatDistribution
    if isinstance(dimension, IntervalDimension):
        found: BaseDistribution = whole(dimension.low, dimension.high, log=dimension.log)
    else:
        found = whole(dimension.low, dimension.value(dimension.count - 1), step=dimension.step)
    return found


def _seeded(sampler: str, seed: int, number: int) -> BaseSampler:
    from optuna.samplers import RandomSampler, TPESampler

    own = int.from_bytes(hashlib.sha256(f"search:{seed}:{number}".encode()).digest()[:4], "big")
    return TPESampler(seed=own, constant_liar=True) if sampler == "tpe" else RandomSampler(own)
