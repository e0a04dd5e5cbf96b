"""Runs, folds and sweeps that are killed at random moments and given again, against those that are left alone: the same
files to the byte, one record, every point once, and no process that lives on. make torture kills more."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from sweep_stores import Sweeps
from torture.driver import Driver, left
from torture.project import LONG, Workshop, copied
from torture.whole import compared, finished, whole

pytestmark = pytest.mark.long

OFTEN = "train.checkpoint_seconds=0.1"
CASES = {
    "logistic": f"train problem=iris train.epochs=600 optim.momentum=0.9 {OFTEN}",
    "dropout": f"train problem=iris model=mlp model.dropout=0.2 optim=adam train.epochs=250 {OFTEN}",
    "within an epoch": f"train problem=iris model=resnet model.dropout=0.2 train.epochs=8 train.batch_size=2 {OFTEN}",
    "folds": f"train problem=iris split.folds=3 model=mlp train.epochs=60 {OFTEN}",
    "sweep": f"train -m problem=iris model=logistic,mlp train.seed=1,2 train.epochs=60 {OFTEN}",
}
KILLS = 36 if LONG else 4  # of each case
SWEEPS_KILLS = 10 if LONG else 2
IN_A_ROW = 4  # of one run, before it is left alone
WORKERS = ("hydra.launcher.n_jobs=2", "optim.lr=0.01,0.1", "model=logistic,mlp", "train.seed=1,2,3", "train.epochs=400")
MANY = ("optim.lr=0.001,0.003,0.01,0.03,0.1,0.3", "optim.weight_decay=0,1e-4,1e-2", "train.seed=range(4)")
SWEEPS = [pytest.param(WORKERS, id="in processes"), *([pytest.param(MANY, id="72 runs")] if LONG else [])]


def test_what_is_killed_at_random_ends_as_if_it_had_not_been(workshop: Workshop, tmp_path: Path) -> None:
    def tried(driver: Driver, root: Path, case: str) -> str:
        command, moments = CASES[case], random.Random(case)
        started = time.monotonic()
        expected = whole(driver, workshop.template, tmp_path / case, command)
        seconds = time.monotonic() - started
        kills = 0
        while kills < KILLS:
            copied(workshop.template, root)
            ended = 0
            for _ in range(IN_A_ROW):
                killed = driver.run(root, command, kill=moments.uniform(0.1, 1.0) * seconds)
                if killed.left or killed.code not in (0, -signal.SIGKILL):
                    return f"{killed.code}, {killed.left}: {killed.stderr}"
                kills += killed.code != 0
                if (ended := finished(root)) or killed.code == 0:
                    break  # once more would be another run
            last = driver.run(root, command)
            if last.code:
                return f"{last.code}: {last.stderr}"
            if wrong := compared(root, expected, ended):
                return wrong
            shutil.rmtree(root)
        print(f"{case}: {kills} kills", flush=True)
        return ""

    assert workshop.each(list(CASES), tried) == []


@pytest.mark.parametrize("jobs", SWEEPS)
def test_a_sweep_comes_to_the_same_runs(
    sweeps: Sweeps, empty_store: Path, tmp_path: Path, jobs: tuple[str, ...]
) -> None:
    killed = Sweeps(sweeps.clone, f"sqlite:///{shutil.copy(empty_store, tmp_path / 'killed.db')}")
    started = time.monotonic()
    sweeps.run(*jobs)
    seconds = time.monotonic() - started
    moments = random.Random(0)
    for _ in range(SWEEPS_KILLS):
        with killed.begin(*jobs) as running:
            try:
                running.communicate(timeout=moments.uniform(0.2, 1.0) * seconds)
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
                running.communicate()
            assert left(running.pid) == []
    killed.run(*jobs)
    (expected,), (found,) = sweeps.parents(), killed.parents()
    assert killed.results(found.info.run_id) == sweeps.results(expected.info.run_id)
    assert {each.info.status for each in killed.runs()} == {"FINISHED"}
