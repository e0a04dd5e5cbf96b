"""What a sweep's configurations are called where seeds are repeats."""

from __future__ import annotations

from functools import cache

from logodds.runs.compose import compose
from logodds.runs.config import Config
from logodds.runs.ranking import rank
from logodds.sweep.job import JobResult
from logodds.sweep.parent import configuration_name, parent_name


@cache
def config(seed: int, split: int) -> Config:
    return compose(["problem=iris", f"train.seed={seed}", f"split.seed={split}"])


def result(name: str, seed: int, split: int, loss: float, rows: str = "a") -> JobResult:
    return JobResult(name, config(seed, split), {"best/log_loss": loss}, "f" * 32, "", ("data", rows))


PAIRS = [(split, seed) for split in (1, 2) for seed in (0, 1)]


def test_another_seed_than_that_of_training_is_no_repeat() -> None:
    given = [result(f"split.seed={x} train.seed={seed}", seed, x, 0.1 * x + seed) for x, seed in PAIRS]
    assert [(configuration_name(each), each.text(), each.seeds) for each in rank(given).configurations] == [
        ("split.seed=1", "0.6000 ± 0.7071", "2"),
        ("split.seed=2", "0.7000 ± 0.7071", "2"),
    ]


def test_other_rows_are_ranked_apart_and_none_is_the_best() -> None:
    given = [result(f"split.seed={x} train.seed={seed}", seed, x, 0.1 * x + seed, str(x)) for x, seed in PAIRS]
    found = rank(given)
    assert [(each.rank, each.run.name) for each in found.runs] == [
        ("A1", "split.seed=1 train.seed=0"),
        ("A2", "split.seed=1 train.seed=1"),
        ("B1", "split.seed=2 train.seed=0"),
        ("B2", "split.seed=2 train.seed=1"),
    ]
    assert (found.configurations, found.best()) == ([], None)
    alone = rank(given[:2])
    assert alone.best() is given[0]


def test_where_seeds_alone_are_swept_the_problem_names_them() -> None:
    (found,) = rank([result(f"seed={seed}", seed, 0, 0.1 + seed) for seed in (0, 1)]).configurations
    assert (configuration_name(found), found.text()) == ("iris", "0.6000 ± 0.7071")


def test_a_sweep_is_called_by_its_keys() -> None:
    assert parent_name("sweep", ["optim.lr", "model.name"]) == "sweep lr model"
    assert parent_name("search", ["train.seed", "split.seed"]) == "search train.seed split.seed"
