"""Successive halving inside a stack (Jamieson and Talwalkar 2016, https://arxiv.org/abs/1502.07943; with rungs that
are judged as candidates arrive, Li et al. 2020, https://arxiv.org/abs/1810.05934)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final


@final
class Halving:
    """Rungs after ``least``, ``least * factor``, ... epochs. Of all candidates that have come to a rung the best
    of every ``factor`` go on.

    Args:
        least: epochs that every candidate has.
        factor: of how many one goes on.
        maximize: more of the value is better.
    """

    def __init__(self, least: int, factor: int, maximize: bool) -> None:
        self._least, self._factor, self._maximize = least, factor, maximize
        self._values: dict[int, list[float]] = {}  # by rung, of all candidates that have come there

    def is_rung(self, epoch: int) -> bool:
        """Whether candidates are judged after an epoch."""
        while epoch % self._factor == 0 and epoch > self._least:
            epoch //= self._factor
        return epoch == self._least

    def note(self, epoch: int, value: float) -> None:
        """A candidate that has come to a rung, whatever becomes of it."""
        self._values.setdefault(epoch, []).append(self._sorted(value))

    def behind(self, epoch: int, values: Mapping[int, float]) -> list[int]:
        """Those of some candidates, which are new at a rung, that do not go on: they are judged at the same time, so
        that none has an advantage of having come first."""
        for value in values.values():
            self.note(epoch, value)
        arrived = sorted(self._values[epoch])
        last = arrived[max(1, len(arrived) // self._factor) - 1]
        return [key for key, value in values.items() if not self._sorted(value) <= last]

    def _sorted(self, value: float) -> float:
        """So that less is better, and NaN is worst."""
        if value != value:
            return float("inf")
        return -value if self._maximize else value
