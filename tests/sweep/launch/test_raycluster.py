"""Sweeps on a Ray cluster of two nodes, with an MLflow server: the results of one process, also after a worker died."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Reproduced, environment, files
from sweep_stores import Sweeps, ranked, told

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
]

CLUSTER = """
import os, sys
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
cluster.add_node(num_cpus=1)
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@pytest.fixture(scope="module")
def server(reproduced: Reproduced, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweeps]:
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--workers", "1"]
    command += ["--artifacts-destination", str(folder / "artifacts"), "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("w") as log:
        started = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=environment(folder, MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false"),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        answers = False
        while not answers:
            assert started.poll() is None, (folder / "log").read_text()
            time.sleep(0.2)
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as reply:
                answers = reply.status == 200
        yield Sweeps(reproduced.clone, f"http://127.0.0.1:{port}")
    finally:
        os.killpg(started.pid, signal.SIGTERM)
        started.wait()


@pytest.fixture(scope="module")
def cluster(server: Sweeps) -> Iterator[tuple[str, int]]:
    """The address, and the process whose descendants it consists of."""
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        env=environment(server.clone, RAY_USAGE_STATS_ENABLED="0"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as started:
        assert started.stdout is not None
        yield started.stdout.readline().strip(), started.pid


def busy(ancestor: int) -> list[int]:
    """Processes of the cluster that train at this moment."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            pid = int(folder.name)
            parents[pid] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            names[pid] = (folder / "cmdline").read_bytes()
    found = []
    for pid, name in names.items():
        above = pid
        while above not in (0, ancestor):
            above = parents.get(above, 0)
        if above == ancestor and name.startswith(b"ray::sweep"):
            found.append(pid)
    return found


def test_two_nodes_give_what_one_process_gives(server: Sweeps, cluster: tuple[str, int]) -> None:
    jobs = ("train.epochs=5", "model=logistic,mlp", "optim.lr=0.1,1e38")
    alone = server.run(*jobs, check=False)
    spread = server.run(
        *jobs, "hydra/launcher=ray", f"hydra.launcher.address={cluster[0]}", "sweep.retry=all", check=False
    )
    first, second = (each.info.run_id for each in server.parents())
    assert server.results(first) == server.results(second)
    assert len(server.children(second)) == 4
    assert ranked(alone.stdout) == ranked(spread.stdout)
    assert (alone.returncode, spread.returncode) == (1, 1)
    assert told(alone.stderr) == told(spread.stderr)


def test_a_killed_worker_s_runs_are_gone_on_with_by_another(server: Sweeps, cluster: tuple[str, int]) -> None:
    jobs = ("train.epochs=2000", "train.seed=1,2,3", "hydra/launcher=ray", f"hydra.launcher.address={cluster[0]}")
    known = {each.info.run_id for each in server.runs()}
    with server.begin(*jobs) as started:
        cut: set[str] = set()
        while len(cut) < 3:
            assert started.poll() is None, started.communicate()
            time.sleep(0.2)
            found = [each for each in server.runs() if each.info.run_id not in known]
            cut = {each.info.run_id for each in found if "train/loss" in each.data.metrics}
        for pid in busy(cluster[1]):
            os.kill(pid, signal.SIGKILL)
        _, stderr = started.communicate()
    assert (started.returncode, told(stderr)) == (0, [])
    parent = server.parents()[-1].info.run_id
    runs = server.children(parent)
    assert [each.info.status for each in runs] == ["FINISHED"] * 3
    assert {each.info.run_id for each in runs} == cut
    assert {each.info.run_id for each in server.runs()} - known == {parent, *(each.info.run_id for each in runs)}


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_the_end_of_the_command_is_that_of_its_tasks(
    server: Sweeps, cluster: tuple[str, int], number: signal.Signals, code: int, word: str
) -> None:
    known = {each.info.run_id for each in server.runs()}

    def new() -> list[Any]:
        return [each for each in server.runs() if each.info.run_id not in known]

    address = f"hydra.launcher.address={cluster[0]}"
    with server.begin("train.epochs=100000000", f"train.seed={number},9", "hydra/launcher=ray", address) as started:
        while sum("train/loss" in each.data.metrics for each in new()) < 2:
            assert started.poll() is None, started.communicate()
            time.sleep(0.2)
        os.killpg(started.pid, number)
        _, stderr = started.communicate()
    assert (started.returncode, told(stderr)) == (code, [word])
    assert [each.info.status for each in new()] == ["KILLED"] * 3


@pytest.mark.parametrize(
    ("uri", "overrides", "error"),
    [
        (
            "sqlite:////tmp/mlflow.db",
            ["hydra.launcher.address=auto"],
            "hydra.launcher.address=auto: other machines do not reach the local store; "
            "set MLFLOW_TRACKING_URI to an MLflow server, http://HOST:PORT",
        ),
        (
            None,
            ["hydra.launcher.address=127.0.0.1:1"],
            "hydra.launcher.address=127.0.0.1:1: no Ray cluster answers there; start one with `ray start --head`",
        ),
        (None, ["hydra.launcher.address=here"], "hydra.launcher.address=here: must be host:port, auto or null"),
        (None, ["tracking=none"], "hydra/launcher=ray: needs a tracker to keep the runs; leave out tracking=none"),
        (None, ["hydra.launcher.num_cpus=0"], "hydra.launcher.num_cpus=0.0: must be finite and > 0"),
        (
            None,
            ["hydra.launcher.address={address}", "hydra.launcher.num_gpus=1"],
            "hydra/launcher=ray: a group asks for 1 CPU and 1 GPU, which no node of the cluster has; "
            "lower hydra.launcher.num_cpus, hydra.launcher.num_gpus",
        ),
    ],
    ids=["store", "absent", "form", "untracked", "number", "room"],
)
def test_what_cannot_work_starts_nothing(
    server: Sweeps, cluster: tuple[str, int], uri: str | None, overrides: list[str], error: str
) -> None:
    before = files(server.clone)
    given = [override.replace("{address}", cluster[0]) for override in overrides]
    sweeps = server if uri is None else replace(server, uri=uri)
    done = sweeps.run("train.seed=1,2", "hydra/launcher=ray", *given, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {error}\n")
    assert files(server.clone) == before
