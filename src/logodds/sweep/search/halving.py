"""Successive halving inside a stack (Jamieson and Talwalkar 2016, https://arxiv.org/abs/1502.07943), where candidates
are judged as they arrive at a rung (asynchronous halving, Li et al. 2020, https://arxiv.org/abs/1810.05934)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final


@final
class Halving:
    """Decides which candidates continue. Rungs are after ``least``, ``least * factor``, ``least * factor**2``, ...
    epochs. A candidate continues if it is in the best 1/``factor`` of all candidates that have reached the rung so far.

    Args:
        least: epochs that every candidate trains at least.
        factor: one candidate in ``factor`` continues at a rung.
        maximize: whether a larger value is better.
    """

    def __init__(self, least: int, factor: int, maximize: bool) -> None:
        self._least, self._factor, self._maximize = least, factor, maximize
        self._values: dict[int, list[float]] = {}  # by rung (epoch): sort keys of all candidates that have reached it

    def is_rung(self, epoch: int) -> bool:
        """Return whether candidates are judged after this epoch."""
        while epoch % self._factor == 0 and epoch > self._least:
            epoch //= self._factor
        return epoch == self._least

    def note(self, epoch: int, value: float) -> None:
        """Record the value of a candidate at a rung, whether or not the candidate continues."""
        self._values.setdefault(epoch, []).append(self._sorted(value))

    def behind(self, epoch: int, values: Mapping[int, float]) -> list[int]:
        """Record the candidates that arrive at a rung together, and return the keys of those that do not continue. All
        are recorded before any is judged, so that their order does not matter.

        Args:
            epoch: the rung.
            values: value of each candidate, by its key.
        """
        for value in values.values():
            self.note(epoch, value)
        arrived = sorted(self._values[epoch])
        last = arrived[max(1, len(arrived) // self._factor) - 1]
        return [key for key, value in values.items() if not self._sorted(value) <= last]

    def _sorted(self, value: float) -> float:
        """Return a sort key: less is better, and NaN is worst."""
        if value != value:
            return float("inf")
        return -value if self._maximize else value
