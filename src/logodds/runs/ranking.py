"""The ranking of runs: the figure they are ranked by, their order, and which of them may be compared at all.

- The figure is that of the monitor (``train.monitor``) which all runs share, otherwise the log loss; the train loss of
  the kept epoch where no run has validation rows. A run without it has no place in the ranking.
- Runs that were trained and judged on other rows (other data, or another split of it) are ranked apart, in groups A, B,
  ...; of runs that are ranked apart none is the best.
- Runs that differ in ``train.seed`` alone repeat one configuration, and configurations are ranked by their mean.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from logodds.evaluation.metric import METRICS, metric
from logodds.runs.repeats import SEED, Repeated, repeated
from logodds.system.errors import counted

NAMED = 3  # groups that a note describes
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Rankable(Protocol):
    """A run, as far as a ranking looks at it."""

    @property
    def params(self) -> Mapping[str, str]:
        """Parameter values by Hydra key, as the record holds them."""

    @property
    def figures(self) -> Mapping[str, float]:
        """Final figures by their name in the record, such as ``best/log_loss``; none of a run that failed."""

    @property
    def rows(self) -> tuple[str, str]:
        """The digests of the data and of the split that it was trained and judged on."""


R = TypeVar("R", bound=Rankable)


@dataclass(frozen=True)
class Ranked(Generic[R]):
    """A run with its place in the ranking."""

    run: R
    value: float  # of the figure that ranks; NaN where it has none
    place: str  # 1, 2, ...; A1, B1, ... where groups are ranked apart; empty without a value


@dataclass(frozen=True)
class Ranking(Generic[R]):
    """Runs in their order, the largest group first and the best run of a group first; those without a place end it."""

    figure: str  # name of the final figure that ranks, such as best/log_loss
    higher: bool  # whether more of it is better
    runs: list[Ranked[R]]
    notes: list[str]  # why runs are ranked apart, a line; empty where they are not

    @property
    def name(self) -> str:
        """The figure without its part: ``log_loss``."""
        return self.figure.rpartition("/")[2]

    @property
    def apart(self) -> bool:
        """Whether the runs are in several groups, which must not be compared with each other."""
        return any(not each.place.isdecimal() for each in self.runs if each.place)

    @cached_property
    def configurations(self) -> list[Repeated[Ranked[R]]]:
        """Each configuration with its seeds, best mean first; empty where no two runs differ in the seed alone, or
        where runs are ranked apart."""
        if self.apart:
            return []
        distinct = dict[frozenset[tuple[str, str]], Ranked[R]]()
        for each in self.runs:  # of a configuration and seed that was trained twice the better one counts
            distinct.setdefault(frozenset(each.run.params.items()), each)
        keys = [frozenset((key, value) for key, value in params if key != SEED) for params in distinct]
        values = [each.value if each.place else None for each in distinct.values()]
        found = repeated(list(distinct.values()), keys, values, self.higher)
        return found if any(len(each.results) > 1 for each in found) else []

    def placed(self) -> list[int]:
        """Indices of the runs that have a place: the first of every group, then the second, and so on."""
        placed = [index for index, each in enumerate(self.runs) if each.place]
        return sorted(placed, key=lambda index: int(self.runs[index].place.lstrip(LETTERS)))

    def leading(self, most: int) -> list[int]:
        """Indices of the first runs of the ranking, at most so many: those of every group in turn; with several seeds
        the best run of each of the best configurations."""
        if not self.configurations:
            return self.placed()[:most]
        indices = {id(each): index for index, each in enumerate(self.runs)}
        return [indices[id(each.best)] for each in self.configurations[:most]]

    def best(self) -> R | None:
        """The best run; None where runs are ranked apart, or none has a place."""
        leading = [] if self.apart else self.leading(1)
        return self.runs[leading[0]].run if leading else None


def rank(runs: Sequence[R]) -> Ranking[R]:
    """Rank runs, the groups of those with the same rows apart from each other."""
    monitors = [run.params.get("train.monitor", "val/loss") for run in runs]
    figure, higher = ranking_figure(monitors, {name for run in runs for name in run.figures})
    # A run without the figure is in no comparison, and makes no group of its own.
    values = [run.figures.get(figure, math.nan) for run in runs]
    groups: dict[tuple[str, str], list[tuple[float, R]]] = {}
    for run, value in zip(runs, values, strict=True):
        if not math.isnan(value):
            groups.setdefault(run.rows, []).append((value, run))
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    letters = [LETTERS[index % len(LETTERS)] * (1 + index // len(LETTERS)) for index in range(len(ordered))]
    apart = len(ordered) > 1
    found: list[Ranked[R]] = []
    for letter, (_, group) in zip(letters, ordered, strict=True):
        best_first = sorted(group, key=lambda item: -item[0] if higher else item[0])
        for place, (value, run) in enumerate(best_first, start=1):
            found.append(Ranked(run, value, f"{letter}{place}" if apart else str(place)))
    found += [Ranked(run, value, "") for run, value in zip(runs, values, strict=True) if math.isnan(value)]
    notes = []
    if apart:
        described = [_group(letter, rows, len(group)) for letter, (rows, group) in zip(letters, ordered, strict=True)]
        more = f"; and {len(described) - NAMED} more" if len(described) > NAMED else ""
        notes.append(f"not judged on the same rows, so ranked apart: {'; '.join(described[:NAMED])}{more}")
    return Ranking(figure, higher, found, notes)


def _group(letter: str, rows: tuple[str, str], count: int) -> str:
    data, split = rows
    return f"{letter} {counted(count, 'run')} (data {data[:8]}, split {split[:8]})"


def ranking_figure(monitors: Iterable[str], figures: Collection[str]) -> tuple[str, bool]:
    """The final figure by which runs are ranked, and whether more of it is better.

    Args:
        monitors: of each run, such as ``val/f1``.
        figures: names of the final figures that some run has.
    """
    shared = set(monitors)
    name = shared.pop().partition("/")[2] if len(shared) == 1 else "loss"
    if "best/log_loss" not in figures:
        return "best/train_loss", False
    if name == "loss" or not METRICS.has(name):
        return "best/log_loss", False
    return f"best/{name}", metric(name).higher_is_better
