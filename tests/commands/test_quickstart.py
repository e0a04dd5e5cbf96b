"""The notebook ``docs/quickstart.ipynb`` gives what is stored in it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, environment

from logodds.data.sources.downloads import shipped

NOTEBOOK = ROOT / "docs" / "quickstart.ipynb"
EXECUTED = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
print(nbformat.writes(notebook))
"""


def outputs(text: str) -> list[list[Any]]:
    """What each code cell prints and gives, but for warnings and notes."""
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    return [[told(each) for each in cell["outputs"] if each.get("name") != "stderr"] for cell in cells]


def told(output: dict[str, Any]) -> str:
    return "".join(output["text"] if "text" in output else output["data"]["text/plain"])


def test_the_notebook_was_executed_and_tells_nothing_of_a_machine() -> None:
    text = NOTEBOOK.read_text()
    assert all(outputs(text)[1:])
    assert [word for word in ("/home", "/root", "/work", "/tmp", "site-packages") if word in text] == []


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_notebook_gives_what_is_stored_in_it(tmp_path: Path) -> None:
    for name in ("src", "conf"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    shipped.write(tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "-c", EXECUTED, str(NOTEBOOK)],
        cwd=tmp_path,
        env=environment(tmp_path, PYTHONPATH=str(tmp_path / "src")),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert outputs(done.stdout) == outputs(NOTEBOOK.read_text())
    assert (tmp_path / "mlruns" / "mlflow.db").is_file()
