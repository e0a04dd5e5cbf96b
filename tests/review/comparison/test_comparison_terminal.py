"""The ranking on the terminal, to the letter, and what it shows at which width."""

from __future__ import annotations

import pytest
from recorded_runs import COUNTS, run

from logodds.review.comparison.terminal import chosen, show
from logodds.runs.ranking import rank

RUNS = [
    run("a", {"best/log_loss": 0.25, **COUNTS}, {"optim.lr": "0.1"}),
    run("b", {"best/log_loss": 0.125, "test/log_loss": 0.5, **COUNTS}, {"optim.lr": "0.01", "model.hidden": "[32]"}),
]


def test_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    show(rank(RUNS), "toy: two runs")
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "toy: two runs, lowest best/log_loss first",
        "                                                           test",
        "#   lr     hidden   log_loss                accuracy   log_loss   run id",
        "─" * 74,
        "1   0.01   32         0.1250   0.9000 [0.826, 0.945]     0.5000   62000000",
        "2   0.1    64-64      0.2500   0.9000 [0.826, 0.945]              61000000",
    ]


@pytest.mark.parametrize(
    ("room", "heads", "id_length", "left_out"),
    [
        (120, ["#", "lr", "hidden", "log_loss", "accuracy", "test\nlog_loss", "run id"], 32, []),
        (98, ["#", "lr", "hidden", "log_loss", "accuracy", "test\nlog_loss", "run id"], 32, []),
        (97, ["#", "lr", "hidden", "log_loss", "accuracy", "test\nlog_loss", "run id"], 8, []),
        (74, ["#", "lr", "hidden", "log_loss", "accuracy", "test\nlog_loss", "run id"], 8, []),
        (73, ["#", "lr", "hidden", "log_loss", "accuracy", "run id"], 8, ["test log_loss"]),
        (40, ["#", "lr", "hidden", "log_loss", "run id"], 8, ["accuracy", "test log_loss"]),
        (31, ["#", "lr", "log_loss", "run id"], 8, ["hidden", "accuracy", "test log_loss"]),
    ],
)
def test_as_many_columns_as_fit(room: int, heads: list[str], id_length: int, left_out: list[str]) -> None:
    columns, found = chosen(rank(RUNS), room)
    assert ([column.head for column in columns], found) == (heads, left_out)
    assert {len(cell) for cell in columns[-1].cells} == {id_length}
    assert sum(column.width() for column in columns) - 3 <= room


def test_a_figure_with_an_interval_needs_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    runs = [run(name, {"best/accuracy": 0.9}, {"train.monitor": "val/accuracy"}) for name in ("a", "b")]
    columns, _ = chosen(rank(runs), 80)
    # Nothing varies: the runs' names stand for parameters.
    assert [column.head for column in columns] == ["#", "run", "accuracy", "run id"]


def test_a_thousand_runs_are_twenty_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    runs = [run(f"r{k}", {"best/log_loss": k / 1000}, {"optim.lr": f"{k / 7:.17g}"}) for k in range(1000)]
    show(rank(runs), "toy")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 2 + 20 + 1
    assert lines[-1] == "only on the page: 980 runs more"
    assert max(map(len, lines)) <= 80


def test_nothing_in_a_name_reaches_the_terminal_as_a_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    hostile = "\x1b[2J\x07[red]x[/red]\u202e"
    runs = [run(hostile, params={"optim.lr": lr}) for lr in ("[bold]", "\x1b]0;t\x07")]
    show(rank(runs), hostile)
    text = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "[bold]" in text


def test_seeds_are_repeats_of_one_configuration(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    values = {("0.1", "0"): 0.3, ("0.01", "0"): 0.25, ("0.1", "1"): 0.1, ("0.01", "1"): 0.35}
    runs = [
        run(f"{lr} {seed}", {"best/log_loss": value}, {"optim.lr": lr, "train.seed": seed})
        for (lr, seed), value in values.items()
    ]
    show(rank(runs), "toy: four runs")
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "toy: four runs, lowest best/log_loss first",
        "#   lr            log_loss   seeds   best run id",
        "─" * 69,
        f"1   0.1    0.2000 ± 0.1414       2   {b'0.1 1'.hex():0<32}",
        f"2   0.01   0.3000 ± 0.0707       2   {b'0.01 0'.hex():0<32}",
    ]
