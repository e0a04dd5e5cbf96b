"""Runs that are killed at any moment and given again, against the same runs left alone: the same files to the byte, one
record, every point once. LOGODDS_KILLS says how often; make torture kills more."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Reproduced, beside_notes, environment, run
from swept import KILLS, Sweeps

from logodds.tracking.run import PARENT

CASES = {
    "logistic": ("train.epochs=4000", "optim.momentum=0.9"),
    "dropout": ("model=mlp", "model.dropout=0.2", "optim=adam", "train.epochs=1500", "train.sampling=stratified"),
    "within an epoch": ("model=resnet", "model.dropout=0.2", "train.epochs=60", "train.batch_size=2"),
    "folds": ("split.folds=3", "model=mlp", "train.epochs=700"),
}
OFTEN = "train.checkpoint_seconds=0.05"


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder by its sha256."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def told(sweeps: Sweeps) -> list[Any]:
    """What the store holds of its runs, with every point of every figure."""
    store, found = sweeps.client(), []
    for each in sweeps.runs():
        points = {
            name: [(point.step, point.value) for point in store.get_metric_history(each.info.run_id, name)]
            for name in each.data.metrics
            if name != "seconds/training"
        }
        tags = {name: value for name, value in each.data.tags.items() if not name.startswith("mlflow.")}
        artifacts = sorted(file.path for file in store.list_artifacts(each.info.run_id))
        left_out = ("process",)
        own = {name: value for name, value in tags.items() if name not in left_out}
        found.append((each.info.run_name, each.info.status, points, own, each.data.params, artifacts))
    return sorted(found, key=lambda item: (item[0], str(item[3])))


def begin(clone: Path, uri: str, *arguments: str) -> subprocess.Popen[str]:
    """A run of iris in a process of its own."""
    command = [sys.executable, "src/train.py", "problem=iris", OFTEN, *arguments]
    changed = environment(clone, MLFLOW_TRACKING_URI=uri)
    return subprocess.Popen(command, cwd=clone, env=changed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("case", CASES)
def test_a_run_that_is_killed_at_random_ends_as_if_it_had_not_been(
    reproduced: Reproduced, tmp_path: Path, case: str
) -> None:
    clone, arguments = reproduced.clone, CASES[case]
    whole, killed = (Sweeps(clone, f"sqlite:///{tmp_path / name}.db") for name in ("whole", "killed"))
    folder = clone / "out" / "runs" / "iris"
    before = set(folder.glob("[!.]*"))
    started = time.monotonic()
    left_alone = begin(clone, whole.uri, *arguments)
    _, errors = left_alone.communicate()
    assert left_alone.returncode == 0, errors
    seconds = time.monotonic() - started
    (made,) = set(folder.glob("[!.]*")) - before
    expected = digests(made)
    moments = random.Random(case)
    for _ in range(KILLS):
        running = begin(clone, killed.uri, *arguments)
        try:
            running.communicate(timeout=moments.uniform(0.4, 1.0) * seconds)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
        if any(each.info.status == "FINISHED" and PARENT not in each.data.tags for each in killed.runs()):
            break  # it has ended: once more would be another run
    else:
        last = begin(clone, killed.uri, *arguments)
        _, errors = last.communicate()
        assert last.returncode == 0, errors
    assert digests(made) == expected
    assert told(killed) == told(whole)


def points(sweeps: Sweeps) -> int:
    """Epochs that the store has heard of."""
    store = sweeps.client()
    return sum(len(store.get_metric_history(each.info.run_id, "train/loss")) for each in sweeps.runs())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_saves_and_the_same_command_goes_on(
    reproduced: Reproduced, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    clone, arguments = reproduced.clone, ("train.epochs=200000", "train.checkpoint_seconds=1000", "train.seed=5")
    sweeps = Sweeps(clone, f"sqlite:///{tmp_path / 'runs'}.db")
    epochs = []
    for _ in range(2):
        running = begin(clone, sweeps.uri, *arguments)
        while points(sweeps) <= (epochs[-1] if epochs else 0):
            assert running.poll() is None, running.communicate()
            time.sleep(0.1)
        running.send_signal(number)
        running.communicate()
        assert running.returncode == code
        (found,) = sweeps.runs()
        assert found.info.status == "KILLED"
        told_of = sweeps.client().get_metric_history(found.info.run_id, "train/loss")
        assert [point.step for point in told_of] == list(range(1, len(told_of) + 1))
        epochs.append(len(told_of))
    assert epochs[1] > epochs[0]


def test_what_does_not_belong_is_named_and_not_gone_on_with(reproduced: Reproduced, tmp_path: Path) -> None:
    clone, arguments = reproduced.clone, ("train.epochs=200000", "train.seed=6")
    sweeps = Sweeps(clone, f"sqlite:///{tmp_path / 'runs'}.db")
    folder = clone / "out" / "runs" / "iris"
    before = set(folder.glob("*/unfinished/*.ckpt"))
    running = begin(clone, sweeps.uri, *arguments)
    while not (found := sorted(set(folder.glob("*/unfinished/*.ckpt")) - before)):
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    running.kill()
    running.communicate()
    found = sorted(found[-1].parent.glob("*.ckpt"))
    damaged = bytearray(found[-1].read_bytes())
    damaged[len(damaged) // 2] ^= 1
    found[-1].write_bytes(damaged)
    seen = points(sweeps)
    again = begin(clone, sweeps.uri, *arguments)
    while points(sweeps) <= seen:
        assert again.poll() is None, again.communicate()
        time.sleep(0.1)
    refused = run(clone, "src/train.py", "problem=iris", *arguments, OFTEN, check=False, MLFLOW_TRACKING_URI=sweeps.uri)
    again.kill()
    _, errors = again.communicate()
    assert f"{found[-1]}: damaged, its digest does not match; " in errors
    told_of = beside_notes(refused.stderr)
    assert refused.returncode == 2
    assert f"process {again.pid} is training this very run; wait for it, or end it" in told_of
