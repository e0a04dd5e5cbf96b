"""A project of its own, and packages beside it that add options by entry points."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from conftest import ROOT, run

COPIED = ("src", "conf", "pyproject.toml", "dvc.yaml", "data.dvc")


@dataclass(frozen=True)
class ExtendedProject:
    """A copy of this project's code and configuration.

    Attributes:
        root: the project's folder.
        site: a folder of installed packages.
    """

    root: Path
    site: Path

    def add(self, group: str, name: str, module: Path) -> None:
        """Install a module as the package ``NAME_added``, with an entry point."""
        package = f"{name}_added"
        shutil.copyfile(module, self.site / f"{package}.py")
        about = self.site / f"{package}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[{group}]\n{name} = {package}\n")

    def configure(self, path: str, text: str) -> None:
        """A file of the project's ``conf/``."""
        (self.root / "conf" / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / "conf" / path).write_text(text)

    def run(self, *arguments: str, **variables: str) -> str:
        """What a command prints in the project."""
        return run(self.root, *arguments, **{"PYTHONPATH": str(self.site), **variables}).stdout


def extended_project(root: Path, site: Path) -> ExtendedProject:
    """With the shipped data sets."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, root / name)
    found = ExtendedProject(root, site)
    found.run("src/fetch.py")
    return found
