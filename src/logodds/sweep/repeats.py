"""Results that differ in ``train.seed`` alone, as one: mean and standard deviation over the seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from logodds.names import figure
from logodds.sweep.space import SEED

if TYPE_CHECKING:
    from logodds.sweep.standings import Result


@dataclass(frozen=True)
class Repeated:
    """A configuration but for its seed: its results [n], best first, with one of their figures: values [n], mean, and
    sample standard deviation (None of one); ``failed``: seeds without a result."""

    name: str
    results: tuple[Result, ...]
    values: tuple[float, ...]
    mean: float
    sd: float | None
    failed: int

    @property
    def seeds(self) -> str:
        """``4``, or ``3 of 4`` where one has failed."""
        count = len(self.results)
        return f"{count} of {count + self.failed}" if self.failed else str(count)

    @property
    def best(self) -> Result:
        """The result with the best value."""
        return self.results[0]

    def text(self) -> str:
        """``0.0741 ± 0.0012``."""
        return figure(self.mean) if self.sd is None else f"{figure(self.mean)} ± {figure(self.sd)}"


def repeated(results: Sequence[Result], name: str, higher: bool) -> list[Repeated]:
    """Configurations by the mean of the figure ``name``, best first (of equal ones the earlier), those of which a seed
    failed behind all others; ``higher`` is better. Where every seed failed there is none."""
    grouped: dict[str, list[Result]] = {}
    failed: dict[str, int] = {}
    for result in results:
        own = repr({key: value for key, value in result.config.flat().items() if key != SEED})
        if name in result.figures:
            grouped.setdefault(own, []).append(result)
        else:
            failed[own] = failed.get(own, 0) + 1

    def place(value: float) -> tuple[bool, float]:
        return math.isnan(value), -value if higher else value

    found = []
    for own, group in grouped.items():
        ranked = sorted(group, key=lambda result: place(result.figures[name]))
        values = np.array([result.figures[name] for result in ranked])
        with np.errstate(invalid="ignore", over="ignore"):  # a diverged run's figure may be infinite
            mean, sd = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else None
        found.append(Repeated(_name(ranked[0]), tuple(ranked), tuple(values.tolist()), mean, sd, failed.get(own, 0)))
    return sorted(found, key=lambda each: (each.failed > 0, place(each.mean)))


def _name(result: Result) -> str:
    """A run's name without its seed; the problem's where nothing is left."""
    words = result.title.split(" ")
    seed = f"{SEED.rpartition('.')[2]}={result.config.train.seed}"
    if seed in words:
        words.remove(seed)
    return " ".join(words) or result.config.problem.name
