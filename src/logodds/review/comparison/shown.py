"""The content of a comparison page, and escaping of its text."""

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

FIGURES = ("accuracy", "f1", "roc_auc")  # figures that are shown beside the one that ranks


@dataclass(frozen=True)
class Page:
    """The content of a comparison page.

    Attributes:
        gathered: the runs, as read from the store.
        ranking: the same runs, ranked.
        matrices: confusion matrices of the best runs, by index in the ranking.
        pages: addresses of the tracker's own pages.
    """

    gathered: Gathered
    ranking: Ranking[Recorded]
    matrices: dict[int, ConfusionMatrix]
    pages: Pages

    @cached_property
    def keys(self) -> dict[str, str]:
        """The Hydra keys whose values vary, with their short names."""
        return short_names(differences.varying([ranked.run.params for ranked in self.ranking.runs]))

    @cached_property
    def words(self) -> list[dict[str, str | None]]:
        """For each run, the values of the parameters that vary, by short name."""
        return differences.in_words([ranked.run.params for ranked in self.ranking.runs])

    @cached_property
    def apart(self) -> dict[str, str]:
        """The keys that set configurations apart: all, but for the seed where runs with other seeds are repeats."""
        return {key: name for key, name in self.keys.items() if key != SEED or not self.ranking.configurations}

    def leading(self, most: int, alone: str) -> str:
        """Describe which runs :meth:`Ranking.leading` returns.

        Args:
            most: the number that is asked of :meth:`Ranking.leading`.
            alone: the description where no configuration is repeated with several seeds and all runs are ranked
                together.
        """
        if self.ranking.apart:
            return "the best of each group"
        repeats = self.ranking.configurations
        if not repeats:
            return alone
        return (
            f"the best run of each {f'of the best {most} configurations' if len(repeats) > most else 'configuration'}"
        )

    def run_link(self, run: Recorded) -> str:
        """Return a run's name as HTML, as a link where the tracker has a page for the run."""
        name = f"<bdi>{safe(run.name)}</bdi>"
        address = self.pages.run(run.experiment, run.id)
        return name if address is None else f'<a href="{safe(address)}">{name}</a>'

    def label(self, index: int) -> str:
        """Return the label of the run at an index of the ranking: its rank and name."""
        ranked = self.ranking.runs[index]
        return f"{ranked.rank or 'unranked'}: {ranked.run.name}"


def safe(words: str) -> str:
    """Escape a text for HTML, also within double quotes."""
    return escape(UNWRITABLE.sub("�", words))
