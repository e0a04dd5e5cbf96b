"""A throw-away copy of this project in a temporary folder, with its data, and commands in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from timing import ROOT


@contextmanager
def copy() -> Iterator[Path]:
    """A clone with the working tree's files on top and ``data/`` written; it is removed at the end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        told = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for path in told.stdout.split("\0")[:-1]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / path).is_file():
                shutil.copyfile(ROOT / path, folder / path)
            else:
                (folder / path).unlink(missing_ok=True)
        python(folder, ["src/fetch.py"])
        yield folder


def environment() -> dict[str, str]:
    """That of this process without MLflow's settings; commands that are started are those of this interpreter."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    found["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{found['PATH']}"
    found["MLFLOW_DISABLE_TELEMETRY"] = "true"
    return found


def python(folder: Path, arguments: Sequence[str]) -> str:
    """Run this interpreter in ``folder``; its standard output.

    Raises:
        SystemExit: the command failed; its own words are shown.
    """
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment(), capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@dataclass(frozen=True)
class Cost:
    """What a command costs.

    Attributes:
        seconds: from its start to its end.
        processor: seconds of the processor.
        memory: the largest resident size in MiB, as Linux counts it.
    """

    seconds: float
    processor: float
    memory: float


def cost(folder: Path, arguments: Sequence[str], **more: str) -> Cost:
    """Run this interpreter in ``folder``, with the variables ``more`` in its environment.

    Raises:
        SystemExit: the command failed; the last of its own words are shown.
    """
    started = time.perf_counter()
    with (folder / "output.txt").open("w") as output:
        command = [sys.executable, *arguments]
        process = subprocess.Popen(
            command, cwd=folder, env=environment() | more, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{(folder / 'output.txt').read_text()[-2000:]}")
    return Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
