"""What make would run, as it tells."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from conftest import ROOT


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize(("given", "port"), [((), "5000"), (("PORT=5001",), "5001")])
def test_the_port_of_the_pages(given: tuple[str, ...], port: str) -> None:
    told = subprocess.run(["make", "--dry-run", "ui", *given], cwd=ROOT, capture_output=True, text=True, check=True)
    (line,) = [each for each in told.stdout.splitlines() if "mlflow ui" in each]
    assert line.partition("mlflow ui ")[2] == f"--workers 1 --port {port} \\"
