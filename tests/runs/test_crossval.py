"""Cross-validation from the command line: against scikit-learn's folds, and its record."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import Reproduced, by_scikit_learn, client, files, run, run_ids
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ARGUMENTS = ("problem=breast_cancer", "split.folds=5", "split.val_size=0", "train.monitor=train/loss")
CONVEX = ("optim=newton", "optim.weight_decay=0.01", "train.epochs=50")


@dataclass(frozen=True)
class Validated:
    """A cross-validation: what it printed, its folder, its parent run and the children in the order of the folds."""

    clone: Path
    done: subprocess.CompletedProcess[str]
    folder: Path
    parent: Any
    children: list[Any]


@pytest.fixture(scope="module")
def validated(reproduced: Reproduced) -> Validated:
    before = set(run_ids(reproduced.clone, "breast_cancer"))
    done = run(reproduced.clone, "src/train.py", *ARGUMENTS, *CONVEX)
    store = client(reproduced.clone)
    found = [store.get_run(run_id) for run_id in set(run_ids(reproduced.clone, "breast_cancer")) - before]
    (parent,) = [each for each in found if "mlflow.parentRunId" not in each.data.tags]
    children = sorted((each for each in found if each is not parent), key=lambda each: each.info.run_name)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("files: ")]
    return Validated(reproduced.clone, done, Path(line.removeprefix("files: ")), parent, children)


@pytest.fixture(scope="module")
def expected(validated: Validated) -> list[dict[str, float]]:
    """scikit-learn's figures on each fold: scaler and regression fitted on the other four, with the same penalty."""
    frame = pd.read_csv(validated.clone / "data" / "breast_cancer.csv")
    x, t = frame.drop(columns="diagnosis").to_numpy(), (frame["diagnosis"] == "malignant").to_numpy(np.int64)
    found = []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=42).split(x, t):
        regression = LogisticRegression(C=1.0 / (0.01 * len(train)), tol=1e-10, max_iter=1000)
        fitted = make_pipeline(StandardScaler(), regression).fit(x[train], t[train])
        found.append(by_scikit_learn(fitted.decision_function(x[test]), t[test]))
    return found


def test_each_folds_figures_are_scikit_learns(validated: Validated, expected: list[dict[str, float]]) -> None:
    assert [child.info.run_name for child in validated.children] == [f"fold {k}" for k in range(1, 6)]
    for child, figures in zip(validated.children, expected, strict=True):
        assert child.info.status == "FINISHED"
        assert child.data.tags["mlflow.parentRunId"] == validated.parent.info.run_id
        for name, value in figures.items():
            assert child.data.metrics[f"test/{name}"] == pytest.approx(value, abs=1e-6), name


def test_mean_and_standard_deviation_are_over_the_folds(validated: Validated, expected: list[dict[str, float]]) -> None:
    written = json.loads((validated.folder / "cv.json").read_text())
    for name in expected[0]:
        values = [figures[name] for figures in expected]
        found = validated.parent.data.metrics
        assert found[f"cv/{name}"] == pytest.approx(np.mean(values), abs=1e-6)
        assert found[f"cv/{name}_sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-6)
        assert written[name] == {"mean": found[f"cv/{name}"], "sd": found[f"cv/{name}_sd"]}


def test_the_table_holds_every_fold_and_the_predictions_every_row(validated: Validated) -> None:
    table = pd.read_csv(validated.folder / "folds.csv")
    assert table["fold"].tolist() == ["1", "2", "3", "4", "5", "mean", "sd"]
    written = json.loads((validated.folder / "cv.json").read_text())
    assert table["accuracy"].tolist()[-2:] == [written["accuracy"]["mean"], written["accuracy"]["sd"]]
    predictions = pd.read_csv(validated.folder / "predictions.csv")
    assert predictions["row"].tolist() == list(range(569))
    accuracy = (predictions["actual"] == predictions["predicted"]).mean()
    assert accuracy == pytest.approx(np.average(table["accuracy"][:5], weights=table["rows"][:5]), abs=1e-12)
    assert f"{written['accuracy']['mean']:.4f}" in validated.done.stdout


def test_a_fold_alone_has_the_weights_that_it_has_among_others(reproduced: Reproduced, tmp_path: Path) -> None:
    """Two folds have as many batches as five but other rows; each is trained in one stack with the others."""
    digests = []
    for folds in ("5", "5"):
        before = set(run_ids(reproduced.clone, "iris"))
        run(reproduced.clone, "src/train.py", "problem=iris", "train.epochs=5", f"split.folds={folds}")
        store = client(reproduced.clone)
        runs = [store.get_run(run_id) for run_id in set(run_ids(reproduced.clone, "iris")) - before]
        digests.append({r.info.run_name: r.data.tags["weights.sha256"] for r in runs if "fold" in r.data.tags})
    assert digests[0] == digests[1]
    assert len(set(digests[0].values())) == 5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("src/train.py", "problem=iris", "split.folds=1"), "split.folds=1: must be finite and >= 2 and <= 1000"),
        (
            ("src/train.py", "problem=iris", "split.folds=80"),
            "split.folds=80: there are 50 rows of the smallest class; take fewer folds",
        ),
        (
            ("src/compose.py", "problem=iris", "split.folds=5"),
            "split.folds=5: not in the pipeline; python src/train.py problem=NAME takes it",
        ),
        (
            ("src/train.py", "-m", "problem=iris", "split.folds=5", "optim.lr=0.1,0.2"),
            "split.folds=5: takes one configuration, no sweep; choose one value of each key and leave out -m",
        ),
    ],
    ids=["one", "too many", "pipeline", "sweep"],
)
def test_refusals_are_one_line_and_write_nothing(reproduced: Reproduced, arguments: tuple[str, ...], told: str) -> None:
    before = files(reproduced.clone)
    done = run(reproduced.clone, *arguments, check=False)
    assert (done.returncode, done.stderr) == (2, f"error: {told}\n")
    assert files(reproduced.clone) == before


def test_folds_are_not_judged_again(validated: Validated) -> None:
    parent, fold = validated.parent.info.run_id, validated.children[2].info.run_id
    for run_id, told in (
        (fold, f"fold 3 of the cross-validation {parent} was judged on its own test rows as it ended; see its page"),
        (parent, "a cross-validation, whose folds are judged already (cv/ on its page); train without split.folds"),
    ):
        done = run(validated.clone, "src/evaluate.py", f"run={run_id}", check=False)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: run={run_id}: {told}\n")


def test_one_that_was_cut_off_goes_on_in_its_own_run(validated: Validated) -> None:
    store = client(validated.clone)
    before = set(run_ids(validated.clone, "breast_cancer"))
    store.set_terminated(validated.parent.info.run_id, "KILLED")
    done = run(validated.clone, "src/train.py", *ARGUMENTS, *CONVEX)
    assert set(run_ids(validated.clone, "breast_cancer")) == before
    assert store.get_run(validated.parent.info.run_id).info.status == "FINISHED"
    assert done.stdout == validated.done.stdout
