"""The ranking of runs: the figure they are ranked by, their order, and which of them may be compared at all.

- Runs are ranked by the figure of their monitor (``train.monitor``) if all of them share it, otherwise by the log loss.
  If no run has validation rows, the train loss of the kept epoch is used. A run without the figure has no rank.
- Runs that were trained and judged on different rows (other data, or another split of it) are ranked apart, in groups
  A, B, ... If runs are ranked apart, none of them is the best.
- Runs that differ only in ``train.seed`` repeat one configuration, and configurations are ranked by their mean.
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

NAMED = 3  # groups that a note describes at most
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Rankable(Protocol):
    """What a ranking needs to know of a run."""

    @property
    def params(self) -> Mapping[str, str]:
        """Parameter values by Hydra key, as the record holds them."""

    @property
    def figures(self) -> Mapping[str, float]:
        """Final figures by their name in the record, such as ``best/log_loss``; empty for a run that failed."""

    @property
    def rows(self) -> tuple[str, str]:
        """The digests of the data and of the split that the run was trained and judged on."""


R = TypeVar("R", bound=Rankable)


@dataclass(frozen=True)
class Ranked(Generic[R]):
    """A run with its rank.

    Attributes:
        run: the run.
        value: of the figure that runs are ranked by; NaN if the run has none.
        rank: 1, 2, ...; A1, B1, ... if groups are ranked apart; empty without a value.
    """

    run: R
    value: float
    rank: str


@dataclass(frozen=True)
class Ranking(Generic[R]):
    """Runs in their order.

    Attributes:
        figure: name of the final figure that runs are ranked by, such as ``best/log_loss``.
        higher: whether a higher figure is better.
        runs: the largest group first, and the best run of a group first; runs without a rank come last.
        notes: one line that says why runs are ranked apart; empty if they are not.
    """

    figure: str
    higher: bool
    runs: list[Ranked[R]]
    notes: list[str]

    @property
    def name(self) -> str:
        """The name of the figure without the part of the rows, such as ``log_loss``."""
        return self.figure.rpartition("/")[2]

    @property
    def apart(self) -> bool:
        """Whether the runs form several groups, which must not be compared with each other."""
        return any(not ranked.rank.isdecimal() for ranked in self.runs if ranked.rank)

    @cached_property
    def configurations(self) -> list[Repeated[Ranked[R]]]:
        """The configurations with their seeds, best mean first. Empty if no two runs differ only in the seed, or if
        runs are ranked apart."""
        if self.apart:
            return []
        distinct = dict[frozenset[tuple[str, str]], Ranked[R]]()
        for ranked in self.runs:  # best first: of runs with the same configuration and seed the best counts
            distinct.setdefault(frozenset(ranked.run.params.items()), ranked)
        keys = [frozenset((key, value) for key, value in params if key != SEED) for params in distinct]
        values = [ranked.value if ranked.rank else None for ranked in distinct.values()]
        configurations = repeated(list(distinct.values()), keys, values, self.higher)
        return configurations if any(len(configuration.results) > 1 for configuration in configurations) else []

    def ranked_indices(self) -> list[int]:
        """Return the indices of the runs that have a rank: the first of every group, then the second, and so on."""
        placed = [index for index, ranked in enumerate(self.runs) if ranked.rank]
        return sorted(placed, key=lambda index: int(self.runs[index].rank.lstrip(LETTERS)))

    def leading(self, most: int) -> list[int]:
        """Return the indices of the first runs of the ranking, ``most`` at most: those of every group in turn, or with
        several seeds the best run of each of the best configurations."""
        if not self.configurations:
            return self.ranked_indices()[:most]
        indices = {id(ranked): index for index, ranked in enumerate(self.runs)}
        return [indices[id(configuration.best)] for configuration in self.configurations[:most]]

    def best(self) -> R | None:
        """Return the best run; None if runs are ranked apart, or none has a rank."""
        leading = [] if self.apart else self.leading(1)
        return self.runs[leading[0]].run if leading else None


def rank(runs: Sequence[R]) -> Ranking[R]:
    """Rank runs. Runs with the same rows form a group, and groups are ranked apart from each other."""
    monitors = [run.params.get("train.monitor", "val/loss") for run in runs]
    figure, higher = ranking_figure(monitors, {name for run in runs for name in run.figures})
    # A run without the figure is not compared, so it forms no group either.
    values = [run.figures.get(figure, math.nan) for run in runs]
    groups: dict[tuple[str, str], list[tuple[float, R]]] = {}
    for run, value in zip(runs, values, strict=True):
        if not math.isnan(value):
            groups.setdefault(run.rows, []).append((value, run))
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    letters = [LETTERS[index % len(LETTERS)] * (1 + index // len(LETTERS)) for index in range(len(ordered))]
    apart = len(ordered) > 1
    ranked: list[Ranked[R]] = []
    for letter, (_, group) in zip(letters, ordered, strict=True):
        best_first = sorted(group, key=lambda item: -item[0] if higher else item[0])
        for position, (value, run) in enumerate(best_first, start=1):
            ranked.append(Ranked(run, value, f"{letter}{position}" if apart else str(position)))
    ranked += [Ranked(run, value, "") for run, value in zip(runs, values, strict=True) if math.isnan(value)]
    notes = []
    if apart:
        described = [_group(letter, rows, len(group)) for letter, (rows, group) in zip(letters, ordered, strict=True)]
        more = f"; and {len(described) - NAMED} more" if len(described) > NAMED else ""
        notes.append(f"not judged on the same rows, so ranked apart: {'; '.join(described[:NAMED])}{more}")
    return Ranking(figure, higher, ranked, notes)


def _group(letter: str, rows: tuple[str, str], count: int) -> str:
    data, split = rows
    return f"{letter} {counted(count, 'run')} (data {data[:8]}, split {split[:8]})"


def ranking_figure(monitors: Iterable[str], figures: Collection[str]) -> tuple[str, bool]:
    """Return the final figure that runs are ranked by, and whether a higher value is better.

    Args:
        monitors: the monitor of each run, such as ``val/f1``.
        figures: names of the final figures that at least one run has.
    """
    shared = set(monitors)
    name = shared.pop().partition("/")[2] if len(shared) == 1 else "loss"
    if "best/log_loss" not in figures:
        return "best/train_loss", False
    if name == "loss" or not METRICS.has(name):
        return "best/log_loss", False
    return f"best/{name}", metric(name).higher_is_better
