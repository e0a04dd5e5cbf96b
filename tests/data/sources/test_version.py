"""Which files make a problem's digest, and what is said when they are not those of a run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from table_files import options

from logodds.data.sources import version
from logodds.data.sources.folders import ClassFolders
from logodds.data.sources.pictures import PictureFolders
from logodds.data.sources.texts import TextFolders
from logodds.system import hashes
from logodds.system.errors import UserError

RUN = "0123456789abcdef0123456789abcdef"
COMMON: dict[str, Any] = {"name": "p", "classes": None, "largest_rows": 100}


def pets(root: Path, **changes: Any) -> PictureFolders:
    values = {**COMMON, "path": str(root / "train"), "test_path": str(root / "test"), **changes}
    return PictureFolders(source="pictures", size=8, channels=3, on_error="stop", **values)


def reviews(root: Path, **changes: Any) -> TextFolders:
    values = {**COMMON, "path": str(root / "train"), "test_path": None, **changes}
    return TextFolders(source="texts", encoding="utf-8", **values)


def tree(root: Path, ending: str) -> Path:
    for part in ("train", "test"):
        for name in ("cats", "dogs", "fish"):
            (root / part / name / "deep").mkdir(parents=True)
            (root / part / name / f"1{ending}").write_text(f"{part} {name}")
            (root / part / name / "deep" / f"2{ending.upper()}").write_text(f"{part} {name} 2")
    return root


def refusal(problem: Any, trained_on: str) -> str:
    with pytest.raises(UserError) as caught:
        version.check(problem, trained_on, RUN)
    text = str(caught.value)
    assert len(text) <= 200 + len(str(problem.path))
    return text


@pytest.mark.parametrize("stray", ["train/notes.md", "train/cats/.DS_Store", "test/cats/Thumbs.db", "train/.git/1.png"])
def test_a_stray_file_does_not_count(tmp_path: Path, stray: str) -> None:
    for problem, ending in ((pets(tmp_path / "a"), ".png"), (reviews(tmp_path / "b"), ".txt")):
        root = tree(Path(problem.path).parent, ending)
        clean = version.digest(problem)
        assert clean == hashes.digest(problem.files())
        (root / stray).parent.mkdir(exist_ok=True)
        (root / stray).write_text("stray")
        assert version.digest(problem) == clean
        version.check(problem, clean, RUN)


@pytest.mark.parametrize("make", [pets, reviews])
def test_every_file_that_is_read_counts(tmp_path: Path, make: Any) -> None:
    suffixes = PictureFolders.suffixes if make is pets else (".txt",)
    tree(tmp_path, suffixes[0])
    problem: ClassFolders = make(tmp_path)
    found = {version.digest(problem)}
    for index, suffix in enumerate(suffixes, start=1):
        (tmp_path / "train" / "dogs" / f"new{suffix}").write_text("new")
        found.add(version.digest(problem))
        assert len(found) == 1 + index
    one, other = tmp_path / "train" / "cats" / f"1{suffixes[0]}", tmp_path / "train" / "dogs" / f"1{suffixes[0]}"
    one.rename(tmp_path / "kept")
    other.rename(one)
    (tmp_path / "kept").rename(other)
    assert version.digest(problem) not in found


def test_a_class_that_is_left_out_does_not_count(tmp_path: Path) -> None:
    tree(tmp_path, ".png")
    problem = pets(tmp_path, classes=["cats", "dogs"])
    before = version.digest(problem)
    shutil.rmtree(tmp_path / "train" / "fish")
    assert version.digest(problem) == before
    (tmp_path / "train" / "dogs" / "1.png").write_text("other")
    assert version.digest(problem) != before


def test_a_changed_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "my.csv"
    path.write_text("x,y\n1,0\n")
    before, problem = hashes.md5(path), options(path)
    version.check(problem, before, RUN)
    path.write_text("x,y\n2,0\n")
    assert refusal(problem, before) == (
        f"{path}: md5 {hashes.md5(path)[:8]}…, but run {RUN} was trained on {before[:8]}…; "
        "put that version back, or train again"
    )
    path.unlink()
    assert refusal(problem, before) == (
        f"{path}: missing, but run {RUN} was trained on it; put that version back, or train again"
    )


def test_the_picture_that_changed_last_is_named(tmp_path: Path) -> None:
    tree(tmp_path, ".png")
    problem = pets(tmp_path)
    before = version.digest(problem)
    changed = tmp_path / "test" / "dogs" / "1.png"
    changed.write_text("other")
    os.utime(changed, (2e9, 2e9))
    os.utime(tmp_path / "train" / "cats" / "1.png", (1e9, 1e9))
    assert refusal(problem, before) == (
        f"{changed}: changed last, md5 {version.digest(problem)[:8]}…, but run {RUN} was trained on {before[:8]}…; "
        "put that version back, or train again"
    )


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("data/absent.csv", "bring that version back (git checkout data.dvc && dvc checkout)"),
        ("downloads/adult/absent.data", "bring that version back (python src/fetch.py adult)"),
        ("downloads/own/absent.csv", "put that version back, or train again"),
        ("absent.csv", "put that version back, or train again"),
    ],
)
def test_the_way_back_is_that_of_the_place(monkeypatch: pytest.MonkeyPatch, path: str, way: str) -> None:
    monkeypatch.chdir(ROOT)
    told = f"{path}: missing, but run {RUN} was trained on it; {way}"
    assert refusal(options(Path(path)), "x") == told
