"""Sweeps as jobs of submitit's local executor, which runs them as those of a Slurm cluster are run."""

from __future__ import annotations

import importlib.util
import os
import signal
import time
from pathlib import Path

import pytest
from conftest import files
from sweep_stores import Sweeps, ended, ranked, told

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(importlib.util.find_spec("submitit") is None, reason="submitit is not installed"),
]

LOCAL = ("hydra/launcher=slurm", "hydra.launcher.cluster=local", "hydra.launcher.n_jobs=2")


def test_two_jobs_give_what_one_process_gives(sweeps: Sweeps) -> None:
    jobs = ("train.epochs=5", "model=logistic,mlp", "optim.lr=0.1,1e38")
    alone = sweeps.run(*jobs, check=False)
    spread = sweeps.run(*jobs, *LOCAL, "sweep.retry=all", check=False)
    first, second = (each.info.run_id for each in sweeps.parents())
    assert sweeps.results(first) == sweeps.results(second)
    assert len(sweeps.children(second)) == 4
    assert ranked(alone.stdout) == ranked(spread.stdout)
    assert (alone.returncode, spread.returncode) == (1, 1)
    assert told(alone.stderr) == told(spread.stderr)


def trainer(run_id: str, sweeps: Sweeps) -> int:
    """The process of submitit that has a file open in the run's store."""
    database = sweeps.uri.removeprefix("sqlite:///")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"submitit.core._submit" not in (folder / "cmdline").read_bytes():
                continue
            opened = {str(each.readlink()) for each in (folder / "fd").iterdir()}
        except OSError:
            continue
        if database in opened:
            return int(folder.name)
    raise AssertionError(f"nobody trains {run_id}")


def test_a_job_that_is_killed_is_told_with_its_log(sweeps: Sweeps) -> None:
    with sweeps.begin("train.epochs=100000000", "train.seed=1", *LOCAL) as started:
        while not (runs := [each for each in sweeps.runs() if "train/loss" in each.data.metrics]):
            assert started.poll() is None, started.communicate()
            time.sleep(0.2)
        os.kill(trainer(runs[0].info.run_id, sweeps), signal.SIGKILL)
        stdout, stderr = started.communicate()
    assert started.returncode == 1
    (line,) = [line for line in stdout.splitlines() if line.startswith("failed: ")]
    assert "has no result" in line
    assert Path(line.rpartition("; see ")[2]).parent == sweeps.clone / "out" / "slurm"
    assert told(stderr) == ["error: 1 of 1 jobs failed, as told above; the same command runs them again"]
    (child,) = sweeps.children(sweeps.parents()[0].info.run_id)
    assert child.info.status == "KILLED"
    assert child.data.tags["error"] in line


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_end_of_the_command_is_that_of_its_jobs(sweeps: Sweeps, number: signal.Signals, code: int) -> None:
    with sweeps.begin("train.epochs=100000000", "train.seed=1,2", *LOCAL) as started:
        while sum("train/loss" in each.data.metrics for each in sweeps.runs()) < 2:
            assert started.poll() is None, started.communicate()
            time.sleep(0.2)
        assert ended(started, number) == (code, [{130: "interrupted", 143: "terminated"}[code]])
    assert [each.info.status for each in sweeps.runs()] == ["KILLED"] * 3


@pytest.mark.parametrize(
    ("overrides", "error"),
    [
        (
            ["hydra.launcher.cluster=slurm"],
            "hydra.launcher.cluster=slurm: other machines do not reach the local store; "
            "set MLFLOW_TRACKING_URI to an MLflow server, http://HOST:PORT",
        ),
        (["hydra.launcher.cluster=pbs"], "hydra.launcher.cluster=pbs: must be one of slurm, local"),
        (["hydra.launcher.timeout_min=0"], "hydra.launcher.timeout_min=0: must be finite and >= 1"),
    ],
    ids=["store", "cluster", "number"],
)
def test_what_cannot_work_starts_nothing(sweeps: Sweeps, overrides: list[str], error: str) -> None:
    before = files(sweeps.clone)
    done = sweeps.run("train.seed=1,2", "hydra/launcher=slurm", *overrides, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {error}\n")
    assert files(sweeps.clone) == before
