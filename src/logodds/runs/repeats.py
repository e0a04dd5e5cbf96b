"""Results that differ in ``train.seed`` alone, as one: mean and standard deviation over the seeds."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from logodds.system.terminal.text import figure

SEED = "train.seed"  # its values are repeats
R = TypeVar("R")


@dataclass(frozen=True)
class Repeated(Generic[R]):
    """A configuration but for its seed: its results [n], best first, with one of their figures: values [n], mean, and
    sample standard deviation (None of one); ``failed``: seeds without a result."""

    results: tuple[R, ...]
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
    def best(self) -> R:
        """The result with the best value."""
        return self.results[0]

    def text(self) -> str:
        """``0.0741 ± 0.0012``."""
        return figure(self.mean) if self.sd is None else f"{figure(self.mean)} ± {figure(self.sd)}"


def repeated(
    results: Sequence[R], keys: Sequence[Hashable], values: Sequence[float | None], higher: bool
) -> list[Repeated[R]]:
    """Configurations by their mean, best first (of equal ones the earlier), those of which a seed failed behind all
    others. Where every seed failed there is none.

    Args:
        keys: [n], equal where two results differ in the seed alone.
        values: [n], the figure of each result, None of one that failed; ``higher`` is better.
    """

    def place(value: float) -> tuple[bool, float]:
        return math.isnan(value), -value if higher else value

    grouped: dict[Hashable, list[tuple[float, R]]] = {}
    failed: dict[Hashable, int] = {}
    for result, key, value in zip(results, keys, values, strict=True):
        if value is None:
            failed[key] = failed.get(key, 0) + 1
        else:
            grouped.setdefault(key, []).append((value, result))
    found = []
    for key, group in grouped.items():
        ranked = sorted(group, key=lambda each: place(each[0]))
        own = np.array([value for value, _ in ranked])
        with np.errstate(invalid="ignore", over="ignore"):  # a diverged run's figure may be infinite
            mean, sd = float(own.mean()), float(own.std(ddof=1)) if len(own) > 1 else None
        found.append(Repeated(tuple(result for _, result in ranked), tuple(own.tolist()), mean, sd, failed.get(key, 0)))
    return sorted(found, key=lambda each: (each.failed > 0, place(each.mean)))
