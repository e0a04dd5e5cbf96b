"""Runs that were cut off: what a signal leaves, and what is not gone on with; test_kills.py kills them at random."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from conftest import beside_notes, environment, run
from processes import Started
from sweep_stores import Sweeps

OFTEN = "train.checkpoint_seconds=0.05"


def begin(clone: Path, uri: str, *arguments: str) -> Started:
    """A run of iris in a process of its own."""
    command = ["src/train.py", "problem=iris", OFTEN, *arguments]
    return Started(clone, command, environment(clone, MLFLOW_TRACKING_URI=uri))


def points(sweeps: Sweeps) -> int:
    """Epochs that the store has heard of."""
    store = sweeps.client()
    return sum(len(store.get_metric_history(each.info.run_id, "train/loss")) for each in sweeps.runs())


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, 143),
        pytest.param(signal.SIGINT, 130, marks=pytest.mark.long),
        pytest.param(signal.SIGHUP, 129, marks=pytest.mark.long),
    ],
)
def test_a_signal_saves_and_the_same_command_goes_on(sweeps: Sweeps, number: signal.Signals, code: int) -> None:
    clone, arguments = sweeps.clone, ("train.epochs=200000", "train.checkpoint_seconds=1000", "train.seed=5")
    epochs = []
    for _ in range(2):
        running = begin(clone, sweeps.uri, *arguments)
        while points(sweeps) <= (epochs[-1] if epochs else 0):
            assert running.poll() is None, running.communicate()
            time.sleep(0.1)
        running.send_signal(number)
        _, errors = running.communicate()
        assert running.returncode == code
        continued = [line for line in errors.splitlines() if "interrupted" in line and line.startswith("note:")]
        assert continued == [f"note: 1 interrupted run continues after epoch {epoch}" for epoch in epochs]
        (found,) = sweeps.runs()
        assert found.info.status == "KILLED"
        told_of = sweeps.client().get_metric_history(found.info.run_id, "train/loss")
        assert [point.step for point in told_of] == list(range(1, len(told_of) + 1))
        epochs.append(len(told_of))
    assert epochs[1] > epochs[0]


def test_what_does_not_belong_is_named_and_not_gone_on_with(sweeps: Sweeps) -> None:
    clone, arguments = sweeps.clone, ("train.epochs=200000", "train.seed=6")
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
