"""What a sweep's configurations are called where seeds are repeats."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, cast

import pytest

from logodds.evaluation.plots import sweeps
from logodds.runs.compose import compose
from logodds.runs.config import Config
from logodds.runs.ranking import rank
from logodds.sweep.job import JobResult
from logodds.sweep.parent import conclude, configuration_name, parent_name
from logodds.tracking.pages import Charts
from logodds.tracking.run import Run
from logodds.tracking.store import Store


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


class Written:
    """Stands where a parent run and its store would, and keeps what is written."""

    id = "p" * 32

    def __init__(self) -> None:
        self.tagged: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self.tables: dict[str, Mapping[str, Sequence[Any]]] = {}
        self.description = ""
        self.charts: Charts | None = None

    def tags(self, tags: Mapping[str, str]) -> None:
        self.tagged |= tags

    def artifacts(self, files: Mapping[str, bytes], tables: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
        self.files |= files
        self.tables |= tables

    def describe(self, text: str) -> None:
        self.description = text

    def prepare(self, charts: Charts) -> None:
        self.charts = charts


def concluded(varying: Sequence[str], results: Sequence[JobResult]) -> Written:
    written = Written()
    conclude(cast(Store, written), cast(Run, written), varying, results)
    return written


def of_split(split: int, loss: float, rows: str = "a", failed: str = "") -> JobResult:
    found = result(f"split.seed={split}", 0, split, loss, rows)
    return replace(found, figures={}, reason=failed) if failed else replace(found, run_id_or_folder=f"{split:032}")


def test_the_record_of_a_sweep_of_runs() -> None:
    found = concluded(["split.seed"], [of_split(1, 0.5), of_split(2, 0.25), of_split(3, 0.0, failed="nan")])
    assert found.tagged == {"sweep.failed": "1", "sweep.best": f"{2:032}"}
    table = {
        "run": ["split.seed=2", "split.seed=1"],
        "split.seed": ["2", "1"],
        "best/log_loss": [0.25, 0.5],
        "run id": [f"{2:032}", f"{1:032}"],
    }
    assert found.tables == {"ranking.json": table}
    pictures = sweeps.artifacts(table["run"], {"split.seed": [2, 1]}, "best/log_loss", [0.25, 0.5])
    assert found.files == pictures
    assert found.description == (
        "| run | best/log\\_loss |\n| --- | ---: |\n| split.seed=2 | 0.2500 |\n| split.seed=1 | 0.5000 |"
    ).replace("\\_", "_")
    assert found.charts is not None
    assert (found.charts.parent, found.charts.params) == ("p" * 32, ("split.seed",))
    assert (found.charts.figures, found.charts.ascending) == (("best/log_loss",), True)
    assert {"best/log_loss", "train/loss", "val/loss", "seconds/training"} <= set(found.charts.others)


def test_charts_of_a_sweep_have_columns_for_usual_figures_that_were_logged() -> None:
    given = [replace(of_split(k, 0.1 * k), figures={"best/log_loss": 0.1 * k, "best/f1": 0.5}) for k in (1, 2)]
    found = concluded(["split.seed"], given).charts
    assert found is not None
    assert found.figures == ("best/log_loss", "best/f1")
    assert list(found.others) == sorted(found.others)


def test_a_sweep_in_which_everything_failed_has_no_ranking() -> None:
    found = concluded(["split.seed"], [of_split(1, 0.0, failed="nan")])
    assert (found.tagged, found.tables, found.files, found.charts) == ({"sweep.failed": "1"}, {}, {}, None)


def test_the_record_of_runs_that_are_ranked_apart_tells_their_places() -> None:
    found = concluded(["split.seed"], [of_split(1, 0.5, "a"), of_split(2, 0.25, "b"), of_split(3, math.nan, "a")])
    assert found.tagged == {"sweep.failed": "0"}
    (table,) = found.tables.values()
    assert (table["#"], table["best/log_loss"]) == (["A1", "B1", ""], [0.5, 0.25, None])
    names = ["A1: split.seed=1", "B1: split.seed=2"]
    assert found.files == sweeps.artifacts(names, {"split.seed": [1, 2]}, "best/log_loss", [0.5, 0.25])
    assert found.description.startswith("| # | run | best/log_loss |\n")
    assert "not judged on the same rows" in found.description


@pytest.mark.parametrize("failed", [False, True])
def test_the_record_of_a_sweep_of_configurations(failed: bool) -> None:
    given = [result(f"split.seed={x} train.seed={seed}", seed, x, 0.25 * x + seed) for x, seed in PAIRS]
    if failed:
        given[3] = replace(given[3], figures={}, reason="nan")
    found = concluded(["split.seed", "train.seed"], given)
    mean, sd = (0.5, None) if failed else (1.0, math.sqrt(0.5))
    table = {
        "configuration": ["split.seed=1", "split.seed=2"],
        "split.seed": ["1", "2"],
        "best/log_loss": [0.75, mean],
        "best/log_loss sd": [math.sqrt(0.5), sd],
        "seeds": [2, 1 if failed else 2],
        **({"seeds failed": [0, 1]} if failed else {}),
        "best run id": ["f" * 32] * 2,
    }
    assert found.tables["ranking.json"] == table
    assert len(found.tables["runs.json"]["run"]) == (3 if failed else 4)
    spreads = [math.sqrt(0.5), math.nan if sd is None else sd]
    pictures = sweeps.artifacts(table["configuration"], {"split.seed": [1, 2]}, "best/log_loss", [0.75, mean], spreads)
    assert found.files == pictures
    told = ["0.7500 ± 0.7071 | 2", "0.5000 | 1 of 2" if failed else "1.0000 ± 0.7071 | 2"]
    lines = found.description.splitlines()
    assert lines[2:] == [f"| split.seed={x} | {each} |" for x, each in zip((1, 2), told, strict=True)]


@pytest.mark.parametrize("count", [20, 21])
def test_a_description_lists_twenty_runs_with_short_names(count: int) -> None:
    given = [replace(of_split(1, k / 100), name=f"{k:02} {'x' * 150}") for k in range(count)]
    lines = concluded([], given).description.splitlines()
    assert len(lines) == 22
    assert len(lines[2]) == len("|  | 0.0000 |") + 120
