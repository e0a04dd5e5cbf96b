"""Where a replay looks for the files of a recorded configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from logodds.review.replay import data
from logodds.review.replay.evidence import NotComparableError
from logodds.runs.compose import compose
from logodds.system.errors import UserError

OWN = {"csv": ["problem.path=data/iris.csv", "problem.target=species"]}  # which has no file yet


def config(path: str, **more: Any) -> data.Config:
    return {"problem": {"name": "x", "path": path, **more}, "split": {"val_rows": None}}


def test_paths_are_those_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    given = config("data/x.csv", test_path="~/y.csv")
    given["split"]["val_rows"] = "/rows.txt"
    found = data.placed(given, tmp_path)
    assert found["problem"]["path"] == str(tmp_path / "data" / "x.csv")
    assert found["problem"]["test_path"] == str(tmp_path / "home" / "y.csv")
    assert found["split"]["val_rows"] == "/rows.txt"
    assert given["problem"]["path"] == "data/x.csv"


def test_what_might_never_end_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in ("pipe", "/dev/zero"):
        with pytest.raises(UserError, match="neither a file nor a folder; nothing was run"):
            data.placed(config(path), tmp_path)


@pytest.mark.parametrize("path", ["/elsewhere/x.csv", "~/x.csv", "data/x.csv"])
def test_dvc_is_not_asked_for_what_it_cannot_have(tmp_path: Path, path: str) -> None:
    with pytest.raises(NotComparableError, match=r"is not what the run read"):
        data.fetched(config(path), tmp_path, tmp_path / "worktree")


@pytest.mark.parametrize("path", sorted((ROOT / "conf" / "problem").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_that_a_problem_reads_is_placed(path: Path, tmp_path: Path) -> None:
    """Those of a configuration are looked for below the project that recorded it."""
    found = compose([f"problem={path.stem}", *OWN.get(path.stem, ())])
    placed = data.placed(found.plain, tmp_path)
    values = {str(value) for value in placed["problem"].values()}
    assert {str(tmp_path / (ROOT / file).relative_to(ROOT)) for file in found.problem.files()} <= values
