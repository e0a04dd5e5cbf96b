"""Sweeps from the command line: what they record, print and refuse."""

from __future__ import annotations

import json
import re
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Reproduced, beside_notes, client, environment, files, git, notes, printed_run, run, run_ids
from processes import Started
from sweep_stores import listed

from logodds.tracking.mlflow.ui import Ui
from logodds.tracking.pages import COLOURS

IRIS = [
    "target species: setosa 50, versicolor 50 (positive: versicolor)",
    "50 rows of other classes left out (virginica: 50)",
    "columns: number sepal_length, sepal_width, petal_length, petal_width",
]
BASE = "http://127.0.0.1:5000"


@dataclass(frozen=True)
class Swept:
    """A sweep of iris: what it printed, its parent run, and the children by name."""

    clone: Path
    done: subprocess.CompletedProcess[str]
    parent: Any
    children: dict[str, Any]


def sweep(clone: Path, *arguments: str) -> Swept:
    before = set(run_ids(clone, "iris"))
    done = run(clone, "src/train.py", "-m", "problem=iris", "train.epochs=5", *arguments, check=False)
    store = client(clone)
    found = [store.get_run(run_id) for run_id in set(run_ids(clone, "iris")) - before]
    (parent,) = [each for each in found if "mlflow.parentRunId" not in each.data.tags]
    return Swept(clone, done, parent, {each.info.run_name: each for each in found if each is not parent})


@pytest.fixture(scope="session")
def swept(reproduced: Reproduced) -> Swept:
    return sweep(reproduced.clone, "optim.lr=0.01,0.1")


@pytest.fixture(scope="session")
def half(reproduced: Reproduced) -> Swept:
    """A sweep of which one job overflows."""
    return sweep(reproduced.clone, "model=mlp", "optim.lr=0.1,1e38")


def test_a_sweep_is_one_parent_and_a_child_per_value(swept: Swept) -> None:
    parent = swept.parent.info.run_id
    assert swept.done.returncode == 0
    assert beside_notes(swept.done.stderr) == ""
    longer = "the last of 5 epochs was the best: training longer may help (train.epochs=10)"
    assert notes(swept.done.stderr) == [*IRIS, f"lr=0.1: {longer}"]
    assert set(swept.children) == {"lr=0.01", "lr=0.1"}
    for name, child in swept.children.items():
        assert child.info.status == "FINISHED"
        assert child.data.params["optim.lr"] == name.removeprefix("lr=")
        assert child.data.tags["sweep.id"] == child.data.tags["mlflow.parentRunId"] == parent
    assert {child.data.tags["mlflow.runColor"] for child in swept.children.values()} == set(COLOURS[:2])
    assert swept.parent.info.status == "FINISHED"
    assert swept.parent.info.run_name == "sweep lr"
    assert {key: swept.parent.data.tags[key] for key in ("sweep.id", "sweep.size")} == {
        "sweep.id": parent,
        "sweep.size": "2",
    }
    assert (swept.parent.data.metrics, swept.parent.data.params) == ({}, {})


def test_the_ranking_puts_the_lowest_validation_loss_first(swept: Swept) -> None:
    ranked = sorted(swept.children.values(), key=lambda child: child.data.metrics["best/log_loss"])
    expected = []
    for place, child in enumerate(ranked, start=1):
        found = child.data.metrics
        figures = [f"{found['best/log_loss']:.4f}", f"{found['best/f1']:.4f}", f"{found['best/epoch']:.0f}"]
        expected.append([str(place), child.info.run_name.removeprefix("lr="), *figures, child.info.run_id])
    assert listed(swept.done.stdout) == expected
    assert [row[1] for row in expected] == ["0.1", "0.01"]


def test_a_sweep_prints_where_to_look(swept: Swept) -> None:
    experiment = swept.parent.info.experiment_id
    ranked = [row[-1] for row in listed(swept.done.stdout)]
    assert swept.done.stdout.splitlines()[-5:] == [
        f"charts:   {Ui(BASE).charts(experiment, swept.parent.info.run_id)}",
        f"compare:  {Ui(BASE).compare(experiment, ranked)}",
        f"best run: {Ui(BASE).run(experiment, ranked[0])}",
        f"one page of all: python src/compare.py sweep={swept.parent.info.run_id}",
        f"best on test rows: python src/evaluate.py run={ranked[0]}",
    ]


