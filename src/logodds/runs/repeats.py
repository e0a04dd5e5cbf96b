"""Results that differ only in ``train.seed``, combined into mean and standard deviation over the seeds."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from logodds.system.terminal.text import figure

SEED = "train.seed"  # runs that differ only in this key are repeats
R = TypeVar("R")


@dataclass(frozen=True)
class Repeated(Generic[R]):
    """The results of one configuration with different seeds.

    Attributes:
        results: [n], best first.
        values: [n], one figure of each result.
        mean: of ``values``.
        sd: sample standard deviation of ``values``; None for a single value.
        failed: number of seeds without a result.
    """

    results: tuple[R, ...]
    values: tuple[float, ...]
    mean: float
    sd: float | None
    failed: int

    @property
    def seeds(self) -> str:
        """The number of results: ``4``, or ``3 of 4`` if one seed has failed."""
        count = len(self.results)
        return f"{count} of {count + self.failed}" if self.failed else str(count)

    @property
    def best(self) -> R:
        """The result with the best value."""
        return self.results[0]

    def text(self) -> str:
        """Return mean and standard deviation, such as ``0.0741 ± 0.0012``."""
        return figure(self.mean) if self.sd is None else f"{figure(self.mean)} ± {figure(self.sd)}"


def repeated(
    results: Sequence[R], keys: Sequence[Hashable], values: Sequence[float | None], higher: bool
) -> list[Repeated[R]]:
    """Combine results into configurations, ordered by their mean, best first; equal means keep the order of the
    results.

    Configurations with a failed seed come after all others. A configuration whose seeds have all failed is left out.

    Args:
        results: [n].
        keys: [n], equal for results that differ only in the seed.
        values: [n], the figure of each result; None if it failed.
        higher: whether a higher figure is better.
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
    configurations = []
    for key, group in grouped.items():
        ranked = sorted(group, key=lambda pair: place(pair[0]))
        own = np.array([value for value, _ in ranked])
        with np.errstate(invalid="ignore", over="ignore"):  # a diverged run's figure may be infinite
            mean, sd = float(own.mean()), float(own.std(ddof=1)) if len(own) > 1 else None
        configurations.append(
            Repeated(tuple(result for _, result in ranked), tuple(own.tolist()), mean, sd, failed.get(key, 0))
        )
    return sorted(configurations, key=lambda configuration: (configuration.failed > 0, place(configuration.mean)))
