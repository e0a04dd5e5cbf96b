"""Runs from best to worst by their validation figure, those judged on the same rows among themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from logodds.evaluation.metrics.monitors import ranking_figure
from logodds.review.comparison.gather import Gathered
from logodds.runs.repeats import SEED, Repeated, repeated
from logodds.system.errors import counted
from logodds.tracking.recorded import Recorded

#: The tags that say on which rows a run was trained and judged.
ROWS = ("data.md5", "split.sha256")
TOLD = 3  # groups
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Ranked:
    """A run with the figure that ranks it (NaN: it has none), and its place, such as 1 or, where runs were judged on
    different rows, A1; empty without a figure."""

    run: Recorded
    value: float
    place: str


@dataclass(frozen=True)
class Ranking:
    """``figure``: the name of the final figure that ranks, such as ``best/log_loss``; ``higher``: whether more of it is
    better; ``runs``: group after group, best first; ``notes``: what a person should know about them."""

    figure: str
    higher: bool
    runs: list[Ranked]
    notes: list[str]

    @property
    def name(self) -> str:
        """The figure without its part."""
        return self.figure.rpartition("/")[2]

    @cached_property
    def configurations(self) -> list[Repeated[Ranked]]:
        """Those with several seeds as one each, best mean first; empty where no two runs differ in the seed alone, or
        where they were judged on different rows."""
        distinct = dict[frozenset[tuple[str, str]], Ranked]()
        for each in self.runs:
            if each.place:  # of a job that was run again the best counts, and once
                distinct.setdefault(frozenset(each.run.params.items()), each)
        placed = list(distinct.values())
        if any(not each.place.isdecimal() for each in placed):
            return []
        keys = [frozenset((key, value) for key, value in each.run.params.items() if key != SEED) for each in placed]
        found = repeated(placed, keys, [each.value for each in placed], self.higher)
        seeds = [{one.run.params.get(SEED) for one in each.results} for each in found]
        return found if any(len(each) > 1 for each in seeds) else []

    def placed(self) -> list[int]:
        """Indices of the runs that have a place, best first, those of every group in turn."""
        placed = [index for index, each in enumerate(self.runs) if each.place]
        return sorted(placed, key=lambda index: int(self.runs[index].place.lstrip(LETTERS)))

    def best(self, most: int) -> list[int]:
        """Indices of the best runs; where seeds are repeats, of the best run of each of the best configurations."""
        if not self.configurations:
            return self.placed()[:most]
        indices = {each.run.id: index for index, each in enumerate(self.runs)}
        return [indices[each.best.run.id] for each in self.configurations[:most]]


def rank(gathered: Gathered) -> Ranking:
    """Every run, a group of those with the same rows after the other, the largest group first."""
    monitors = [run.params.get("train.monitor", "val/loss") for run in gathered.runs]
    figure, higher = ranking_figure(monitors, {name for run in gathered.runs for name in run.figures})
    groups: dict[tuple[str, ...], list[Recorded]] = {}
    for run in gathered.runs:
        groups.setdefault(tuple(run.tags.get(tag, "unknown") for tag in ROWS), []).append(run)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    letters = [LETTERS[index % len(LETTERS)] * (1 + index // len(LETTERS)) for index in range(len(ordered))]
    several = len(ordered) > 1
    found: list[Ranked] = []
    for letter, (_, runs) in zip(letters, ordered, strict=True):
        values = [(run.figures.get(figure, math.nan), run) for run in runs]
        defined = sorted(
            ((value, run) for value, run in values if not math.isnan(value)),
            key=lambda item: -item[0] if higher else item[0],
        )
        for place, (value, run) in enumerate(defined, start=1):
            found.append(Ranked(run, value, f"{letter}{place}" if several else str(place)))
        found += [Ranked(run, value, "") for value, run in values if math.isnan(value)]
    notes = list(gathered.notes)
    if several:
        told = [_told(letter, key, len(runs)) for letter, (key, runs) in zip(letters, ordered, strict=True)]
        more = f"; and {len(told) - TOLD} more" if len(told) > TOLD else ""
        notes.append(f"not judged on the same rows, so ranked apart: {'; '.join(told[:TOLD])}{more}")
    stopped = sum("stopped.epoch" in run.tags for run in gathered.runs)
    if stopped:
        notes.append(f"{stopped} of {counted(len(gathered.runs), 'run')} were stopped by their search while behind")
    if any("resubstitution" in run.tags for run in gathered.runs):
        notes.append("some were judged on their own train rows (split.method=none)")
    return Ranking(figure, higher, found, notes)


def _told(letter: str, key: tuple[str, ...], count: int) -> str:
    told = ", ".join(f"{tag.partition('.')[0]} {digest[:8]}" for tag, digest in zip(ROWS, key, strict=True))
    return f"{letter} {counted(count, 'run')} ({told})"
