"""The table of a sweep, where seeds are repeats."""

from __future__ import annotations

from functools import cache

import pytest

from logodds.compose import compose
from logodds.config import Config
from logodds.sweep import standings
from logodds.sweep.standings import Result


@cache
def config(seed: int, split: int) -> Config:
    return compose(["problem=iris", f"train.seed={seed}", f"split.seed={split}"])


def result(name: str, seed: int, split: int, loss: float) -> Result:
    return Result(name, config(seed, split), {"best/log_loss": loss}, "f" * 32, "")


def shown(results: list[Result], capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """The cells of the table, without the ids."""
    standings.show(results, None, None)
    lines = capsys.readouterr().out.splitlines()
    return [[cell.strip() for cell in line.split("│")[1:-2]] for line in lines if line.startswith("│")]


def test_another_seed_than_that_of_training_is_no_repeat(capsys: pytest.CaptureFixture[str]) -> None:
    given = [
        result(f"seed={split} seed={seed}", seed, split, 0.1 * split + seed) for split in (1, 2) for seed in (0, 1)
    ]
    assert shown(given, capsys) == [
        ["1", "seed=1", "0.6000 ± 0.7071", "2"],
        ["2", "seed=2", "0.7000 ± 0.7071", "2"],
    ]


def test_where_seeds_alone_are_swept_the_problem_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    given = [result(f"seed={seed}", seed, 0, 0.1 + seed) for seed in (0, 1)]
    assert shown(given, capsys) == [["1", "iris", "0.6000 ± 0.7071", "2"]]
