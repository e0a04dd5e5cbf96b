"""``import logodds``: what its functions give is what the commands give."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import safetensors.numpy
import torch
from conftest import ROOT, client
from inprocess import called, commands_in_this_process, enter

import logodds
from logodds.data.sources.downloads import shipped
from logodds.runs.compose import compose
from logodds.serving import package
from logodds.system.errors import UserError

pytestmark = pytest.mark.slow

TOY = ["problem=toy", "train.epochs=3", "optim.lr=0.3", "train.reuse=true"]
THREE = ["problem=iris3", "train.epochs=2"]


#: Tags that name a process or the ids of models.
OWN = ("owner", "mlflow.log-model.history")


def project(root: Path) -> Path:
    root.mkdir()
    (root / "conf").symlink_to(ROOT / "conf")
    shipped.write(root / "data")
    return root


@pytest.fixture(scope="module")
def within(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project, in which commands and functions run; what commands change in a process is put back at the end."""
    with commands_in_this_process():
        root = project(tmp_path_factory.mktemp("api") / "project")
        enter(root)
        yield root


@pytest.fixture(scope="module")
def toy(within: Path) -> Any:
    return logodds.train(TOY)


def record(root: Path, run_id: str) -> tuple[dict[str, str], dict[str, float], dict[str, str]]:
    """Parameters, figures and tags of a run."""
    found = client(root).get_run(run_id).data
    tags = {name: value for name, value in found.tags.items() if not name.startswith(OWN)}
    figures = {name: value for name, value in found.metrics.items() if not name.startswith("seconds/")}
    return found.params, figures, tags


