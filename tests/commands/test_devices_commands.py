"""Runs, sweeps, folds and the pipeline on a device, and their replays. ``make gpu-check`` runs them on CUDA; the same
tests run on the CPU with ``make test ALL=1``."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
import torch
from conftest import client, committed_files, environment, printed_run, run, run_ids
from processes import Started

from logodds.data.sources.downloads import shipped

MEMBERS = {"cpu": 6, "cuda": 256}  # of the sweep
SHORT = ("problem=toy", "model=mlp", "model.hidden=[8]", "model.dropout=0.1", "optim=adam")
FOLDS = ("problem=iris", "model=mlp", "model.hidden=[8]", "split.folds=3", "train.epochs=3")
LONG = ("problem=iris", "model=resnet", "model.dropout=0.1", "train.epochs=100", "train.checkpoint_seconds=0.1")
BEYOND = ("problem=toy", "model=mlp", f"model.hidden=[{','.join(['65536'] * 64)}]")
gpu = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no GPU on this machine"),
]
devices = pytest.mark.parametrize(
    "device", [pytest.param("cpu", marks=pytest.mark.long), pytest.param("cuda", marks=gpu)]
)
pytestmark = pytest.mark.timeout(280)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with its data, whose pipeline has not run."""
    root = tmp_path_factory.mktemp("devices") / "project"
    committed_files(root)
    shipped.write(root / "data")
    return root


def replayed(project: Path, run_id: str) -> list[str]:
    """The last line that a replay prints: the verdicts."""
    return run(project, "src/replay.py", f"run={run_id}", check=False).stdout.splitlines()[-1:]


def trained(project: Path, device: str, *arguments: str) -> str:
    """The id of a run."""
    return printed_run(run(project, "src/train.py", *arguments, f"train.device={device}").stdout)


def recorded_device(project: Path, run_id: str) -> str:
    found: str = client(project).get_run(run_id).data.tags["device"]
    return found


def name(device: str) -> str:
    """What the record calls the device."""
    return "cpu" if device == "cpu" else torch.cuda.get_device_name()


@devices
def test_a_run_replays_identical(project: Path, device: str) -> None:
    run_id = trained(project, device, *SHORT, "train.epochs=5")
    assert recorded_device(project, run_id) == name(device)
    assert replayed(project, run_id) == ["verdict: identical"]


@devices
def test_a_sweep_replays_identical(project: Path, device: str) -> None:
    count = MEMBERS[device]
    jobs = (*SHORT, "train.epochs=2", f"train.seed=range({count})", f"train.device={device}")
    run(project, "src/train.py", "-m", *jobs)
    (sweep,) = run_ids(project, "toy", "tags.`sweep.id` != '' and tags.`mlflow.parentRunId` IS NULL")[:1]
    assert replayed(project, sweep) == [f"verdict: {count} identical"]


@devices
def test_folds_replay_identical(project: Path, device: str) -> None:
    assert replayed(project, trained(project, device, *FOLDS)) == ["verdict: 3 identical"]


@devices
def test_a_killed_run_continues_to_the_same_bits(project: Path, device: str) -> None:
    arguments = ("src/train.py", *LONG, f"train.device={device}")
    killed = Started(project, arguments, environment(project), session=True)
    while not list(project.glob("out/runs/iris/*/unfinished/*.ckpt")):
        assert killed.poll() is None, killed.communicate()
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    done = run(project, *arguments)
    assert "1 interrupted run continues after" in done.stderr
    assert replayed(project, printed_run(done.stdout)) == ["verdict: identical"]


@devices
def test_the_pipeline_runs(project: Path, device: str) -> None:
    """``make repro DEVICE=cuda PROBLEM=breast_cancer``."""
    run(project, "src/reproduce.py", "breast_cancer", LOGODDS_DEVICE=device)
    (run_id,) = run_ids(project, "breast_cancer")
    assert recorded_device(project, run_id) == name(device)
    assert replayed(project, run_id) == ["verdict: identical"]


@devices
def test_a_model_beyond_the_memory_is_one_line(project: Path, device: str) -> None:
    done = run(project, "src/train.py", *BEYOND, f"train.device={device}", check=False)
    whose, remedy = ("", "") if device == "cpu" else (" of the GPU", ", or train.device=cpu")
    line = f"error: out of memory{whose}; use a smaller model, fewer or shorter rows, or a smaller batch{remedy}"
    assert (done.returncode, done.stderr.splitlines()[-1:]) == (1, [line])
