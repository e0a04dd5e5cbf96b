"""Compare a replay with the record: identical, within tolerance, different, or not comparable."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from logodds.runs import outcome

IDENTICAL, WITHIN, DIFFERENT, NOT_COMPARABLE = "identical", "within tolerance", "different", "not comparable"
CODES = {IDENTICAL: 0, WITHIN: 0, DIFFERENT: 1, NOT_COMPARABLE: 3}
#: The largest difference of ``within tolerance``: RELATIVE times the recorded value (for weights, times the largest
#: value of their tensor) plus ABSOLUTE. float32 has seven digits, of which training on another processor loses a few.
RELATIVE, ABSOLUTE = 1e-4, 1e-6
INFINITE = 1e308  # a store has no infinity: it holds the largest number

Weights: TypeAlias = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class ComparedResult:
    """The results of a training that are compared: those of the record, or those of the replay.

    Attributes:
        digests: sha256 of the weights, of the history and of the predictions, by tag.
        history: content of ``history.csv``.
        weights: arrays by name.
        figures: final figures by their name in the record, without those of test rows: a replay does not open these.
    """

    digests: Mapping[str, str]
    history: bytes
    weights: Weights
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Verdict:
    """The verdict on a replay.

    Attributes:
        word: ``identical``, ``within tolerance``, ``different`` or ``not comparable``.
        reasons: the first difference out of tolerance of each part, or why nothing can be compared.
        apart: largest absolute difference, by part: ``history``, ``weights``, ``figures``.
        machine: recorded and present values of what has changed in the machine and its libraries, by name.
        digests: recorded digests and those of the replay, by tag.
    """

    word: str
    reasons: tuple[str, ...]
    apart: Mapping[str, float]
    machine: Mapping[str, tuple[str, str]]
    digests: Mapping[str, tuple[str, str]]

    def code(self, strict: bool) -> int:
        """Return the exit code.

        Args:
            strict: whether ``within tolerance`` counts as ``different``.
        """
        return CODES[DIFFERENT] if strict and self.word == WITHIN else CODES[self.word]


def not_comparable(reason: str) -> Verdict:
    return Verdict(NOT_COMPARABLE, (reason,), {}, {}, {})


def different(reason: str) -> Verdict:
    """Return the verdict on a replay that gave no results to compare, such as one that failed."""
    return Verdict(DIFFERENT, (reason,), {}, {}, {})


def judge(recorded: ComparedResult, again: ComparedResult, machine: Mapping[str, tuple[str, str]]) -> Verdict:
    """Compare the record with a replay.

    Args:
        recorded: the results in the record.
        again: the results of the replay.
        machine: recorded and present values of what has changed in the machine and its libraries, by name.
    """
    parts = [_Part("history"), _Part("weights"), _Part("figures")]
    for part, compare in zip(parts, (_history, _weights, _figures), strict=True):
        part.take(compare(recorded, again))
    digests = {name: (recorded.digests.get(name, "none"), value) for name, value in again.digests.items()}
    reasons = [part.first for part in parts if part.first]
    exact = not any(part.apart for part in parts) and recorded.history == again.history
    unequal = [name for name, (before, now) in digests.items() if before != now]
    if exact and unequal:  # the record contradicts itself
        before, now = digests[unequal[0]]
        reasons.append(f"{unequal[0]}: recorded {before[:12]}, replayed {now[:12]}")
    elif not exact and not unequal and not reasons:
        reasons.append("record: its files are not those of its own digests")
    word = DIFFERENT if reasons else IDENTICAL if exact else WITHIN
    return Verdict(word, tuple(reasons), {part.name: part.apart for part in parts}, machine, digests)


class _Compared(NamedTuple):
    """A value of the record and of the replay.

    Attributes:
        name: of the value, for a person.
        before: the recorded value in words.
        now: the replayed value in words.
        apart: their absolute difference; infinite where they cannot be subtracted.
        scale: the value that scales the relative tolerance.
    """

    name: str
    before: str
    now: str
    apart: float
    scale: float


@dataclass
class _Part:
    """A part of the results.

    Attributes:
        name: ``history``, ``weights`` or ``figures``.
        first: description of the first value that is out of tolerance; empty while there is none.
        apart: the largest absolute difference.
    """

    name: str
    first: str = ""
    apart: float = 0.0

    def take(self, compared: Iterator[_Compared]) -> None:
        """Add comparisons."""
        for each in compared:
            self.apart = max(self.apart, each.apart)
            if not self.first and each.apart > RELATIVE * each.scale + ABSOLUTE:
                self.first = f"{self.name}: {each.name} is {each.before} in the record, {each.now} now"


def _compared(name: str, before: float | None, now: float | None, scale: float | None = None) -> _Compared:
    """Compare two numbers, of which one may be missing.

    Args:
        scale: the value that scales the relative tolerance; None: the recorded value.
    """
    if before is None or now is None:
        return _Compared(name, _word(before), _word(now), math.inf, 0.0)
    if scale is None:
        scale = abs(before) if math.isfinite(before) else 0.0
    return _Compared(name, _word(before), _word(now), _apart(before, now), scale)


def _word(value: float | None) -> str:
    return "missing" if value is None else repr(value)


def _apart(before: float, now: float) -> float:
    """Return the absolute difference: 0 of two NaNs or two like infinities, otherwise infinite if one is not finite."""
    if before == now or (before != before and now != now):
        return 0.0
    if abs(before) > INFINITE and abs(now) > INFINITE and (before > 0) == (now > 0):
        return 0.0
    return abs(before - now) if math.isfinite(before) and math.isfinite(now) else math.inf


def _history(recorded: ComparedResult, again: ComparedResult) -> Iterator[_Compared]:
    before, now = _by_epoch(recorded.history), _by_epoch(again.history)
    counts = [max(map(len, history.values()), default=0) for history in (before, now)]
    names = dict.fromkeys((*now, *before))
    for epoch in range(min(counts)):
        for name in names:
            values = (history[name][epoch] if name in history else None for history in (before, now))
            yield _compared(f"{name} of epoch {epoch + 1}", *values)
    if counts[0] != counts[1]:
        apart = float(abs(counts[0] - counts[1]))
        yield _Compared("the number of epochs", str(counts[0]), str(counts[1]), apart, 0.0)


def _by_epoch(text: bytes) -> Mapping[str, Sequence[float]]:
    try:
        return outcome.of_history(text.decode())
    except (ValueError, LookupError, TypeError):  # not written by a training
        return {}


def _weights(recorded: ComparedResult, again: ComparedResult) -> Iterator[_Compared]:
    for name in dict.fromkeys((*again.weights, *recorded.weights)):
        before, now = recorded.weights.get(name), again.weights.get(name)
        if before is None or now is None or before.shape != now.shape:
            yield _Compared(f"the shape of {name}", _shape(before), _shape(now), math.inf, 0.0)
            continue
        same = (before == now) | (np.isnan(before) & np.isnan(now))
        if same.all():
            continue
        with np.errstate(invalid="ignore"):  # like infinities, which count as the same
            distance = np.where(same, 0.0, np.abs(before.astype(np.float64) - now))
        position = np.unravel_index(int(np.argmax(np.nan_to_num(distance, nan=np.inf))), distance.shape)
        where = f"{name}[{', '.join(map(str, position))}]" if position else name
        finite = np.abs(before[np.isfinite(before)])
        yield _compared(where, float(before[position]), float(now[position]), float(finite.max(initial=0.0)))


def _shape(array: NDArray[Any] | None) -> str:
    return "missing" if array is None else str(list(array.shape))


def _figures(recorded: ComparedResult, again: ComparedResult) -> Iterator[_Compared]:
    for name in dict.fromkeys((*again.figures, *recorded.figures)):
        yield _compared(name, recorded.figures.get(name), again.figures.get(name))
