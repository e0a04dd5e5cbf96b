"""The jobs at the ends of a space, which are checked before a search starts; what its options tell."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from logodds.runs.compose import compose
from logodds.runs.config import Config
from logodds.sweep.job import Job
from logodds.sweep.search.search import corners
from logodds.sweep.search.search_options import SearchOptions
from logodds.sweep.search.space import Choice, IntervalDimension, Search, Space, Steps
from logodds.system.errors import UserError

SPACE = Space(
    (
        IntervalDimension("optim.lr", 0.5, 2.0, log=True),
        Choice("model.hidden", ("[8]", "[16]", "[32]")),
        Steps("train.epochs", 5, 5, 4),
    )
)
FIRST = ("problem=iris", "optim.lr=0.5", "model.hidden=[8]", "train.epochs=5")


@cache
def config() -> Config:
    return compose(["problem=iris"])


def job(overrides: Sequence[str]) -> Job:
    return Job(config(), tuple(overrides))


def points(seeds: Sequence[str]) -> list[tuple[str, ...]]:
    return [each.overrides for each in corners(Search(SPACE, ("problem=iris",), tuple(seeds)), job)]


def with_seed(seed: str | None, *changed: tuple[int, str]) -> tuple[str, ...]:
    point = list(FIRST)
    for place, text in changed:
        point[place] = text
    return (*point, *([] if seed is None else [f"train.seed={seed}"]))


@pytest.mark.parametrize("seeds", [(), ("3",), ("3", "4", "5")])
def test_each_dimension_goes_to_its_ends_with_the_others_at_their_first(seeds: tuple[str, ...]) -> None:
    """Every choice is an end; the first corner has every seed, the others the first."""
    first = seeds[0] if seeds else None
    ends = [(1, "optim.lr=2.0"), (2, "model.hidden=[16]"), (2, "model.hidden=[32]"), (3, "train.epochs=20")]
    assert points(seeds) == [
        *(with_seed(seed) for seed in seeds or (None,)),
        *(with_seed(first, end) for end in ends),
    ]


def test_all_that_is_wrong_is_told_once() -> None:
    def refused(overrides: Sequence[str]) -> Job:
        wrong = [text for text in ("optim.lr=2.0", "model.hidden=[16]", "model.hidden=[32]") if text in overrides]
        if wrong:
            raise UserError(f"{wrong[0].partition('=')[0]}: no such value")
        return job(overrides)

    with pytest.raises(UserError) as caught:
        corners(Search(SPACE, (), ()), refused)
    assert str(caught.value) == "optim.lr: no such value; model.hidden: no such value"


@pytest.mark.parametrize(
    ("min_epochs", "factor", "told"), [(None, 3, False), (None, 2, True), (1, 3, False), (1, 2, False)]
)
def test_a_factor_without_comparisons_is_told(min_epochs: int | None, factor: int, told: bool) -> None:
    options = SearchOptions(
        n_trials=8, sampler="random", seed=0, generation=None, min_epochs=min_epochs, reduction_factor=factor
    )
    note = f"hydra.sweeper.min_epochs=null: hydra.sweeper.reduction_factor={factor} without effect"
    assert options.notes() == [note] * told
