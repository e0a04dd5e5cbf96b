"""The pages on which a tracker shows runs: their addresses, and the views that are prepared for them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

#: Colours of runs by their number in a sweep: the ten of Matplotlib.
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
        params: Hydra keys that vary, one column each.
        figures: names of final figures, one column and one bar chart each; runs are sorted by the first.
        others: names of all metrics that were logged; pages that would draw every metric must hide the rest.
        ascending: whether lower is better.
    """

    parent: str
    params: tuple[str, ...]
    figures: tuple[str, ...]
    others: tuple[str, ...]
    ascending: bool


class Pages(ABC):
    """The addresses of a tracker's pages. A method returns None if the tracker has no such page. Abstract.

    Attributes:
        name: the tracker's name, as shown to users.
        hint: how a user gets to see the pages, printed after an address; empty if nothing needs to be done.
    """

    name: str
    hint: str

    @abstractmethod
    def run(self, experiment: str, run_id: str) -> str | None:
        """Return the address of a run's page."""

    @abstractmethod
    def compare(self, experiment: str, runs: Sequence[str]) -> str | None:
        """Return the address of a page that shows some runs, given by their ids, side by side."""

    @abstractmethod
    def charts(self, experiment: str, parent: str) -> str | None:
        """Return the address of the prepared :class:`Charts` of a parent run."""
