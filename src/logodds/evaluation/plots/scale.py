"""One axis of a picture: its ends, and ticks at round numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from logodds.evaluation.plots.svg import SIZE, width_of
from logodds.system.arrays import Array

TICK, GAP = 5.0, 5.0  # pixels: length, and what is between things that belong to each other
LARGEST = 1e300  # values beyond are not drawn: their differences may be infinite
FLAT = 1e-6  # of a value: what is closer together than this looks equal
FENCE = 3.0  # quartile ranges beyond the worse quartile
PLAIN = (1e-3, 1e7)  # numbers between these are written without an exponent


@dataclass(frozen=True)
class Scale:
    """Label, values at the ends (from the left, from below), values that have a tick, what is written there, in which
    size, and whether that is to be read upwards."""

    label: str
    ends: tuple[float, float]
    ticks: tuple[float, ...]
    names: tuple[str, ...]
    size: float = SIZE
    turned: bool = False

    def depth(self, upright: bool) -> float:
        """How far the names reach away from the axis; ``upright``: the axis itself."""
        if self.turned == upright:
            return self.size
        return max((width_of(name, self.size) for name in self.names), default=0.0)

    def margin(self, upright: bool) -> float:
        """Room beside the axis for ticks, names and label."""
        return TICK + GAP + self.depth(upright) + GAP + SIZE + GAP


@lru_cache(maxsize=64)  # the runs of a sweep share most of them
def linear(label: str, ends: tuple[float, float], most: int, whole: bool = False) -> Scale:
    """About ``most`` ticks at most; ``whole``: none between whole numbers."""
    ticks, names = round_numbers(*ends, most, whole)
    return Scale(label, ends, tuple(ticks), tuple(names))


def near(values: Array, higher: bool) -> Array:
    """Which of values [n] have a place in a picture: those that are finite and not so much worse than most that they
    would press these together (Tukey's outer fence). ``higher`` is better."""
    there = np.abs(values) < LARGEST  # NaN is not
    if not there.any():
        return there
    worse = -values if higher else values
    lower, upper = np.quantile(worse[there], [0.25, 0.75]).tolist()
    within: Array = there & (worse <= upper + FENCE * (upper - lower)) if upper > lower else there
    return within


def around(values: Array, least: float = 0.0) -> tuple[float, float]:
    """Ends with a twentieth of the range of values [n] free on both sides, of equal ones a twentieth of their size or
    ``least``. Values that are not finite are left out."""
    drawn = values[np.abs(values) < LARGEST]  # NaN is not
    low, high = (float(drawn.min()), float(drawn.max())) if len(drawn) else (0.0, 1.0)
    size = max(abs(low), abs(high))
    if size < 1.0 / LARGEST:
        low = high = size = 0.0
    free = 0.05 * (high - low) if high - low > FLAT * size else max(least, 0.05 * size) or 0.05
    return low - free, high + free


def round_numbers(low: float, high: float, most: int, whole: bool = False) -> tuple[list[float], list[str]]:
    """The multiples of 1, 2, 2.5 or 5 times a power of ten from ``low`` to ``high``, at most ``most`` and one, and how
    they are written."""
    rough = (high - low) / most
    power = math.floor(math.log10(rough))
    if whole and power < 0:
        power, rough = 0, 1.0
    factors = (1.0, 2.0, 5.0, 10.0) if whole and power == 0 else (1.0, 2.0, 2.5, 5.0, 10.0)
    factor = next((factor for factor in factors if _times(factor, power) >= rough), 10.0)
    step = _times(factor, power)
    counts = range(math.ceil(low / step), math.floor(high / step) + 1)
    ticks = [_times(factor * count, power) for count in counts]
    digits = -power + (factor == 2.5) - (factor == 10.0)  # behind the point
    largest = max((abs(tick) for tick in ticks), default=0.0)
    if PLAIN[0] <= largest < PLAIN[1]:
        return ticks, [f"{tick:.{max(digits, 0)}f}" for tick in ticks]
    digits += 1 + math.floor(math.log10(largest)) if largest else 1
    return ticks, [f"{tick:.{max(digits, 1)}g}" for tick in ticks]


def _times(number: float, power: int) -> float:
    """Number x 10^power, rounded once."""
    return number * 10.0**power if power >= 0 else number / 10.0**-power
