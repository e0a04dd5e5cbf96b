"""A sweep that is killed at random moments and given again, against one that is not. LOGODDS_KILLS says how often; make
torture kills more, and a larger sweep."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import Reproduced
from swept import KILLS, Sweeps

JOBS = ("optim.lr=0.001,0.003,0.01,0.03,0.1,0.3", "optim.weight_decay=0,1e-4,1e-2", "train.seed=range(4)")
SMALL = ("optim.lr=0.01,0.1", "model=logistic,mlp", "train.seed=range(3)", "train.epochs=400")


@pytest.mark.parametrize("jobs", [SMALL, JOBS] if KILLS > 2 else [SMALL], ids=lambda jobs: f"{len(jobs)} keys")
def test_a_sweep_that_is_killed_at_random_comes_to_the_same_runs(
    reproduced: Reproduced, tmp_path: Path, jobs: tuple[str, ...]
) -> None:
    whole, killed = (Sweeps(reproduced.clone, f"sqlite:///{tmp_path / name}.db") for name in ("whole", "killed"))
    started = time.monotonic()
    whole.run(*jobs)
    seconds = time.monotonic() - started
    moments = random.Random(KILLS)
    for _ in range(KILLS):
        with killed.begin(*jobs) as running:
            try:
                running.communicate(timeout=moments.uniform(0.0, 1.2 * seconds))
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
                running.communicate()
    killed.run(*jobs)
    (expected,), (found,) = whole.parents(), killed.parents()
    assert killed.results(found.info.run_id) == whole.results(expected.info.run_id)
    assert {each.info.status for each in killed.runs()} == {"FINISHED"}
