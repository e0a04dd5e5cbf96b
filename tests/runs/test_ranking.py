"""Which figure ranks, in which order, and that runs of different rows are not ranked together."""

from __future__ import annotations

import math

import pytest
from recorded_runs import run

from logodds.runs.ranking import rank, ranking_figure


@pytest.mark.parametrize("monitor", ["val/loss", "val/f1"])
def test_best_first(monitor: str) -> None:
    values = {"a": 0.3, "b": 0.1, "c": math.nan, "d": 0.2, "e": 0.1}
    runs = [
        run(name, {"best/log_loss": value, "best/f1": value}, {"train.monitor": monitor})
        for name, value in values.items()
    ]
    found = rank(runs)
    names = ["b", "e", "d", "a", "c"] if monitor == "val/loss" else ["a", "d", "b", "e", "c"]
    assert [each.run.name for each in found.runs] == names
    assert [each.rank for each in found.runs] == ["1", "2", "3", "4", ""]
    assert (found.name, found.higher, found.notes) == (
        ("log_loss", False, []) if monitor == "val/loss" else ("f1", True, [])
    )
    assert found.leading(3) == [0, 1, 2]


def test_without_validation_rows_the_train_loss_of_the_kept_epoch_ranks() -> None:
    figures = {"a": {"best/train_loss": 0.3}, "b": {"best/train_loss": 0.2}, "c": {}}
    runs = [type(each)(**{**vars(each), "figures": figures[each.name]}) for each in map(run, figures)]
    found = rank(runs)
    assert (found.figure, found.higher) == ("best/train_loss", False)
    assert [(each.run.name, each.rank) for each in found.runs] == [("b", "1"), ("a", "2"), ("c", "")]


def test_other_rows_are_ranked_apart_and_told() -> None:
    runs = [
        run("a", {"best/log_loss": 0.1}, tags={"split.sha256": "f" * 64}),
        run("b", {"best/log_loss": 0.5}),
        run("c", {"best/log_loss": 0.4}),
        run("d", {"best/log_loss": 0.2}, tags={"data.md5": "0" * 32}),
    ]
    found = rank(runs)
    assert [(each.run.name, each.rank) for each in found.runs] == [("c", "A1"), ("b", "A2"), ("a", "B1"), ("d", "C1")]
    assert found.leading(3) == [0, 2, 3]
    many = rank([run(f"r{k}", tags={"split.sha256": f"{k:064}"}) for k in range(30)])
    assert many.notes[0].endswith("; C 1 run (data dddddddd, split 00000000); and 27 more")
    assert [each.rank for each in many.runs[24:28]] == ["Y1", "Z1", "AA1", "BB1"]
    assert many.leading(30) == list(range(30))
    assert found.notes == [
        "not judged on the same rows, so ranked apart: A 2 runs (data dddddddd, split eeeeeeee); "
        "B 1 run (data dddddddd, split ffffffff); C 1 run (data 00000000, split eeeeeeee)",
    ]


def test_seeds_are_repeats_where_the_rows_are_the_same() -> None:
    runs = [
        run(name, {"best/log_loss": value}, {"train.seed": seed, "optim.lr": lr})
        for name, value, seed, lr in (("a", 0.4, "0", "1"), ("b", 0.2, "1", "1"), ("c", 0.1, "0", "2"))
    ]
    found = rank([*runs, run("d", {"best/log_loss": math.nan}, {"train.seed": "1", "optim.lr": "2"})])
    assert [[each.run.name for each in one.results] for one in found.configurations] == [["b", "a"], ["c"]]
    assert [found.runs[index].run.name for index in found.leading(9)] == ["b", "c"]
    assert found.leading(1) == [1]
    assert found.ranked_indices() == [0, 1, 2]
    assert rank([runs[0], runs[2]]).configurations == []
    assert rank([runs[0], run("again", {}, {"train.seed": "0", "optim.lr": "1"})]).configurations == []
    twice = run("twice", {"best/log_loss": 0.4}, {"train.seed": "0", "optim.lr": "1"})  # counts once
    assert [each.values for each in rank([*runs, twice]).configurations] == [(0.1,), (0.2, 0.4)]
    elsewhere = run("e", {"best/log_loss": 0.2}, {"train.seed": "1"}, {"split.sha256": "f" * 64})
    assert rank([*runs, elsewhere]).configurations == []


@pytest.mark.parametrize(
    ("monitors", "expected"),
    [
        (["val/loss", "val/loss"], ("best/log_loss", False)),
        (["train/loss", "train/loss"], ("best/log_loss", False)),
        (["val/f1", "val/f1"], ("best/f1", True)),
        (["val/mcc"], ("best/mcc", True)),
        (["val/f1", "val/roc_auc"], ("best/log_loss", False)),
        (["val/nonsense"], ("best/log_loss", False)),
    ],
)
def test_the_common_monitor_ranks(monitors: list[str], expected: tuple[str, bool]) -> None:
    assert ranking_figure(monitors, {"best/log_loss", "best/f1"}) == expected
    assert ranking_figure(monitors, {"train/log_loss"}) == ("best/train_loss", False)
