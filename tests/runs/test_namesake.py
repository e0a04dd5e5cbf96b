"""Two files of one name, whose runs would be in one experiment."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import load_mlflow

from logodds.runs import namesake
from logodds.runs.compose import compose
from logodds.runs.config import Config
from logodds.tracking.naming import Naming
from logodds.tracking.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture
def folders(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a/t.csv and b 1/t.csv are, and an empty store."""
    load_mlflow()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    (tmp_path / "mlflow.db").write_bytes(empty_store.read_bytes())
    for name in ("a", "b 1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.csv").write_text("x,y\n1,0\n2,1\n")
    return tmp_path


def of(path: Path, *overrides: str) -> Config:
    return compose(["problem=csv", f'problem.path="{path}"', "problem.target=y", *overrides])


def recorded(config: Config, root: Path) -> Store:
    store = config.tracking.connect(root, config.problem.name)
    assert store is not None
    with store.run(Naming("run", {})) as run:
        run.params(config.flat())
    return store


def test_the_runs_of_another_file_are_told_with_a_name_that_keeps_them_apart(folders: Path) -> None:
    one, two = of(folders / "a" / "t.csv"), of(folders / "b 1" / "t.csv")
    assert one.problem.name == two.problem.name == "t"
    store = recorded(one, folders)
    assert namesake.notes(one, store) == []
    assert namesake.notes(of(folders / "b 1" / ".." / "a" / "t.csv"), store) == []
    (note,) = namesake.notes(two, store)
    assert note.startswith("experiment t holds runs of another file too, ")
    advice = next(word for word in note.split() if word.startswith("problem.name="))
    apart = of(folders / "b 1" / "t.csv", advice)
    assert apart.problem.name == "b-1-t"
    assert namesake.notes(apart, recorded(apart, folders)) == []


def test_an_experiment_that_both_have_is_told_to_both(folders: Path) -> None:
    one, two = of(folders / "a" / "t.csv"), of(folders / "b 1" / "t.csv")
    recorded(one, folders)
    store = recorded(two, folders)
    assert [len(namesake.notes(config, store)) for config in (one, two)] == [1, 1]