def test_the_prepared_view_shows_the_children(swept: Swept) -> None:
    tags = client(swept.clone).get_experiment_by_name("iris").tags
    state = json.loads(json.loads(tags[f"mlflow.sharedViewState.sweep-{swept.parent.info.run_id[:12]}"])["state"])
    logged = set(swept.children["lr=0.1"].data.metrics)
    assert state["searchFilter"] == f"tags.mlflow.parentRunId = '{swept.parent.info.run_id}'"
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`best/log_loss`", True)
    assert state["selectedColumns"][0] == "params.`optim.lr`"
    # The UI draws a chart of its own for each metric that has none here.
    assert {chart["metricKey"] for chart in state["compareRunCharts"]} == logged


def test_a_child_is_its_solo_run(swept: Swept, solo: subprocess.CompletedProcess[str]) -> None:
    alone = client(swept.clone).get_run(printed_run(solo.stdout))
    child = swept.children["lr=0.1"]
    for tag in ("weights.sha256", "split.sha256", "config.sha256"):
        assert child.data.tags[tag] == alone.data.tags[tag]
    timed = {"seconds/training"}
    assert {name: value for name, value in child.data.metrics.items() if name not in timed} == {
        name: value for name, value in alone.data.metrics.items() if name not in timed and not name.startswith("test/")
    }


def test_runs_of_different_validation_rows_are_told(reproduced: Reproduced) -> None:
    done = sweep(reproduced.clone, "split.seed=1,2", "optim.lr=0.1")
    told = notes(done.done.stderr)
    assert "iris: runs are judged on 2 different splits of the rows, and so are ranked apart" in told
    assert "so ranked apart: A 1 run (data " in told[-1]
    assert [row[0] for row in listed(done.done.stdout)] == ["A1", "B1"]
    assert "best run:" not in done.done.stdout
    assert "evaluate.py" not in done.done.stdout
    assert "sweep.best" not in done.parent.data.tags


def test_a_failed_job_leaves_the_others(half: Swept) -> None:
    failed, finished = half.children["lr=1e+38"], half.children["lr=0.1"]
    reason = failed.data.tags["error"]
    assert re.fullmatch(r"train/loss is nan in epoch 1 \(seed 0\); lower optim\.lr or set train\.clip_norm", reason)
    assert (failed.info.status, finished.info.status) == ("FAILED", "FINISHED")
    assert [row[1] for row in listed(half.done.stdout)] == ["lr=0.1"]
    assert f"failed: lr=1e+38: {reason}" in half.done.stdout.splitlines()
    assert half.done.returncode == 1
    assert beside_notes(half.done.stderr) == (
        "error: 1 of 2 jobs failed, as told above; the same command runs them again\n"
    )


def test_a_loss_that_does_not_fit_the_rows_starts_no_job(reproduced: Reproduced) -> None:
    before = files(reproduced.clone)
    done = run(
        reproduced.clone, "src/train.py", "-m", "problem=iris3", "loss=cross_entropy,bce", "train.epochs=1", check=False
    )
    assert done.returncode == 2
    assert done.stderr == "error: loss=bce: needs two classes and there are 3; use loss=cross_entropy\n"
    assert files(reproduced.clone) == before


