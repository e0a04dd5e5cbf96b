"""Past runs, some of them killed and gone on with, replayed in a clean clone. make torture replays thirty."""

from __future__ import annotations

import random
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import environment, git, run
from processes import Started
from sweep_stores import Sweeps
from torture.project import LONG

pytestmark = pytest.mark.long

EACH = 10 if LONG else 1  # left alone, killed, members of a sweep
MODELS = ("model=logistic", "model=mlp model.dropout=0.2 optim=adam", "model=resnet", "features.bins=4")
RUN = ("src/train.py", "problem=iris", "train.epochs=3000", "train.checkpoint_seconds=0.1")


def test_past_runs_are_identical_in_a_clean_clone(sweeps: Sweeps, tmp_path: Path) -> None:
    for k in range(EACH):
        sweeps.single(*MODELS[k % len(MODELS)].split(), "train.epochs=20", f"train.seed={k}")
    moments = random.Random(0)
    cut = 0
    for k in range(EACH):
        command = (*RUN, *MODELS[k % len(MODELS)].split(), f"train.seed={100 + k}")
        killed = Started(sweeps.clone, command, environment(sweeps.clone, MLFLOW_TRACKING_URI=sweeps.uri))
        seen = len(sweeps.runs())
        while len(sweeps.runs()) == seen:
            assert killed.poll() is None
        try:
            killed.wait(moments.uniform(0.1, 1.0))
        except subprocess.TimeoutExpired:
            killed.send_signal(signal.SIGKILL)
            killed.wait()
            run(sweeps.clone, *command, MLFLOW_TRACKING_URI=sweeps.uri)
            cut += 1
    seeds = ",".join(str(200 + k) for k in range(EACH))
    sweeps.run("train.epochs=20", f"train.seed={seeds}", "optim.lr=0.1")
    clean = tmp_path / "clean"
    git(tmp_path, "clone", "--quiet", str(sweeps.clone), str(clean))
    run(clean, "src/fetch.py")
    replayed = [each.info.run_id for each in sweeps.runs() if "mlflow.parentRunId" not in each.data.tags]
    for run_id in replayed:
        run(clean, "src/replay.py", f"run={run_id}", "strict=true", MLFLOW_TRACKING_URI=sweeps.uri)
    verdicts = [
        each.data.tags["replay.verdict"] for each in sweeps.runs() if each.info.run_id not in replayed[2 * EACH :]
    ]
    print(f"{len(verdicts)} runs replayed, {cut} of them killed: {verdicts.count('identical')} identical")
    assert verdicts == ["identical"] * 3 * EACH
