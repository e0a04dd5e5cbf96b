"""The scale of one axis of a picture: its ends, and ticks at round numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from logodds.evaluation.plots.svg import SIZE, width_of
from logodds.system.arrays import Array

TICK, GAP = 5.0, 5.0  # pixels: length of a tick, and space between an axis, its names and its label
LARGEST = 1e300  # values beyond this are not drawn, because their differences may be infinite
FLAT = 1e-6  # relative difference below which values count as equal
FENCE = 3.0  # values are far if they are this many quartile ranges beyond the worse quartile
PLAIN = (1e-3, 1e7)  # numbers between these are written without an exponent


@dataclass(frozen=True)
class Scale:
    """The scale of an axis.

    Attributes:
        label: name of the axis.
        ends: values at the left and right, or at the lower and upper end.
        ticks: values that have a tick.
        names: the text at each tick.
        size: size of these texts in pixels.
        turned: whether these texts are turned to be read upwards.
    """

    label: str
    ends: tuple[float, float]
    ticks: tuple[float, ...]
    names: tuple[str, ...]
    size: float = SIZE
    turned: bool = False

    def depth(self, upright: bool) -> float:
        """Return how far the names reach away from the axis, in pixels; ``upright`` is whether the axis is vertical."""
        if self.turned == upright:
            return self.size
        return max((width_of(name, self.size) for name in self.names), default=0.0)

    def margin(self, upright: bool) -> float:
        """Return the room beside the axis for ticks, names and label, in pixels."""
        return TICK + GAP + self.depth(upright) + GAP + SIZE + GAP


@lru_cache(maxsize=64)  # the pictures of a sweep's runs share most scales
def linear(label: str, ends: tuple[float, float], most: int, whole: bool = False) -> Scale:
    """Return a linear scale with at most ``most`` + 1 ticks; if ``whole``, only at whole numbers."""
    ticks, names = round_numbers(*ends, most, whole)
    return Scale(label, ends, tuple(ticks), tuple(names))


def near(values: Array, higher: bool) -> Array:
    """Return which values [n] a picture shows: those that are finite and not so much worse than most that the others
    would be squeezed together. The limit is Tukey's outer fence.

    Args:
        values: [n].
        higher: whether a larger value is better.
    """
    there = np.abs(values) < LARGEST  # false for NaN
    if not there.any():
        return there
    worse = -values if higher else values
    lower, upper = np.quantile(worse[there], [0.25, 0.75]).tolist()
    within: Array = there & (worse <= upper + FENCE * (upper - lower)) if upper > lower else there
    return within


def around(values: Array, least: float = 0.0) -> tuple[float, float]:
    """Return the ends of an axis around values [n], with a margin of a twentieth of their range on both sides. If the
    values are equal, the margin is a twentieth of their size, and at least ``least``. Values that are not finite are
    ignored.
    """
    drawn = values[np.abs(values) < LARGEST]  # without NaN
    low, high = (float(drawn.min()), float(drawn.max())) if len(drawn) else (0.0, 1.0)
    size = max(abs(low), abs(high))
    if size < 1.0 / LARGEST:
        low = high = size = 0.0
    free = 0.05 * (high - low) if high - low > FLAT * size else max(least, 0.05 * size) or 0.05
    return low - free, high + free


def round_numbers(low: float, high: float, most: int, whole: bool = False) -> tuple[list[float], list[str]]:
    """Return round numbers from ``low`` to ``high``, and their texts. They are the multiples of 1, 2, 2.5 or 5 times a
    power of ten.

    Args:
        low: the lower end.
        high: the upper end.
        most: there are at most this many numbers and one more.
        whole: whether all of them must be whole numbers.
    """
    rough = (high - low) / most
    power = math.floor(math.log10(rough))
    if whole and power < 0:
        power, rough = 0, 1.0
    factors = (1.0, 2.0, 5.0, 10.0) if whole and power == 0 else (1.0, 2.0, 2.5, 5.0, 10.0)
    factor = next((factor for factor in factors if _times(factor, power) >= rough), 10.0)
    step = _times(factor, power)
    counts = range(math.ceil(low / step), math.floor(high / step) + 1)
    ticks = [_times(factor * count, power) for count in counts]
    digits = -power + (factor == 2.5) - (factor == 10.0)  # after the decimal point
    largest = max((abs(tick) for tick in ticks), default=0.0)
    if PLAIN[0] <= largest < PLAIN[1]:
        return ticks, [f"{tick:.{max(digits, 0)}f}" for tick in ticks]
    digits += 1 + math.floor(math.log10(largest)) if largest else 1
    return ticks, [f"{tick:.{max(digits, 1)}g}" for tick in ticks]


def _times(number: float, power: int) -> float:
    """Return ``number`` x 10^``power``, rounded only once."""
    return number * 10.0**power if power >= 0 else number / 10.0**-power