def test_bad_rows_in_one_job_start_no_job(reproduced: Reproduced, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("x,y\n" + "".join(f"{index % 7},{index % 2}\n" for index in range(40)))
    bad.write_text("x,y\n1,0\n2,0\n")
    before = files(reproduced.clone)
    paths = f"problem.path={bad},{good}"
    done = run(reproduced.clone, "src/train.py", "-m", "problem=csv", paths, "problem.target=y", check=False)
    assert done.returncode == 2
    assert done.stderr == (
        f"error: {bad}: target 'y' has one class (0: 2), a problem needs two or more; choose another column\n"
    )
    assert files(reproduced.clone) == before


# Seeds as repeats


def table(clone: Path, parent: Any, path: str) -> dict[str, list[Any]]:
    """The columns of one of the parent's tables."""
    held = json.loads(Path(client(clone).download_artifacts(parent.info.run_id, path)).read_text())
    return dict(zip(held["columns"], map(list, zip(*held["data"], strict=True)), strict=True))


def test_swept_seeds_are_one_configuration_with_its_spread(reproduced: Reproduced) -> None:
    found = sweep(reproduced.clone, "optim.lr=0.1,0.3", "train.seed=range(3)")
    clone, parent = found.clone, found.parent
    values: dict[str, dict[str, float]] = {}
    for child in found.children.values():
        name = f"lr={child.data.params['optim.lr']}"
        values.setdefault(name, {})[child.info.run_id] = child.data.metrics["best/log_loss"]
    ranked = sorted(values, key=lambda name: statistics.fmean(values[name].values()))
    best = [min(values[name], key=lambda run_id: values[name][run_id]) for name in ranked]
    means = [statistics.fmean(values[name].values()) for name in ranked]
    sds = [statistics.stdev(values[name].values()) for name in ranked]
    assert listed(found.done.stdout) == [
        [str(k + 1), ranked[k].removeprefix("lr="), f"{means[k]:.4f} ± {sds[k]:.4f}", "3", best[k]] for k in range(2)
    ]
    title = "iris: 2 configurations of 6 runs, best mean validation figure first"
    assert found.done.stdout.splitlines()[0].rstrip() == title
    assert found.done.stdout.splitlines()[-1] == f"best on test rows: python src/evaluate.py run={best[0]}"
    assert parent.data.tags["sweep.best"] == best[0]
    ranking = table(clone, parent, "ranking.json")
    assert ranking == {
        "configuration": ranked,
        "optim.lr": [name.removeprefix("lr=") for name in ranked],
        "best/log_loss": pytest.approx(means),
        "best/log_loss sd": pytest.approx(sds),
        "seeds": [3, 3],
        "best run id": best,
    }
    runs = table(clone, parent, "runs.json")
    by_value = sorted(found.children.values(), key=lambda child: child.data.metrics["best/log_loss"])
    assert runs["run id"] == [child.info.run_id for child in by_value]
    assert runs["run"] == [child.info.run_name for child in by_value]
    assert runs["train.seed"] == [child.data.params["train.seed"] for child in by_value]
    shown = parent.data.tags["mlflow.note.content"].splitlines()
    assert shown[0] == "| configuration | best/log_loss | seeds |"
    assert shown[2] == f"| {ranked[0]} | {means[0]:.4f} ± {sds[0]:.4f} | 3 |"
    assert {each.path for each in client(clone).list_artifacts(parent.info.run_id)} == {
        *("ranking.json", "runs.json", "ranking.svg", "parameters.svg", "by_optim.lr.svg")
    }


# Going on with a sweep


def children(clone: Path, parent: str) -> dict[str, Any]:
    """The parent's runs by name; a name stands for one run."""
    store = client(clone)
    (experiment,) = {store.get_run(parent).info.experiment_id}
    found = store.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent}'")
    assert len({each.info.run_name for each in found}) == len(found)
    return {each.info.run_name: each for each in found}


def ids(runs: dict[str, Any]) -> dict[str, str]:
    return {name: each.info.run_id for name, each in runs.items()}


def test_the_same_command_again_runs_nothing(swept: Swept) -> None:
    before = set(run_ids(swept.clone, "iris"))
    again = run(swept.clone, "src/train.py", "-m", "problem=iris", "train.epochs=5", "optim.lr=0.01,0.1")
    assert set(run_ids(swept.clone, "iris")) == before
    first, *rest = again.stdout.splitlines()
    assert first == "all 2 runs are done already; sweep.retry=all runs them again"
    assert rest == swept.done.stdout.splitlines()


def test_what_failed_is_run_again_or_left(half: Swept) -> None:
    parent = half.parent.info.run_id
    command = ["src/train.py", "-m", "problem=iris", "train.epochs=5", "model=mlp", "optim.lr=0.1,1e38"]
    before = children(half.clone, parent)
    left = run(half.clone, *command, "sweep.retry=none", check=False)
    assert left.returncode == 1
    assert left.stdout.splitlines()[0] == "all 2 runs are done already; sweep.retry=all runs them again"
    assert ids(children(half.clone, parent)) == ids(before)
    again = run(half.clone, *command, check=False)
    assert again.returncode == 1
    assert again.stdout.splitlines()[0] == "1 of 2 runs are done already; 1 to go"
    after = children(half.clone, parent)
    assert ids(after)["lr=0.1"] == ids(before)["lr=0.1"]
    assert ids(after)["lr=1e+38"] != ids(before)["lr=1e+38"]
    assert after["lr=1e+38"].data.tags["error"] == before["lr=1e+38"].data.tags["error"]


def begun(clone: Path, command: list[str]) -> Started:
    return Started(clone, command, environment(clone))


