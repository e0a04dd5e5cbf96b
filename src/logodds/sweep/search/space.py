"""The space of a search: the swept overrides of Hydra's grammar as dimensions, and points as override texts.

Every sweep means the same as in Hydra's own grid: ``range`` excludes its stop, ``interval`` includes both ends. The
order that ``shuffle`` and ``sort`` give is ignored.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from logodds.runs.repeats import SEED
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

LOG = "log"  # the only tag that a search knows
MOST = 100_000  # points that a grid may have
OTHERWISE = "set hydra.sweeper.sampler=tpe"
ROOM = 80  # characters of an override that an error message shows


@dataclass(frozen=True)
class Choice:
    """Values without an order: ``a,b``, ``choice(a,b)``, ``glob(*)``.

    Attributes:
        key: what stands before ``=`` in the override, including ``+`` and ``@package`` if given.
        texts: the values as an override writes them.
    """

    key: str
    texts: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of values."""
        return len(self.texts)

    def values(self) -> list[Any]:
        """Return all values."""
        return list(self.texts)

    def text(self, value: Any) -> str:
        """Return a value as an override writes it."""
        return str(value)


@dataclass(frozen=True)
class Steps:
    """``range``: whole numbers or decimal fractions at equal distances.

    Attributes:
        key: what stands before ``=`` in the override.
        low: the first and lowest number.
        step: distance between two numbers, > 0.
        count: how many numbers there are.
    """

    key: str
    low: int | float
    step: int | float
    count: int

    def value(self, index: int) -> int | float:
        """Return the number with an index below ``count``. Fractions are computed in decimal arithmetic, so that
        0.1 + 2 x 0.1 is 0.3.
        """
        if isinstance(self.low, int) and isinstance(self.step, int):
            return self.low + index * self.step
        return float(_decimal(self.low) + index * _decimal(self.step))

    def values(self) -> list[Any]:
        """Return all values."""
        return [self.value(index) for index in range(self.count)]

    def text(self, value: Any) -> str:
        """Return the number nearest to a value, as an override writes it."""
        return repr(self.value(round((value - self.low) / self.step)))


@dataclass(frozen=True)
class IntervalDimension:
    """``interval``: all numbers between two ends, or all whole numbers for ``int(interval)``.

    Attributes:
        key: what stands before ``=`` in the override.
        low: the lower end, included.
        high: the upper end, included.
        log: whether the logarithm of the values is sampled uniformly, instead of the values.
    """

    key: str
    low: int | float
    high: int | float
    log: bool

    def text(self, value: Any) -> str:
        """Return a value as an override writes it; reading it back gives the same double."""
        return repr(value)


Dimension: TypeAlias = Choice | Steps | IntervalDimension


@dataclass(frozen=True)
class Space:
    """The dimensions of a search."""

    dimensions: tuple[Dimension, ...]

    def overrides(self, point: Mapping[str, Any]) -> tuple[str, ...]:
        """Return a point, given as a value per key, as texts ``key=value`` in the order of the dimensions."""
        return tuple(f"{dimension.key}={dimension.text(point[dimension.key])}" for dimension in self.dimensions)

    def grid(self) -> dict[str, list[Any]]:
        """Return all values of each dimension, by key.

        Raises:
            UserError: a dimension is an interval, or the grid has more than :data:`MOST` points.
        """
        for dimension in self.dimensions:
            if isinstance(dimension, IntervalDimension):
                raise UserError(
                    f"{dimension.key}: an interval has no grid; list values, as in "
                    f"{dimension.key}={dimension.low!r},{dimension.high!r}, or {OTHERWISE}"
                )
        listed = [dimension for dimension in self.dimensions if not isinstance(dimension, IntervalDimension)]
        points = math.prod(dimension.count for dimension in listed)
        if points > MOST:
            raise UserError(f"{points} points are too many for a grid, {MOST} the most; list fewer, or {OTHERWISE}")
        return {dimension.key: dimension.values() for dimension in listed}


@dataclass(frozen=True)
class Search:
    """What a command line asks to search.

    Attributes:
        space: the dimensions to search.
        fixed: overrides that all trials share.
        seeds: seeds with which each trial is repeated, as texts; if empty, each trial is one run with the seed of the
            configuration.
    """

    space: Space
    fixed: tuple[str, ...]
    seeds: tuple[str, ...]


