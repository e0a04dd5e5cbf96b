"""The import closure of a command: against what Python itself loads, and on small trees."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Reproduced, run

from logodds.runs import code, pipeline
from logodds.runs.config import read_file
from logodds.system import locations
from logodds.tracking.provenance import imports
from logodds.tracking.provenance.imports import Folder

#: No result depends on these: what begins and ends a command, the same for all of them; what plugins of Hydra
#: import, which no stage uses; words that an option of a source knows, which compose checks and does not change.
AROUND = {
    "logodds.system.interrupt",
    "logodds.system.terminal.command",
    "logodds.system.signals",
    "logodds.sweep.launcher",
    "logodds.data.sources.readers.delimiters",
}


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


def names(project: Path, files: list[Path]) -> list[str]:
    return [path.relative_to(project / "src").as_posix() for path in files]


def test_closure_follows_functions_packages_and_circles_but_not_types(project: Path) -> None:
    found = imports.closure([project / "src" / "command.py"], [Folder(project / "src")])
    assert names(project, found) == [
        *("command.py", "pack/deep/__init__.py", "pack/deep/inner.py", "pack/direct.py", "pack/otherwise.py")
    ]


def test_of_a_file_that_is_only_read_imports_inside_functions_do_not_count(project: Path) -> None:
    command = project / "src" / "command.py"
    found = imports.closure([command], [Folder(project / "src")], {command})
    assert names(project, found) == ["command.py", "pack/direct.py", "pack/otherwise.py"]


def test_relative_imports_and_the_packages_above_a_file_are_followed(project: Path) -> None:
    source = project / "src"
    (source / "pack" / "deep" / "near.py").write_text(
        "from . import beside\nfrom .inner import name\nfrom ..unused import x\nfrom .. import typed\n"
    )
    (source / "pack" / "deep" / "beside.py").write_text("x = 1\n")
    found = imports.closure([source / "pack" / "deep" / "near.py"], [Folder(source)])
    assert names(project, found) == [
        *("pack/deep/__init__.py", "pack/deep/beside.py", "pack/deep/inner.py", "pack/deep/near.py"),
        *("pack/typed.py", "pack/unused.py"),
    ]


def test_packages_that_are_not_named_are_not_followed(project: Path) -> None:
    found = imports.closure([project / "src" / "command.py"], [Folder(project / "src", ("other",))])
    assert names(project, found) == ["command.py"]


def test_listing_is_what_sha256sum_checks(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locations, "LIBRARY", project / "src")
    folders = [Folder(project / "src")]
    files = imports.closure([project / "src" / "command.py"], folders)
    listed = imports.listing(files, folders)
    done = subprocess.run(["sha256sum", "--check", "-"], input=listed, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.count(": OK") == len(listed.splitlines()) == 5
    (project / "src" / "pack" / "deep" / "inner.py").write_text("name = 2\n")
    changed = imports.listing(files, folders)
    assert [a == b for a, b in zip(listed.splitlines(), changed.splitlines(), strict=True)].count(False) == 1


def test_a_file_of_another_package_is_listed_by_its_place_in_that(tmp_path: Path) -> None:
    path = tmp_path / "others" / "net" / "wide.py"
    path.parent.mkdir(parents=True)
    path.write_text("x = 1\n")
    (line,) = imports.listing([path], [imports.library(), Folder(tmp_path / "others", ("net",))]).splitlines()
    assert line.split() == [hashlib.sha256(path.read_bytes()).hexdigest(), "net/wide.py"]


@pytest.mark.long
@pytest.mark.parametrize("stage", pipeline.STAGES)
def test_what_a_stage_loads_is_in_its_list(stage: str, reproduced: Reproduced, tmp_path: Path) -> None:
    """Python tells every module that it loads while the stage runs in a copy of its folder."""
    folder = tmp_path / "toy"
    shutil.copytree(reproduced.clone / "out" / "toy", folder)
    config = folder / "config.yaml"
    config.write_text(re.sub(r"^tracking:\n(?:  .*\n)+", "tracking:\n  name: none\n", config.read_text(), flags=re.M))
    form = "problem=toy" if stage == "compose" else str(config)
    told = run(reproduced.clone, "-X", "importtime", f"src/{stage}.py", form).stderr
    loaded = {line.split("|")[2].strip() for line in told.splitlines() if line.startswith("import time:")}
    text = code.of_compose() if stage == "compose" else code.of_stage(stage, read_file(config))
    listed = {line.split()[1].removeprefix("src/").removesuffix(".py").replace("/", ".") for line in text.splitlines()}
    source = reproduced.clone / "src"
    ours = {name for name in loaded if name.startswith("logodds.") and not (source / name.replace(".", "/")).is_dir()}
    assert ours
    assert ours - AROUND <= listed
