"""What make would run, as it tells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def make(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """make as a person calls it, though the tests are themselves run by make, which would hand its options down."""
    own = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=own, capture_output=True, text=True, check=check)


@pytest.mark.parametrize(("given", "port"), [((), "5000"), (("PORT=5001",), "5001")])
def test_the_port_of_the_pages(given: tuple[str, ...], port: str) -> None:
    told = make("--dry-run", "ui", *given)
    (line,) = [each for each in told.stdout.splitlines() if "mlflow ui" in each]
    assert line.partition("mlflow ui ")[2] == f"--workers 1 --port {port} \\"


def test_the_lock_is_that_of_the_interpreter() -> None:
    told = make("--dry-run", "--always-make", f"PYTHON={sys.executable}", ".venv/installed")
    (line,) = [each for each in told.stdout.splitlines() if "pip install" in each]
    assert f" --constraint constraints-py3{sys.version_info.minor}.txt " in line


def test_an_interpreter_without_a_lock_is_refused_in_one_line(tmp_path: Path) -> None:
    python = tmp_path / "python3.12"
    python.write_text("#!/bin/sh\necho py312\n")
    python.chmod(0o755)
    done = make(f"PYTHON={python}", "lint", check=False)
    locks = "constraints-py311.txt constraints-py313.txt"
    (line,) = done.stderr.splitlines()
    assert line.endswith(f"*** PYTHON={python}: needs a CPython that has a lock, of {locks}.  Stop.")
    assert (done.returncode, done.stdout) == (2, "")