def test_another_process_is_refused_the_same_sweep(reproduced: Reproduced) -> None:
    command = ["src/train.py", "-m", "problem=iris", "train.epochs=100000000", "train.seed=3,4"]
    before = set(run_ids(reproduced.clone, "iris"))
    started = begun(reproduced.clone, command)
    try:
        while len(set(run_ids(reproduced.clone, "iris")) - before) < 3:
            assert started.poll() is None
        refused = run(reproduced.clone, *command, check=False)
        assert len(set(run_ids(reproduced.clone, "iris")) - before) == 3
    finally:
        started.kill()
        started.communicate()
    assert refused.returncode == 2
    told = f": process {started.pid} is running this very sweep; wait for it, or end it\n"
    assert beside_notes(refused.stderr).endswith(told)


@pytest.mark.long
def test_a_killed_sweep_goes_on_where_it_was(reproduced: Reproduced) -> None:
    """Killed while its second group trains, and while another process is refused the same sweep."""
    command = ["src/train.py", "-m", "problem=iris", "train.epochs=800", "model=logistic,mlp", "train.seed=1,2"]
    before = set(run_ids(reproduced.clone, "iris"))
    started = begun(reproduced.clone, command)
    store = client(reproduced.clone)
    parent, statuses = "", set()
    while not {"FINISHED", "RUNNING"} <= statuses:
        assert started.poll() is None, started.communicate()
        found = [store.get_run(run_id) for run_id in set(run_ids(reproduced.clone, "iris")) - before]
        parent = next((each.info.run_id for each in found if "mlflow.parentRunId" not in each.data.tags), "")
        # At one moment: of a group that ends meanwhile, one run would be seen before and another after.
        statuses = {each.info.status for each in children(reproduced.clone, parent).values()} if parent else set()
        time.sleep(0.1)  # the processor is the training's
    started.send_signal(signal.SIGKILL)
    started.communicate()
    cut = children(reproduced.clone, parent)
    done = {name: each for name, each in cut.items() if each.info.status == "FINISHED"}
    assert 0 < len(done) < len(cut)
    run(reproduced.clone, *command)
    whole = children(reproduced.clone, parent)
    assert {each.info.status for each in [*whole.values(), store.get_run(parent)]} == {"FINISHED"}
    assert len(whole) == 4
    assert {name: ids(whole)[name] for name in done} == ids(done)
    again = run(reproduced.clone, *command, "sweep.retry=all")
    other = re.search(r"sweep-(\w{12})", again.stdout)
    assert other is not None
    (fresh,) = [run_id for run_id in run_ids(reproduced.clone, "iris") if run_id.startswith(other[1])]
    uninterrupted = children(reproduced.clone, fresh)
    assert fresh != parent
    for name, each in whole.items():
        for tag in ("weights.sha256", "signature"):
            assert each.data.tags[tag] == uninterrupted[name].data.tags[tag]
        metrics = {key: value for key, value in each.data.metrics.items() if key != "seconds/training"}
        assert metrics.items() <= uninterrupted[name].data.metrics.items()


@pytest.mark.parametrize("launcher", ["sweep", "basic"])
def test_hydras_own_sweeper_leaves_nothing_that_git_sees(swept: Swept, launcher: str) -> None:
    before = git(swept.clone, "status", "--porcelain")
    jobs = ("problem=iris", "train.epochs=1", "tracking=none", "optim.lr=0.01,0.1", "hydra/sweeper=basic")
    run(swept.clone, "src/train.py", "-m", *jobs, f"hydra/launcher={launcher}")
    assert git(swept.clone, "status", "--porcelain") == before


def test_hydras_basic_launcher_runs_the_jobs_one_by_one(swept: Swept) -> None:
    before = set(run_ids(swept.clone, "iris"))
    jobs = ("problem=iris", "train.epochs=5", "optim.lr=0.01,0.1", "hydra/launcher=basic")
    run(swept.clone, "src/train.py", "-m", *jobs)
    store = client(swept.clone)
    alone = {each.info.run_name: each for each in map(store.get_run, set(run_ids(swept.clone, "iris")) - before)}
    assert len(alone) == 2
    for name, child in swept.children.items():
        (found,) = [each for each in alone.values() if each.data.params["optim.lr"] == child.data.params["optim.lr"]]
        assert "mlflow.parentRunId" not in found.data.tags, name
        assert found.data.tags["weights.sha256"] == child.data.tags["weights.sha256"]
