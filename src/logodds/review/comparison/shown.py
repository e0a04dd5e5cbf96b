"""What a page shows, and words as its text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape

from logodds.evaluation.plots.svg import UNWRITABLE
from logodds.options.overrides import short_names
from logodds.review.comparison.confusions import ConfusionMatrix
from logodds.review.comparison.gather import Gathered
from logodds.runs import differences
from logodds.runs.ranking import Ranking
from logodds.runs.repeats import SEED
from logodds.tracking.pages import Pages
from logodds.tracking.recorded import Recorded

FIGURES = ("accuracy", "f1", "roc_auc")  # beside the one that ranks


@dataclass(frozen=True)
class Page:
    """The runs ranked, ``matrices`` of the best by index, and ``pages``, the tracker's."""

    gathered: Gathered
    ranking: Ranking[Recorded]
    matrices: dict[int, ConfusionMatrix]
    pages: Pages

    @cached_property
    def keys(self) -> dict[str, str]:
        """Hydra keys that vary, with their short names."""
        return short_names(differences.varying([each.run.params for each in self.ranking.runs]))

    @cached_property
    def words(self) -> list[dict[str, str | None]]:
        """Each run's values of the parameters that vary, by short name."""
        return differences.in_words([each.run.params for each in self.ranking.runs])

    @cached_property
    def apart(self) -> dict[str, str]:
        """Of the keys those that set configurations apart: where seeds are repeats, all but the seed."""
        return {key: name for key, name in self.keys.items() if key != SEED or not self.ranking.configurations}

    def leading(self, most: int, alone: str) -> str:
        """Which runs :meth:`Ranking.leading` gives, in words; ``alone`` where seeds are no repeats and all runs are
        ranked together."""
        if self.ranking.apart:
            return "the best of each group"
        every = self.ranking.configurations
        if not every:
            return alone
        return f"the best run of each {f'of the best {most} configurations' if len(every) > most else 'configuration'}"

    def run_link(self, run: Recorded) -> str:
        """A run's name, as a link where the tracker has a page of it."""
        name = f"<bdi>{safe(run.name)}</bdi>"
        address = self.pages.run(run.experiment, run.id)
        return name if address is None else f'<a href="{safe(address)}">{name}</a>'

    def label(self, index: int) -> str:
        """A run by its place and name."""
        each = self.ranking.runs[index]
        return f"{each.place or 'no place'}: {each.run.name}"


def safe(words: str) -> str:
    """Words as text of the page or within double quotes."""
    return escape(UNWRITABLE.sub("�", words))
