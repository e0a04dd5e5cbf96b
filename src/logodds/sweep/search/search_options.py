"""The options of a search: the section ``hydra.sweeper``."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.options.rules import choice, number
from logodds.sweep.search.sampling import SAMPLERS, startup

FACTOR = 3  # the usual ``reduction_factor``, which needs no note where it has no effect
GENERATION = 16  # trials that train at a time, where there are enough


@dataclass(kw_only=True)
class SearchOptions:
    """Options of a search.

    Attributes:
        n_trials: number of points to try in all.
        sampler: how points are sampled: ``tpe``, ``random`` or ``grid``.
        seed: seed of the sampler.
        generation: number of trials that train at a time; None: 16, with ``tpe`` at most a quarter of all, because it
            learns nothing from trials that have not ended.
        min_epochs: epochs after which successive halving first compares the trials, and again after
            ``reduction_factor`` times as many, and so on; None: every trial trains to its end.
        reduction_factor: at each comparison the best one in ``reduction_factor`` continues; the others are stopped.
    """

    n_trials: int = number(least=1)
    sampler: str = choice(*SAMPLERS)
    seed: int = number(least=0, below=2**32)
    generation: int | None = number(least=1)
    min_epochs: int | None = number(least=1)
    reduction_factor: int = number(least=2)

    def at_a_time(self) -> int:
        """Return the number of trials that train at a time."""
        if self.generation is not None:
            return self.generation
        return min(GENERATION, max(1, self.n_trials // 4)) if self.sampler == "tpe" else GENERATION

    def notes(self) -> list[str]:
        """Return what the user should know about these options, one line each."""
        unused = self.min_epochs is None and self.reduction_factor != FACTOR
        halving = (
            f"hydra.sweeper.min_epochs=null: hydra.sweeper.reduction_factor={self.reduction_factor} without effect"
        )
        return [*self._random(), *([halving] if unused else [])]

    def _random(self) -> list[str]:
        """Return how many trials ``tpe`` draws at random, in one line, and what to set if these are too many."""
        if self.sampler != "tpe":
            return []
        count, least = self.n_trials, startup(self.n_trials)
        random = min(count, max(least, self.at_a_time()))
        if random == count:
            note = "hydra.sweeper.sampler=tpe: every trial is drawn at random"
        elif random == 1:
            note = f"hydra.sweeper.sampler=tpe: 1 of {count} trials is drawn at random, its result guides the others"
        else:
            note = f"hydra.sweeper.sampler=tpe: {random} of {count} trials are drawn at random, "
            note += "their results guide the others"
        if random > max(1, count // 4):
            note += f"; hydra.sweeper.generation={max(1, count // 4)} leaves it more to propose"
        return [note]
