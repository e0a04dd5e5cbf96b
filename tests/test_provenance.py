"""Code, data and environment of a run, in copies of the module below made-up projects."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import ROOT, commit, git

from logodds import provenance


def placed(project: Path) -> Any:
    """The module as part of another project."""
    path = project / "src" / "logodds" / "provenance.py"
    path.parent.mkdir(parents=True)
    shutil.copyfile(ROOT / "src" / "logodds" / "provenance.py", path)
    spec = importlib.util.spec_from_file_location("placed_provenance", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", bytes(range(256)) * 5000], ids=["empty", "small", "large"])
def test_md5_is_hashlib_s(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    assert provenance.md5(path) == hashlib.md5(data).hexdigest()


def test_project_root_holds_the_configuration() -> None:
    assert provenance.project_root() == provenance.store_root() == ROOT
    assert (ROOT / "conf" / "config.yaml").is_file()


@pytest.mark.parametrize(
    ("project", "pipeline", "store"),
    [
        (".", True, "."),
        (".dvc/tmp/exps/tmpabc", True, "."),
        (".dvc/tmp/exps/standalone/tmpabc", True, "."),
        (".dvc/tmp/exps/tmpabc", False, ".dvc/tmp/exps/tmpabc"),
        ("other/copy", True, "other/copy"),
    ],
    ids=["project", "queued copy", "temporary copy", "another .dvc", "copy elsewhere"],
)
def test_the_store_is_the_project_s_own(tmp_path: Path, project: str, pipeline: bool, store: str) -> None:
    if pipeline:
        (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    module = placed(tmp_path / project)
    assert module.project_root() == tmp_path / project
    assert module.store_root() == tmp_path / store


def test_code_names_the_commit_and_whether_sources_differ(tmp_path: Path) -> None:
    module = placed(tmp_path)
    (tmp_path / "conf").mkdir()
    option, note = tmp_path / "conf" / "a.yaml", tmp_path / "note.txt"
    option.write_text("a: 1\n")
    note.write_text("one\n")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    git(tmp_path, "init", "--quiet")
    head = commit(tmp_path, "Files")
    clean, dirty = (
        {"git.commit": head, "mlflow.source.git.commit": head, "git.dirty": word} for word in ("false", "true")
    )
    assert module.code() == clean
    note.write_text("two\n")
    assert module.code() == clean
    option.write_text("a: 2\n")
    assert module.code() == dirty
    option.write_text("a: 1\n")
    assert module.code() == clean


def test_code_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert placed(tmp_path).code() == {"git.commit": "unknown", "git.dirty": "unknown"}


def test_environment() -> None:
    names = ("torch", "numpy", "pandas", "pyarrow", "hydra-core", "mlflow", "dvc", "scikit-learn")
    assert provenance.environment("cpu", 3) == {
        **{f"version.{name}": version(name) for name in names},
        "version.python": platform.python_version(),
        "platform": platform.platform(),
        "device": "cpu",
        "cpu.capability": torch.backends.cpu.get_cpu_capability(),
        "threads": "3",
    }
