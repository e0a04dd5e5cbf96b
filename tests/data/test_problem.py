"""Where a problem's files are, for every source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from logodds.data.problem import SOURCES, located

PARTS = {
    "csv": ("train.csv", "test.csv"),
    "idx": ("train-images", "test-images"),
    "pictures": ("train", "test"),
    "texts": ("train", "test"),
}
COMMON = {"name": "p", "classes": None, "largest_rows": 1000}
OWN: dict[str, dict[str, Any]] = {
    "csv": {
        **{"target": "y", "target_strip": "", "fold_labels": False, "drop": [], "kinds": None},
        **{
            "delimiter": "auto",
            "encoding": "auto",
            "quoting": "auto",
            "decimal": "auto",
            "header": True,
            "thousands": "auto",
        },
        **{"columns": [], "skip_rows": 0, "test_skip_rows": 0, "missing": [], "largest_bytes": 10**9},
    },
    "idx": {"labels": "train-labels", "test_labels": "test-labels"},
    "pictures": {"size": 8, "channels": 3, "on_error": "stop"},
    "texts": {"encoding": "utf-8"},
}


def test_every_source_is_tested() -> None:
    assert set(PARTS) == set(OWN) == set(SOURCES.names())


@pytest.mark.parametrize("own_test_part", [True, False])
@pytest.mark.parametrize("source", PARTS)
def test_files_are_all_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, own_test_part: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    path, test_path = PARTS[source]
    own = {key: value for key, value in OWN[source].items() if key != "test_labels"}
    expected = [path]
    if own_test_part:
        expected.append(test_path)
    if source == "idx":
        own["test_labels"] = "test-labels" if own_test_part else None
        expected += ["train-labels", *(["test-labels"] if own_test_part else [])]
    problem = SOURCES.read(
        {**COMMON, **own, "source": source, "path": path, "test_path": test_path if own_test_part else None}
    )
    assert problem.files() == [ROOT / name for name in expected]
    assert problem.file() == ROOT / path


def test_a_path_is_below_the_project_wherever_the_command_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/iris.csv").touch()  # another one
    assert located("data/iris.csv") == ROOT / "data" / "iris.csv"
    assert located("../x.csv") == ROOT / ".." / "x.csv"
    assert located(str(tmp_path / "x.csv")) == tmp_path / "x.csv"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert located("~/x.csv") == tmp_path / "x.csv"
    monkeypatch.chdir(ROOT)
    assert located("data/iris.csv") == Path("data/iris.csv")  # as short in messages as it was given
    assert located(str(ROOT / "x.csv")) == ROOT / "x.csv"
    monkeypatch.chdir(ROOT / "src")
    assert located("data/iris.csv") == ROOT / "data" / "iris.csv"
