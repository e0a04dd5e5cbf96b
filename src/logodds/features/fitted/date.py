"""A fitted column of dates: a few numbers per date, each scaled as a column of numbers is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.features.fitted import number
from logodds.features.fitted.number import Number
from logodds.system.errors import counted

DAY = 86_400_000_000  # microseconds

#: The numbers of a date, by their names. ``days`` are those since 1970-01-01, with the time of day as a fraction.
PARTS: dict[str, Callable[[pa.ChunkedArray], pa.ChunkedArray]] = {
    "days": lambda dates: pc.divide(dates.cast(pa.int64()).cast(pa.float64(), safe=False), float(DAY)),
    "year": pc.year,
    "month": pc.month,
    "day": pc.day,
    "weekday": pc.day_of_week,  # Monday is 0
    "hour": pc.hour,
}


@dataclass(frozen=True)
class Date:
    """A column of dates.

    Attributes:
        name: the raw column.
        parts: the numbers of a date, each by its name in :data:`PARTS` and fitted; those that are the same in all train
            rows are left out.
        indicator: whether there is a 0/1 column for missing dates, because the train rows had some.
    """

    name: str
    parts: tuple[Number, ...]
    indicator: bool

    @property
    def names(self) -> list[str]:
        """One name per column of the matrix."""
        parts = [f"{self.name} {name}" for part in self.parts for name in part.names]
        return [*parts, *([f"{self.name} is missing"] if self.indicator else [])]

    def fill(self, matrix: NDArray[np.float32], dates: pa.ChunkedArray) -> None:
        """Write the columns of one raw column.

        Args:
            matrix: [n, len(names)], zero at first.
            dates: [n] timestamps in microseconds, null where one is missing.
        """
        start = 0
        for part in self.parts:
            end = start + len(part.names)
            part.fill(matrix[:, start:end], _numbers(dates, part.name))
            start = end
        if self.indicator:
            matrix[:, -1] = dates.is_null().to_numpy()

    def unseen(self, dates: pa.ChunkedArray) -> list[str]:
        """Say in how many of the rows [n] a date is missing, if it was in no train row, and how it is read."""
        if dates.null_count == 0 or self.indicator:
            return []
        rows = counted(dates.null_count, "row")
        return [f"{rows} without a date, which no train row was, read as the median of each of its numbers"]

    def to_plain(self) -> dict[str, Any]:
        parts = [part.to_plain() for part in self.parts]
        return {"kind": "date", "name": self.name, "indicator": self.indicator, "parts": parts}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Date:
        parts = tuple(Number.from_plain(part) for part in plain["parts"])
        if not PARTS.keys() >= {part.name for part in parts}:
            raise ValueError("an unknown number of a date")
        return cls(plain["name"], parts, plain["indicator"])


def fit(name: str, dates: pa.ChunkedArray, scale: str, bins: int | None) -> Date:
    """Fit the train rows ``dates`` [n] of a column, of which at least two are different."""
    parts = []
    for part in PARTS:
        values = _numbers(dates, part)
        if np.nanmin(values) != np.nanmax(values):
            (fitted,) = number.fit([part], values[None], scale, bins)
            parts.append(replace(fitted, indicator=False))
    return Date(name, tuple(parts), dates.null_count > 0)


def _numbers(dates: pa.ChunkedArray, part: str) -> NDArray[np.float64]:
    """Return a number of each date [n], NaN where one is missing."""
    values: NDArray[np.float64] = PARTS[part](dates).cast(pa.float64()).to_numpy()
    return values
