"""The launcher against Hydra's own suite, in a process of its own, for other tests change how a process logs."""

from __future__ import annotations

import subprocess
import sys

from conftest import ROOT


def test_hydras_suite_passes() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/launcher_suite.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
