"""A throw-away copy of this project in a temporary folder, with its data, and commands in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
