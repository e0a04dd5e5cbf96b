"""The pages on which a tracker shows runs: their addresses, and what they are prepared with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

#: A run's colour, by its number in a sweep: Matplotlib's ten.
COLOURS = (
    "#1f77b4",
    "#ff7f0e",
    "#2ca02c",
    "#d62728",
    "#9467bd",
    "#8c564b",
    "#e377c2",
    "#7f7f7f",
    "#bcbd22",
    "#17becf",
)


@dataclass(frozen=True)
class Charts:
    """A prepared view of the runs below one parent run: a sorted table, learning curves, and bars of final figures.

    Attributes:
        parent: id of the parent run.
        params: Hydra keys that vary, a column each.
        figures: names of final figures, a column and a bar chart each; the first one ranks.
        others: names of all metrics that were logged, for pages that would draw each of them.
        ascending: whether lower is better.
    """

    parent: str
    params: tuple[str, ...]
    figures: tuple[str, ...]
    others: tuple[str, ...]
    ascending: bool


class Pages(ABC):
    """Addresses of pages; a tracker that has no such page says None.

    Attributes:
        name: the tracker's, in words for people.
        hint: how a person gets to see the pages, said after an address; empty where nothing is to be done.
    """

    name: str
    hint: str

    @abstractmethod
    def run(self, experiment: str, run_id: str) -> str | None:
        """One run."""

    @abstractmethod
    def compare(self, experiment: str, runs: Sequence[str]) -> str | None:
        """Some runs by their ids, side by side."""

    @abstractmethod
    def charts(self, experiment: str, parent: str) -> str | None:
        """The :class:`Charts` of a parent run."""
