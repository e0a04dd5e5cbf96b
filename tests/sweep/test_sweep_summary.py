"""The end of a sweep on the terminal, to the letter."""

from __future__ import annotations

from functools import cache

import pytest

from logodds.runs.compose import compose
from logodds.runs.config import Config
from logodds.sweep import sweep_summary
from logodds.sweep.job import JobResult

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@cache
def config(*overrides: str) -> Config:
    return compose(["problem=iris", *overrides])


def result(loss: float | None, *overrides: str, stopped: int = 0, split: str = "") -> JobResult:
    figures = {} if loss is None else {"best/log_loss": loss, "best/f1": 0.5, "best/epoch": 7.0}
    name = " ".join(each.partition(".")[2] for each in overrides)
    place = name.encode().hex().ljust(32, "0")[:32]
    reason = "train/loss is nan" if loss is None else ""
    return JobResult(name, config(*overrides), figures, place, reason, ("data", split), stopped)


def shown(results: list[JobResult], varying: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    sweep_summary.show(results, varying, None, None)
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_runs(capsys: pytest.CaptureFixture[str]) -> None:
    given = [result(0.25, "optim.lr=0.1"), result(0.125, "optim.lr=0.2", stopped=3), result(None, "optim.lr=9")]
    assert shown(given, ["optim.lr"], capsys) == [
        "iris: 2 of 3 runs by validation figures, best first",
        "#   lr    log_loss       f1   epoch   stopped   folder",
        "─" * 80,
        "1   0.2     0.1250   0.5000       7         3   6c723d302e3200000000000000000000",
        "2   0.1     0.2500   0.5000       7             6c723d302e3100000000000000000000",
        "failed: lr=9: train/loss is nan",
    ]


def test_configurations_of_several_seeds_and_what_there_is_no_room_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    given = [
        result(loss + lr, f"optim.lr={lr}", f"optim.momentum={lr}", "model=mlp", f"model.hidden={hidden}", seed)
        for lr in (0.1, 0.3)
        for hidden in ("[128,128,128]", "[64]")
        for loss, seed in ((0.25, "train.seed=0"), (0.5, "train.seed=1"))
    ]
    lines = shown(given, ["optim.lr", "model.hidden", "optim.momentum", "train.seed"], capsys)
    assert lines == [
        "iris: 4 configurations of 8 runs, best mean validation figure first",
        "#   hidden        lr           log_loss   best folder",
        "─" * 53,
        "1   128-128-128   0.1   0.4750 ± 0.1768   6c723d30",
        "2   64            0.1   0.4750 ± 0.1768   6c723d30",
        "3   128-128-128   0.3   0.6750 ± 0.1768   6c723d30",
        "4   64            0.3   0.6750 ± 0.1768   6c723d30",
        "only in ranking.json of the parent run: columns momentum, seeds",
    ]


@pytest.mark.long
def test_of_many_the_first_twenty(capsys: pytest.CaptureFixture[str]) -> None:
    given = [result(k / 100, f"optim.lr={k + 1}") for k in range(30)]
    lines = shown(given, ["optim.lr"], capsys)
    assert (len(lines), lines[-1]) == (24, "only in ranking.json of the parent run: 10 runs more")


def test_jobs_that_nothing_tells_apart_are_called_by_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown([result(0.25, "optim.lr=0.1")], [], capsys)[1:] == [
        "#   run      log_loss       f1   epoch   folder",
        "─" * 73,
        "1   lr=0.1     0.2500   0.5000       7   6c723d302e3100000000000000000000",
    ]


def test_nothing_that_finished_is_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown([result(None, "optim.lr=9")], ["optim.lr"], capsys) == ["failed: lr=9: train/loss is nan"]


@pytest.mark.parametrize(("count", "more"), [(4, ""), (5, " and 1 more")])
def test_four_failed_runs_are_named_for_each_reason(capsys: pytest.CaptureFixture[str], count: int, more: str) -> None:
    given = [result(None, f"optim.lr={k}") for k in range(1, count + 1)]
    assert shown(given, ["optim.lr"], capsys) == [f"failed: lr=1, lr=2, lr=3, lr=4{more}: train/loss is nan"]


def test_other_rows_are_ranked_apart_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    given = [result(0.25, "split.seed=1", split="s1"), result(0.125, "split.seed=2", split="s2")]
    sweep_summary.show(given, ["split.seed"], None, None)
    printed = capsys.readouterr()
    assert [line.rstrip() for line in printed.out.splitlines()] == [
        "iris: 2 runs by validation figures, best first of each group",
        " #   seed   log_loss       f1   epoch   folder",
        "─" * 72,
        "A1   1        0.2500   0.5000       7   736565643d3100000000000000000000",
        "B1   2        0.1250   0.5000       7   736565643d3200000000000000000000",
    ]
    assert "not judged on the same rows, so ranked apart: A 1 run (data data, split s1); B 1 run (" in printed.err


@pytest.mark.parametrize(("loss", "told"), [(0.125, True), (0.5, False)])
def test_the_best_run_with_too_few_epochs_is_told(capsys: pytest.CaptureFixture[str], loss: float, told: bool) -> None:
    given = [result(loss, "optim.lr=0.1", "train.epochs=7"), result(0.25, "optim.lr=0.2")]
    sweep_summary.show(given, ["optim.lr"], None, None)
    note = "lr=0.1 epochs=7: the last of 7 epochs was the best: training longer may help (train.epochs=14)"
    assert (f"note: {note}" in capsys.readouterr().err) == told


def test_a_run_without_the_figure_has_no_place(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown([result(float("nan"), "optim.lr=0.1"), result(0.5, "optim.lr=0.2")], ["optim.lr"], capsys)
    assert [line.split()[:2] for line in lines[3:]] == [["1", "0.2"], ["0.1", "0.5000"]]
