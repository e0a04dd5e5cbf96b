"""Where a project is, and the digests of its data and environment."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterator
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
import torch
import yaml
from conftest import ROOT, run

from logodds.data.sources.downloads import shipped
from logodds.system import hashes, locations
from logodds.tracking.provenance import environment


@pytest.fixture
def asked() -> Iterator[None]:
    """The project's folder is looked for again, and after the test once more."""
    locations.project_root.cache_clear()
    yield
    locations.project_root.cache_clear()


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", bytes(range(256)) * 5000], ids=["empty", "small", "large"])
def test_md5_is_hashlib_s(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    assert hashes.md5(path) == hashlib.md5(data).hexdigest()


NAMES = ("b.csv", "a/z.csv", "a/deep/x.csv", "a-b.csv", "a b.csv", "A.csv", "ä.csv", "empty/.keep")


def written(folder: Path) -> Path:
    """Files whose order by path is another one than that by letters."""
    for index, name in enumerate(NAMES):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{index}\n")
    return folder


def listed(entries: dict[str, bytes]) -> str:
    """The digest of files by path, as DVC makes that of a folder."""
    rows = [{"md5": hashlib.md5(data).hexdigest(), "relpath": name} for name, data in sorted(entries.items())]
    return hashlib.md5(json.dumps(rows).encode()).hexdigest() + ".dir"


def test_digest_of_a_file_is_its_md5(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert hashes.digest([path]) == hashes.md5(path) == hashlib.md5(b"a,b\n1,2\n").hexdigest()


@pytest.mark.slow
def test_digest_of_a_folder_is_that_of_dvc(tmp_path: Path) -> None:
    folder = written(tmp_path / "data")
    for arguments in (["init", "--no-scm", "--quiet"], ["add", "--quiet", "data"]):
        run(tmp_path, "-m", "dvc", *arguments)
    (pinned,) = yaml.safe_load((tmp_path / "data.dvc").read_text())["outs"]
    assert hashes.digest([folder]) == pinned["md5"]
    assert pinned["nfiles"] == len(NAMES)


def test_digest_of_the_shipped_data_is_what_data_dvc_pins(tmp_path: Path) -> None:
    shipped.write(tmp_path)
    (pinned,) = yaml.safe_load((ROOT / "data.dvc").read_text())["outs"]
    assert hashes.digest([tmp_path]) == pinned["md5"]


def test_digest_of_several_is_that_of_their_listing(tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_bytes(b"1")
    test.write_bytes(b"2")
    assert hashes.digest([train, test]) == listed({"train.csv": b"1", "test.csv": b"2"})
    folders = [tmp_path / "train", tmp_path / "test"]
    for folder, data in zip(folders, (b"3", b"4"), strict=True):
        (folder / "cats").mkdir(parents=True)
        (folder / "cats" / "1.png").write_bytes(data)
    assert hashes.digest(folders) == listed({"train/cats/1.png": b"3", "test/cats/1.png": b"4"})
    assert hashes.digest([folders[0], test]) == listed({"train/cats/1.png": b"3", "test.csv": b"2"})


@pytest.mark.parametrize("change", ["content", "name", "new", "gone", "parts"])
def test_digest_changes_with_the_files(tmp_path: Path, change: str) -> None:
    parts = [written(tmp_path / "one" / "part"), written(tmp_path / "two" / "part")]
    (parts[0] / "b.csv").write_text("of the first part\n")
    before = hashes.digest(parts)
    assert hashes.digest(parts) == before
    if change == "content":
        (parts[0] / "a" / "z.csv").write_text("other\n")
    elif change == "name":
        (parts[0] / "a" / "z.csv").rename(parts[0] / "a" / "y.csv")
    elif change == "new":
        (parts[1] / "new.csv").touch()
    elif change == "gone":
        (parts[1] / "b.csv").unlink()
    else:
        parts.reverse()
    assert hashes.digest(parts) != before


def test_digest_of_what_is_absent_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        hashes.digest([tmp_path / "absent"])


def test_project_root_holds_the_configuration() -> None:
    assert locations.project_root() == locations.store_root() == ROOT
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
def test_the_store_is_the_project_s_own(
    asked: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, project: str, pipeline: bool, store: str
) -> None:
    """Of a checkout and of an installed package alike."""
    if pipeline:
        (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / project / "conf" / "problem").mkdir(parents=True)
    monkeypatch.setattr(locations, "LIBRARY", tmp_path / project / "src")
    monkeypatch.setattr(locations, "CHECKOUT", locations.checkout_of(tmp_path / project / "src"))
    assert locations.checkout() == locations.project_root() == tmp_path / project
    assert locations.store_root() == tmp_path / store
    locations.project_root.cache_clear()
    monkeypatch.setattr(locations, "LIBRARY", tmp_path / "site-packages")
    monkeypatch.setattr(locations, "CHECKOUT", locations.checkout_of(tmp_path / "site-packages"))
    monkeypatch.chdir(tmp_path / project)
    assert locations.checkout() is None
    assert locations.project_root() == tmp_path / project
    assert locations.store_root() == tmp_path / store


@pytest.mark.parametrize(
    ("marks", "here", "project"),
    [
        ([], "a/b", "a/b"),
        (["mlruns/mlflow.db"], ".", "."),
        (["a/mlruns/mlflow.db"], "a/b", "a"),
        (["a/conf/problem/own.yaml"], "a/b", "a"),
        (["mlruns/mlflow.db", "a/mlruns/mlflow.db"], "a/b", "a"),
        (["mlruns/0/meta.yaml", "conf/app.yaml", "dvc.yaml"], "a/b", "a/b"),
        (["mlruns/mlflow.db"], ".dvc/tmp/exps/tmpabc", ".dvc/tmp/exps/tmpabc"),
    ],
    ids=["none", "here", "store above", "problems above", "the nearest", "another program's", "queued copy"],
)
def test_the_project_of_an_installed_package_is_found_upward(
    asked: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, marks: list[str], here: str, project: str
) -> None:
    for mark in marks:
        (tmp_path / mark).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / mark).touch()
    (tmp_path / here).mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(locations, "LIBRARY", tmp_path / "venv" / "site-packages")
    monkeypatch.setattr(locations, "CHECKOUT", locations.checkout_of(tmp_path / "venv" / "site-packages"))
    monkeypatch.chdir(tmp_path / here)
    assert locations.project_root() == tmp_path / project
    monkeypatch.chdir(tmp_path)
    assert locations.project_root() == tmp_path / project  # as it was when it was first asked for


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("torch", "numpy", "pandas", "pyarrow", "hydra-core", "mlflow", "dvc", "scikit-learn")
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    for name in environment.VARIABLES:
        if name != "MKL_CBWR":
            monkeypatch.delenv(name, raising=False)
    environment.environment.cache_clear()
    found = environment.environment("cpu", 3)
    environment.environment.cache_clear()
    built = torch.__config__.show()
    libraries = {name: found.pop(f"version.{name}") for name in ("mkl", "onednn") if f"version.{name}" in found}
    assert all(number in built for number in libraries.values())
    assert found == {
        **{f"version.{name}": version(name) for name in names},
        "version.python": platform.python_version(),
        "platform": platform.platform(),
        "device": "cpu",
        "cpu.capability": torch.backends.cpu.get_cpu_capability(),
        "cpu.model": environment._processor(),
        "threads": "3",
        "env.MKL_CBWR": "COMPATIBLE",
    }


def test_packages_are_those_of_their_metadata() -> None:
    wheels = [each for each in distributions() if each.read_text("WHEEL") is not None]
    named = {f"{re.sub(r'[-_.]+', '-', each.name).lower()}=={each.version}" for each in wheels}
    assert set(environment.packages()) == named
    assert f"torch=={version('torch')}" in environment.packages()
