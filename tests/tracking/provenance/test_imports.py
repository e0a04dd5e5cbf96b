"""The import closure of a command: against what Python itself loads, and on small trees."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Reproduced, run

from logodds.runs import pipeline
from logodds.tracking.provenance import imports


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A command in ``src`` and a package beside it."""
    files = {
        "command.py": "import json\nfrom pack import direct\n\ndef main():\n    from pack.deep.inner import name\n",
        "pack/__init__.py": "",
        "pack/direct.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pack import typed\n"
        "else:\n    import pack.otherwise\n",
        "pack/otherwise.py": "import pack.direct\n",
        "pack/typed.py": "x = 1\n",
        "pack/unused.py": "x = 1\n",
        "pack/deep/__init__.py": "x = 1\n",
        "pack/deep/inner.py": "name = 1\n",
    }
    for name, text in files.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_closure_follows_functions_packages_and_circles_but_not_types(project: Path) -> None:
    found = imports.closure(project / "src" / "command.py", project / "src")
    names = ["command.py", "pack/deep/__init__.py", "pack/deep/inner.py", "pack/direct.py", "pack/otherwise.py"]
    assert [path.relative_to(project / "src").as_posix() for path in found] == names


def test_listing_is_what_sha256sum_checks(project: Path) -> None:
    listed = imports.listing(project / "src" / "command.py", project / "src")
    done = subprocess.run(["sha256sum", "--check", "-"], input=listed, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.count(": OK") == len(listed.splitlines()) == 5
    (project / "src" / "pack" / "deep" / "inner.py").write_text("name = 2\n")
    changed = imports.listing(project / "src" / "command.py", project / "src")
    assert [a == b for a, b in zip(listed.splitlines(), changed.splitlines(), strict=True)].count(False) == 1


@pytest.mark.parametrize("stage", pipeline.STAGES)
def test_what_a_stage_loads_is_in_its_closure(stage: str, reproduced: Reproduced, tmp_path: Path) -> None:
    """Python tells every module that it loads while the stage runs in a copy of its folder."""
    folder = tmp_path / "toy"
    shutil.copytree(reproduced.clone / "out" / "toy", folder)
    config = folder / "config.yaml"
    config.write_text(re.sub(r"^tracking:\n(?:  .*\n)+", "tracking:\n  name: none\n", config.read_text(), flags=re.M))
    form = "problem=toy" if stage == "compose" else str(config)
    told = run(reproduced.clone, "-X", "importtime", f"src/{stage}.py", form).stderr
    loaded = {line.split("|")[2].strip() for line in told.splitlines() if line.startswith("import time:")}
    source = reproduced.clone / "src"
    listed = {
        path.relative_to(source).with_suffix("").as_posix().replace("/", ".")
        for path in imports.closure(source / f"{stage}.py", source)
    }
    ours = {name for name in loaded if name.startswith("logodds.") and not (source / name.replace(".", "/")).is_dir()}
    assert ours
    assert ours <= listed
