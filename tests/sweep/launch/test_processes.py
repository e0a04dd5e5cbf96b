"""Sweeps in several processes: the results of one, and what a signal to any of them leaves behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from conftest import Reproduced, files
from processes import Started
from sweep_stores import Sweeps, ended, ranked, told, workers

JOBS = ("train.epochs=5", "model=logistic,mlp", "optim.lr=0.1,1e38", "train.seed=1,2,3")
ENDLESS = ("train.epochs=100000000", "train.seed=1,2,3,4", "hydra.launcher.n_jobs=2")
KILLED = "its process was ended by SIGKILL, as when memory runs out; lower hydra.launcher.n_jobs"


def gone(pids: list[int]) -> bool:
    """Whether they end; a process that nobody waits for stays as a zombie."""
    for pid in pids:
        status = Path(f"/proc/{pid}/stat")
        for _ in range(600):
            if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
                break
            time.sleep(0.1)
        else:
            return False
    return True


def training(sweeps: Sweeps, started: Started, count: int) -> list[int]:
    """The workers, once so many runs are being trained, with a figure each."""
    while sum(each.info.status == "RUNNING" and "train/loss" in each.data.metrics for each in sweeps.runs()) < count:
        assert started.poll() is None, started.communicate()
        time.sleep(0.2)  # the processors are theirs
    return workers(started)


@pytest.mark.long
def test_two_processes_give_what_one_gives(sweeps: Sweeps) -> None:
    alone = sweeps.run(*JOBS, check=False)
    two = sweeps.run(*JOBS, "hydra.launcher.n_jobs=2", "sweep.retry=all", check=False)
    first, second = (each.info.run_id for each in sweeps.parents())
    assert sweeps.results(first) == sweeps.results(second)
    assert len(sweeps.children(second)) == 12
    assert (alone.returncode, two.returncode) == (1, 1)
    assert told(alone.stderr) == told(two.stderr)
    assert ranked(alone.stdout) == ranked(two.stdout)
    failed = [line for line in two.stdout.splitlines() if line.startswith("failed: ")]
    assert failed == [line for line in alone.stdout.splitlines() if line.startswith("failed: ")]
    again = sweeps.run(*JOBS, "hydra.launcher.n_jobs=2", "sweep.retry=none", check=False)
    assert again.stdout.splitlines()[0] == "all 12 runs are done already; sweep.retry=all runs them again"


@pytest.mark.long
def test_without_a_tracker_the_folders_are_the_result(reproduced: Reproduced, sweeps: Sweeps) -> None:
    jobs = ("tracking=none", "train.epochs=3", "train.seed=11,12")
    folder = reproduced.clone / "out" / "runs" / "iris"
    before = set(files(folder)) if folder.exists() else set()
    sweeps.run(*jobs, "hydra.launcher.n_jobs=2")
    new = [folder / name for name in sorted(set(files(folder)) - before)]
    assert {path.name for path in new} > {"history.csv", "last.ckpt", "validation.json"}
    found = [path.read_bytes() for path in new]
    sweeps.run(*jobs)
    assert [path.read_bytes() for path in new] == found
    assert sweeps.runs() == []


@pytest.mark.long
def test_a_killed_worker_fails_its_own_group(sweeps: Sweeps) -> None:
    """The other goes on, in the other worker; the same command goes on with what is missing."""
    jobs = ("train.epochs=4000", "train.seed=1,2,3", "hydra.launcher.n_jobs=2")
    with sweeps.begin(*jobs) as started:
        victim, _ = training(sweeps, started, 3)
        os.kill(victim, signal.SIGKILL)
        stdout, stderr = started.communicate()
    assert started.returncode == 1
    (parent,) = sweeps.parents()
    runs = sweeps.children(parent.info.run_id)
    failed = [each for each in runs if each.info.status == "KILLED"]
    done = [each for each in runs if each.info.status == "FINISHED"]
    assert (len(runs), len(failed)) in ((3, 1), (3, 2))  # one of the groups
    assert {each.data.tags["error"] for each in failed} == {KILLED}
    assert f"failed: {', '.join(each.info.run_name for each in failed)}: {KILLED}" in stdout.splitlines()
    assert told(stderr) == [f"error: {len(failed)} of 3 jobs failed, as told above; the same command runs them again"]
    again = sweeps.run(*jobs)
    assert again.stdout.splitlines()[0] == f"{len(done)} of 3 runs are done already; {len(failed)} to go"
    after = sweeps.children(parent.info.run_id)
    assert [each.info.status for each in after] == ["FINISHED"] * 3
    assert {each.info.run_id for each in after} == {each.info.run_id for each in runs}


@pytest.mark.long
def test_the_trials_of_a_killed_worker_are_gone_on_with(sweeps: Sweeps) -> None:
    """Each shape is a group of its own; a lost trial has not failed."""
    jobs = ("train.epochs=4000", "hydra/sweeper=optuna", "model=logistic,mlp", "hydra.sweeper.sampler=grid")
    with sweeps.begin(*jobs, "hydra.launcher.n_jobs=2") as started:
        victim, _ = training(sweeps, started, 2)
        os.kill(victim, signal.SIGKILL)
        stdout, stderr = started.communicate()
    (parent,) = sweeps.parents()
    runs = sweeps.children(parent.info.run_id)
    assert sorted(each.info.status for each in runs) == ["FINISHED", "KILLED"]
    (lost,) = (each.info.run_name for each in runs if each.info.status == "KILLED")
    assert f"failed: {lost}: {KILLED}" in stdout.splitlines()
    assert started.returncode == 1
    assert told(stderr) == ["error: 1 of 2 jobs were lost, as told above; the same command goes on with them"]
    again = sweeps.run(*jobs, "sweep.retry=failed")  # which is what it is anyway
    assert again.stdout.splitlines()[0] == "1 trial of 2 done already"
    after = sweeps.children(parent.info.run_id)
    assert [(each.info.run_id, each.info.status) for each in after] == [(each.info.run_id, "FINISHED") for each in runs]


@pytest.mark.long
def test_workers_that_die_are_replaced(sweeps: Sweeps) -> None:
    """More groups than workers: those that are left find new ones."""
    jobs = ("model=resnet", "train.epochs=2", "train.seed=range(8)", "hydra.launcher.n_jobs=2")
    with sweeps.begin(*jobs) as started:
        while len(pids := workers(started)) < 2:
            assert started.poll() is None, started.communicate()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        stdout, _ = started.communicate()
    assert started.returncode == 1
    assert f"failed: seed=0, seed=1: {KILLED}" in stdout.splitlines()
    (parent,) = sweeps.parents()
    # The two were killed before they had a run.
    assert [each.info.status for each in sweeps.children(parent.info.run_id)] == ["FINISHED"] * 6


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_end_of_the_command_is_that_of_its_workers(sweeps: Sweeps, number: signal.Signals, code: int) -> None:
    with sweeps.begin(*ENDLESS) as started:
        pids = training(sweeps, started, 4)
        assert len(pids) == 2
        assert ended(started, number) == (code, [{130: "interrupted", 143: "terminated"}[code]])
    assert gone(pids)
    assert [each.info.status for each in sweeps.runs()] == ["KILLED"] * 5


@pytest.mark.long
def test_the_workers_of_a_killed_command_are_killed(sweeps: Sweeps) -> None:
    with sweeps.begin(*ENDLESS) as started:
        pids = training(sweeps, started, 4)
        started.kill()
        started.communicate()
    assert gone(pids)


@pytest.mark.long
def test_a_store_that_fails_ends_the_command(sweeps: Sweeps) -> None:
    with sweeps.begin(*ENDLESS) as started:
        pids = training(sweeps, started, 4)
        with sqlite3.connect(sweeps.uri.removeprefix("sqlite:///")) as database:
            database.execute("ALTER TABLE metrics RENAME TO lost")
        database.close()
        _, stderr = started.communicate()
    assert started.returncode == 74
    (line,) = told(stderr)
    assert line.startswith(f"error: MLflow store {sweeps.uri}: ")
    assert "no such table: metrics" in line
    assert gone(pids)


@pytest.mark.long
@pytest.mark.parametrize(
    ("override", "error"),
    [
        ("hydra.launcher.n_jobs=0", "hydra.launcher.n_jobs=0: must be finite and >= 1 and <= 1024"),
        ("hydra.launcher.n_jobs=two", "hydra.launcher.n_jobs=two: must be a whole number"),
        ("hydra.launcher.jobs=2", "hydra.launcher.jobs: unknown key; did you mean hydra.launcher.n_jobs?"),
        ("hydra/launcher=swep", "hydra/launcher=swep: unknown option; did you mean sweep?"),
    ],
)
def test_a_wrong_option_starts_nothing(reproduced: Reproduced, sweeps: Sweeps, override: str, error: str) -> None:
    before = files(reproduced.clone)
    done = sweeps.run("train.seed=1,2", override, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {error}\n")
    assert files(reproduced.clone) == before