def test_a_run_is_that_of_the_command(
    within: Path, toy: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not toy.reused
    assert called(f"train {' '.join(TOY)}") == 0
    assert f"already trained as run {toy.run_id}" in capsys.readouterr().out
    other = project(tmp_path / "other")
    enter(other)
    try:
        assert called(f"train {' '.join(TOY)}") == 0
        (run_id,) = logodds.runs(problem="toy")["id"]
        for found, expected in zip(record(other, run_id), record(within, toy.run_id), strict=True):
            assert found == expected
        again = logodds.train(TOY)
    finally:
        enter(within)
    assert (again.reused, again.run_id, again.figures) == (True, run_id, toy.figures)
    assert again.folder == other / toy.folder.relative_to(within)
    for path in [path for path in toy.folder.rglob("*") if path.is_file()]:
        assert path.read_bytes() == (again.folder / path.relative_to(toy.folder)).read_bytes()


def test_figures_are_those_of_the_record(within: Path, toy: Any) -> None:
    stored = client(within).get_run(toy.run_id).data.metrics
    assert toy.figures == {name: stored[name] for name in toy.figures}


@pytest.mark.parametrize("overrides", [TOY, THREE], ids=["two classes", "three classes"])
def test_a_loaded_model_gives_the_package_s_probabilities(within: Path, overrides: list[str]) -> None:
    trained = logodds.train(overrides)
    table = compose(overrides).problem.read()
    built = package.load(trained.folder / "model")
    model = logodds.load(trained.run_id[:8])
    frame = table.columns.to_pandas()
    expected = built.probabilities(table.columns)
    assert model.classes == built.classes == trained.model.classes
    for given in (frame, table.columns, frame.to_dict("list"), frame.assign(unread=1).iloc[:, ::-1]):
        np.testing.assert_array_equal(model.predict_proba(given), expected)
    np.testing.assert_array_equal(trained.model.predict_proba(frame), expected)
    best = expected.argmax(axis=1) if len(model.classes) > 2 else (expected[:, 1] >= model.threshold).astype(int)
    assert model.predict(frame).tolist() == [model.classes[index] for index in best]
    assert model.predict(frame.iloc[:1]).shape == (1,)


def test_a_column_that_is_missing_is_named(within: Path, toy: Any) -> None:
    name = next(iter(toy.model._package.features.inputs()))
    table = compose(TOY).problem.read().columns.to_pandas()
    with pytest.raises(UserError, match=name):
        toy.model.predict_proba(table.drop(columns=name))


def test_a_whole_number_beyond_64_bits_is_a_number(toy: Any) -> None:
    names = list(toy.model._package.features.inputs())
    found, expected = (toy.model.predict_proba({name: [value, 1] for name in names}) for value in (10**30, 1e30))
    np.testing.assert_array_equal(found, expected)


def test_an_identifier_splits_the_rows_of_the_pipeline(within: Path) -> None:
    """It is no input, and stays in the table for the stage that splits."""
    rows = [f"p{row // 2:03},{row % 7},{row % 2}" for row in range(80)]
    (within / "visits.csv").write_text("\n".join(["patient,x,y", *rows]))
    options = "problem.target=y split.method=grouped split.column=patient"
    assert called(f"compose problem=csv problem.path={within}/visits.csv {options}") == 0
    assert [called(f"{stage} out/visits/config.yaml") for stage in ("prepare", "split", "train")] == [0, 0, 0]
    parts = safetensors.numpy.load((within / "out" / "visits" / "split.safetensors").read_bytes())
    groups = [set((part // 2).tolist()) for part in parts.values()]
    assert len(set.union(*groups)) == sum(map(len, groups)) == 40
    assert list(package.load(within / "out" / "visits" / "model").features.inputs()) == ["x"]


def test_the_table_of_runs(within: Path, toy: Any) -> None:
    assert called("train -m problem=toy train.epochs=1 optim.lr=0.1,0.2") == 0
    parent = next(run for run in client(within).search_runs(["1", "2"]) if "sweep.size" in run.data.tags)
    jobs = logodds.runs(sweep=parent.info.run_id[:8])
    assert sorted(jobs["params.optim.lr"]) == ["0.1", "0.2"]
    assert jobs["status"].tolist() == ["FINISHED"] * 2
    every = logodds.runs(problem="toy")
    assert every.columns[:4].tolist() == ["id", "name", "problem", "status"]
    assert set(every["id"]) == {toy.run_id, *jobs["id"]}
    (row,) = every[every["id"] == toy.run_id].to_dict("records")
    stored = client(within).get_run(toy.run_id).data
    assert {key.removeprefix("params."): row[key] for key in row if key.startswith("params.")} == stored.params
    assert {key: row[key] for key in toy.figures} == toy.figures
    assert set(logodds.runs()["id"]) >= set(every["id"])
    assert isinstance(logodds.runs(), pd.DataFrame)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: logodds.train(["modle=mlp"]), "modle: unknown key; did you mean model, model.name?"),
        (lambda: logodds.train(["optim.lr=0.1,0.2"]), "several values are a sweep"),
        (lambda: logodds.train(["problem=iris", "split.folds=3"]), "split.folds=3: has no single model"),
        (lambda: logodds.load("0" * 32), "no such run in"),
        (lambda: logodds.runs(problem="tox"), "problem=tox: the store has no runs of it; did you mean toy?"),
        (lambda: logodds.runs(sweep="ffffff"), "sweep=ffffff: no such sweep in"),
    ],
)
def test_a_mistake_is_an_exception(within: Path, toy: Any, call: Any, told: str) -> None:
    with pytest.raises(UserError) as caught:
        call()
    assert told in str(caught.value)


def test_a_training_leaves_the_number_of_threads(within: Path) -> None:
    torch.set_num_threads(2)
    logodds.train(["problem=toy", "train.epochs=1", "train.threads=1", "tracking=none"])
    assert torch.get_num_threads() == 2


def test_there_is_nothing_else() -> None:
    with pytest.raises(AttributeError, match="module 'logodds' has no attribute 'trian'"):
        logodds.trian  # noqa: B018


def test_the_import_is_light() -> None:
    code = "import sys, logodds; print(*sorted(name for name in sys.modules if name.startswith('logodds')))"
    heavy = "assert not {'torch', 'numpy', 'pandas', 'mlflow', 'hydra', 'omegaconf'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {heavy}"], cwd=ROOT / "src", capture_output=True, text=True, check=True
    )
    assert done.stdout == "logodds\n"


def test_runs_is_the_function_before_and_after_its_package_is_imported() -> None:
    code = "import logodds; print(callable(logodds.runs)); import logodds.runs.folder; print(callable(logodds.runs))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", capture_output=True, text=True, check=True)
    assert done.stdout == "True\nTrue\n"


def test_arrow_tables_are_taken(within: Path, toy: Any) -> None:
    table = compose(TOY).problem.read().columns
    assert isinstance(table, pa.Table)
    assert toy.model.predict_proba(table.slice(0, 3)).shape == (3, 2)
