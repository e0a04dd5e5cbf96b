"""Sweeps in stores of their own, as the tests of launchers run and read them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import beside_notes, environment, load_mlflow, run
from processes import Started

if TYPE_CHECKING:
    from mlflow import MlflowClient

TRAIN = ("src/train.py", "-m", "problem=iris")
TAGS = ("weights.sha256", "split.sha256", "config.sha256", "signature", "mlflow.runColor", "best.epoch", "error")


@dataclass(frozen=True)
class Sweeps:
    """A store at an address, and the clone whose commands write to it."""

    clone: Path
    uri: str

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return run(self.clone, *TRAIN, *arguments, check=check, MLFLOW_TRACKING_URI=self.uri)

    def single(self, *arguments: str) -> None:
        """One run of iris."""
        run(self.clone, "src/train.py", "problem=iris", *arguments, MLFLOW_TRACKING_URI=self.uri)

    @contextmanager
    def begin(self, *arguments: str) -> Iterator[Started]:
        """In a group of processes of its own, as a terminal has it; a test that fails leaves none of them."""
        changed = environment(self.clone, MLFLOW_TRACKING_URI=self.uri)
        started = Started(self.clone, [*TRAIN, *arguments], changed, session=True)
        try:
            yield started
        finally:
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)
                started.communicate()

    def runs(self) -> list[Any]:
        """All runs, the oldest first."""
        client = self.client()
        experiments = [each.experiment_id for each in client.search_experiments() if each.name == "iris"]
        return client.search_runs(experiments, order_by=["attributes.start_time ASC"]) if experiments else []

    def client(self) -> MlflowClient:
        load_mlflow()
        from mlflow import MlflowClient

        return MlflowClient(self.uri)

    def parents(self) -> list[Any]:
        return [each for each in self.runs() if "mlflow.parentRunId" not in each.data.tags]

    def children(self, parent: str) -> list[Any]:
        """Those of a parent, by name."""
        found = [each for each in self.runs() if each.data.tags.get("mlflow.parentRunId") == parent]
        return sorted(found, key=lambda each: each.info.run_name)

    def results(self, parent: str) -> list[tuple[Any, ...]]:
        """What must be equal wherever the children of a parent were trained."""
        return [
            (
                each.info.run_name,
                each.info.status,
                {name: each.data.tags.get(name) for name in TAGS},
                {name: value for name, value in each.data.metrics.items() if name != "seconds/training"},
                each.data.params,
            )
            for each in self.children(parent)
        ]


def ended(started: Started, number: signal.Signals) -> tuple[int | None, list[str]]:
    """The exit code of a command that gets a signal, as from a terminal or from another process, and what it told."""
    if number == signal.SIGINT:
        os.killpg(started.pid, number)  # as a terminal does
    else:
        started.send_signal(number)
    _, stderr = started.communicate()
    return started.returncode, told(stderr)


def listed(output: str) -> list[list[str]]:
    """The printed ranking: cells by row, the id last."""
    lines = output.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("──")) + 1
    rows = takewhile(lambda line: re.match(r" *[A-Z]*\d+  ", line), lines[start:])
    return [re.split(r" {2,}", line.strip()) for line in rows]


def ranked(output: str) -> list[list[str]]:
    """The printed ranking without the ids."""
    return [row[:-1] for row in listed(output)]


def workers(process: Started) -> list[int]:
    """Ids of the processes that a process has started to train in."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    found = []
    for pid in listed:
        with suppress(FileNotFoundError, ProcessLookupError):  # git, for one, ends at once
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(int(pid))
    return found


def told(stderr: str) -> list[str]:
    """Lines beside the notes and the progress, which come as fast as the machine is."""
    return [line for line in beside_notes(stderr).splitlines() if not re.search(r": \d+/\d+ (epochs|groups?)", line)]