def search(overrides: Sequence[Override]) -> Search:
    """Return the search that parsed overrides describe.

    Raises:
        UserError: a sweep has no values, an interval has no finite ascending ends, a tag is not ``log``, a swept key is
            given twice, or there is nothing to search.
    """
    dimensions: list[Dimension] = []
    fixed: list[str] = []
    seeds: tuple[str, ...] = ()
    given = Counter(map(_key, overrides))
    for override in overrides:
        if override.is_sweep_override() and given[_key(override)] > 1:
            raise UserError(f"{_line(override)}: {_key(override)} is given twice; leave one of them out")
        if not override.is_sweep_override():
            fixed.append(str(override.input_line))
        elif override.key_or_group == SEED:
            seeds = _seeds(override)
        else:
            dimensions.append(_dimension(override))
    if not dimensions:
        raise UserError(
            "nothing to search: no key but the seed has several values; sweep one, as in "
            "'optim.lr=tag(log,interval(1e-4,1))'"
        )
    return Search(Space(tuple(dimensions)), tuple(fixed), seeds)


def _key(override: Override) -> str:
    return str(override.get_key_element()).lstrip("+")


def _line(override: Override) -> str:
    return shortened(str(override.input_line), ROOM)


def _dimension(override: Override) -> Dimension:
    key, line = str(override.get_key_element()), str(override.input_line)
    sweep: Any = override.value()
    tags: set[str] = getattr(sweep, "tags", set())
    right = f"write {key}=tag(log,interval(1e-4,1))"
    if tags and tags != {LOG}:
        raise UserError(f"{_line(override)}: {' and '.join(sorted(tags))}: not a tag that a search knows; {right}")
    if tags and (line.count("tag(") > 1 or not override.is_interval_sweep()):
        raise UserError(f"{_line(override)}: the tag log goes with an interval alone; {right}")
    if override.is_interval_sweep():
        return _interval(override, key, sweep.start, sweep.end, LOG in tags)
    if override.is_range_sweep():
        return _steps(override, key, sweep.start, sweep.stop, sweep.step)
    return Choice(key, _texts(override))


def _interval(override: Override, key: str, low: int | float, high: int | float, log: bool) -> IntervalDimension:
    if not (low < high and math.isfinite(high - low)):  # NaN is not
        raise UserError(
            f"{_line(override)}: must have finite ends, the lower one first; write {key}=interval(LOW,HIGH)"
        )
    if log and low <= 0:
        raise UserError(f"{_line(override)}: only numbers > 0 have a logarithm; write {key}=tag(log,interval(1e-4,1))")
    return IntervalDimension(key, low, high, log)


def _steps(override: Override, key: str, start: int | float, stop: int | float, step: int | float) -> Steps:
    message = f"{_line(override)}: holds no values, or infinitely many; write {key}=range(START,STOP) with START < STOP"
    if not step or not all(map(math.isfinite, (start, stop, step))):
        raise UserError(message)
    exact = _decimal(stop) - _decimal(start)
    count = math.ceil(exact / _decimal(step))
    if count < 1:
        raise UserError(message)
    if any(isinstance(number, float) for number in (start, stop, step)):
        start, step = float(start), float(step)
    steps = Steps(key, start, step, count)
    return steps if step > 0 else Steps(key, steps.value(count - 1), -step, count)


def _decimal(number: int | float) -> Decimal:
    return Decimal(repr(number))


def _texts(override: Override) -> tuple[str, ...]:
    """Return the distinct values of a sweep that lists its values, in the order given."""
    sweep: Any = override.value()
    if getattr(sweep, "shuffle", False):  # the order would be another one in each process
        override = replace(override, _value=replace(sweep, shuffle=False))
    texts: Iterable[str] = override.sweep_string_iterator()
    distinct = tuple(dict.fromkeys(texts))
    if not distinct:
        raise UserError(f"{_line(override)}: holds no values to try; write {_key(override)}=VALUE,VALUE")
    return distinct


def _seeds(override: Override) -> tuple[str, ...]:
    sweep: Any = override.value()
    if override.is_interval_sweep() or getattr(sweep, "tags", None):
        raise UserError(f"{_line(override)}: seeds repeat every trial and are listed; write {SEED}=0,1,2")
    if override.is_range_sweep():
        return tuple(map(repr, _steps(override, SEED, sweep.start, sweep.stop, sweep.step).values()))
    return _texts(override)
