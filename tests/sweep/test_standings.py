"""Results ranked, where seeds are repeats."""

from __future__ import annotations

from functools import cache

from logodds.runs.compose import compose
from logodds.runs.config import Config
from logodds.sweep import standings
from logodds.sweep.result import JobResult


@cache
def config(seed: int, split: int) -> Config:
    return compose(["problem=iris", f"train.seed={seed}", f"split.seed={split}"])


def result(name: str, seed: int, split: int, loss: float) -> JobResult:
    return JobResult(name, config(seed, split), {"best/log_loss": loss}, "f" * 32, "")


def test_another_seed_than_that_of_training_is_no_repeat() -> None:
    pairs = [(split, seed) for split in (1, 2) for seed in (0, 1)]
    given = [result(f"seed={split} seed={seed}", seed, split, 0.1 * split + seed) for split, seed in pairs]
    found = standings.configurations(given)
    assert [(standings.configuration_name(each), each.text(), each.seeds) for each in found] == [
        ("seed=1", "0.6000 ± 0.7071", "2"),
        ("seed=2", "0.7000 ± 0.7071", "2"),
    ]


def test_where_seeds_alone_are_swept_the_problem_names_them() -> None:
    (found,) = standings.configurations([result(f"seed={seed}", seed, 0, 0.1 + seed) for seed in (0, 1)])
    assert (standings.configuration_name(found), found.text()) == ("iris", "0.6000 ± 0.7071")
