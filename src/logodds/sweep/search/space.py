"""What a search tries: swept overrides of Hydra's grammar as dimensions, and points in them as override texts.

Every sweep means what it means to Hydra's own grid: ``range`` leaves out its stop, ``interval`` has both ends. The
order that ``shuffle`` and ``sort`` give is no matter to a search.
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

LOG = "log"  # the one tag
MOST = 100_000  # points of a grid
OTHERWISE = "set hydra.sweeper.sampler=tpe"
ROOM = 80  # characters of an override in an error


@dataclass(frozen=True)
class Choice:
    """Values without an order, as texts of overrides: ``a,b``, ``choice(a,b)``, ``glob(*)``. ``key`` is here and below
    what stands before ``=``, with ``+`` and ``@package`` where they were given."""

    key: str
    texts: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many values."""
        return len(self.texts)

    def values(self) -> list[Any]:
        """All of them."""
        return list(self.texts)

    def text(self, value: Any) -> str:
        """How an override writes one of the texts."""
        return str(value)


@dataclass(frozen=True)
class Steps:
    """``range``: whole numbers or decimal fractions, from ``low`` on, ``step`` > 0 apart."""

    key: str
    low: int | float
    step: int | float
    count: int

    def value(self, place: int) -> int | float:
        """The number at a place below ``count``; of decimal fractions the one that a person would write."""
        if isinstance(self.low, int) and isinstance(self.step, int):
            return self.low + place * self.step
        return float(_decimal(self.low) + place * _decimal(self.step))

    def values(self) -> list[Any]:
        """All of them."""
        return [self.value(place) for place in range(self.count)]

    def text(self, value: Any) -> str:
        """How an override writes the number nearest to a value."""
        return repr(self.value(round((value - self.low) / self.step)))


@dataclass(frozen=True)
class IntervalDimension:
    """``interval``: all numbers from ``low`` to ``high``, of ``int(interval)`` the whole ones; ``log``: drawn evenly by
    their logarithm."""

    key: str
    low: int | float
    high: int | float
    log: bool

    def text(self, value: Any) -> str:
        """How an override writes a value, so that the same double is read back."""
        return repr(value)


Dimension: TypeAlias = Choice | Steps | IntervalDimension


@dataclass(frozen=True)
class Space:
    """The dimensions of a search."""

    dimensions: tuple[Dimension, ...]

    def overrides(self, point: Mapping[str, Any]) -> tuple[str, ...]:
        """A value per key as ``key=value`` texts, in the order of the dimensions."""
        return tuple(f"{each.key}={each.text(point[each.key])}" for each in self.dimensions)

    def grid(self) -> dict[str, list[Any]]:
        """All values by key.

        Raises:
            UserError: a dimension is an interval, or there are more points than a list should have.
        """
        for each in self.dimensions:
            if isinstance(each, IntervalDimension):
                raise UserError(
                    f"{each.key}: an interval has no grid; list values, as in {each.key}={each.low!r},{each.high!r}, "
                    f"or {OTHERWISE}"
                )
        listed = [each for each in self.dimensions if not isinstance(each, IntervalDimension)]
        points = math.prod(each.count for each in listed)
        if points > MOST:
            raise UserError(f"{points} points are too many for a grid, {MOST} the most; list fewer, or {OTHERWISE}")
        return {each.key: each.values() for each in listed}


@dataclass(frozen=True)
class Search:
    """A search's space, the overrides that all trials share, and the seeds that repeat each trial (none: one run with
    the configuration's seed), as texts."""

    space: Space
    fixed: tuple[str, ...]
    seeds: tuple[str, ...]


def search(overrides: Sequence[Override]) -> Search:
    """The search that parsed overrides describe.

    Raises:
        UserError: a sweep that holds nothing, an interval that is none, a tag other than ``log``, a key that is given
            twice, nothing to search.
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
        raise UserError(f"{_line(override)}: {' and '.join(sorted(tags))}: no tag of a search; {right}")
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
    told = f"{_line(override)}: holds no values, or no end of them; write {key}=range(START,STOP) with START < STOP"
    if not step or not all(map(math.isfinite, (start, stop, step))):
        raise UserError(told)
    exact = _decimal(stop) - _decimal(start)
    count = math.ceil(exact / _decimal(step))
    if count < 1:
        raise UserError(told)
    if any(isinstance(each, float) for each in (start, stop, step)):
        start, step = float(start), float(step)
    found = Steps(key, start, step, count)
    return found if step > 0 else Steps(key, found.value(count - 1), -step, count)


def _decimal(number: int | float) -> Decimal:
    return Decimal(repr(number))


def _texts(override: Override) -> tuple[str, ...]:
    """The values of a sweep that can be listed, each once, in the order in which they were given."""
    sweep: Any = override.value()
    if getattr(sweep, "shuffle", False):  # the draws would be new ones in each process
        override = replace(override, _value=replace(sweep, shuffle=False))
    texts: Iterable[str] = override.sweep_string_iterator()
    found = tuple(dict.fromkeys(texts))
    if not found:
        raise UserError(f"{_line(override)}: holds no values to try; write {_key(override)}=VALUE,VALUE")
    return found


def _seeds(override: Override) -> tuple[str, ...]:
    sweep: Any = override.value()
    if override.is_interval_sweep() or getattr(sweep, "tags", None):
        raise UserError(f"{_line(override)}: seeds repeat every trial and are listed; write {SEED}=0,1,2")
    if override.is_range_sweep():
        return tuple(map(repr, _steps(override, SEED, sweep.start, sweep.stop, sweep.step).values()))
    return _texts(override)
