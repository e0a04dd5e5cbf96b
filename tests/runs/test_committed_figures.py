"""The committed figures of the pipeline, against scikit-learn's rows and figures and a plain PyTorch loop.

Whoever changes a source commits the outputs that it gives; what is compared here did not come from that source.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import PROBLEMS, ROOT, by_scikit_learn
from numpy.typing import NDArray
from sklearn import datasets, metrics
from sklearn.calibration import calibration_curve
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from logodds.data.split import Split

pytestmark = pytest.mark.slow

TOY = np.array([(1, 2, 0), (2, 3, 0), (3, 4, 1), (4, 5, 1), (5, 6, 1), (6, 7, 0)], np.float64)
CLASSES = {"toy": ("0", "1"), "iris": ("setosa", "versicolor"), "breast_cancer": ("benign", "malignant")}
EPOCHS = {"toy": 1000, "iris": 500, "breast_cancer": 200}
MAIN = ("log_loss", "accuracy", "precision", "recall", "f1", "roc_auc", "average_precision", "brier")


@dataclass(frozen=True)
class Expected:
    """What the pipeline is to give for a problem: the rows of each part, their targets, the figures of each epoch
    [epochs], and the logits of the best one."""

    parts: dict[str, NDArray[np.int64]]
    target: dict[str, NDArray[np.int64]]
    history: dict[str, list[float]]
    logits: dict[str, NDArray[np.float32]]


def table(problem: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    if problem == "toy":
        return TOY[:, :2], TOY[:, 2].astype(np.int64)
    if problem == "iris":
        x, t = datasets.load_iris(return_X_y=True)
        return x[t < 2], t[t < 2]
    x, t = datasets.load_breast_cancer(return_X_y=True)
    return x, 1 - t  # malignant is the positive class


def parts(problem: str, target: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    rows = np.arange(len(target))
    if problem == "toy":
        return dict.fromkeys(("train", "val", "test"), rows)
    fifth = -(-len(rows) // 5)
    rest, test = train_test_split(rows, test_size=fifth, random_state=42, stratify=target)
    train, val = train_test_split(rest, test_size=fifth, random_state=42, stratify=target[rest])
    return {"train": train, "val": val, "test": test}


@pytest.fixture(scope="module", params=PROBLEMS)
def problem(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def expected(problem: str) -> Expected:
    torch.set_num_threads(1)
    x, t = table(problem)
    rows = parts(problem, t)
    if problem != "toy":
        x = StandardScaler().fit(x[rows["train"]]).transform(x)
    inputs, target = torch.from_numpy(x).float(), torch.from_numpy(t).float()[:, None]
    torch.manual_seed(0)
    model = nn.Linear(x.shape[1], 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    criterion = nn.BCEWithLogitsLoss()
    train = TensorDataset(inputs[rows["train"]], target[rows["train"]])
    size = 2 if problem == "toy" else 32
    loader = DataLoader(train, batch_size=size, shuffle=True, generator=torch.Generator().manual_seed(0))
    history: dict[str, list[float]] = {name: [] for name in ("train/loss", "val/loss", "val/f1")}
    lowest, logits = np.inf, {}
    for _ in range(EPOCHS[problem]):
        running = 0.0
        for batch, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(batch), labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(batch)
        with torch.inference_mode():
            found = {part: model(inputs[some])[:, 0].numpy().copy() for part, some in rows.items()}
        judged = t[rows["val"]]
        history["train/loss"].append(running / len(train))
        history["val/loss"].append(float(np.mean(np.logaddexp(0.0, found["val"]) - judged * found["val"])))
        called = found["val"] >= 0.0
        history["val/f1"].append(2.0 * float((called & (judged == 1)).sum()) / float(called.sum() + judged.sum()))
        if history["val/loss"][-1] < lowest:
            lowest, logits = history["val/loss"][-1], found
    return Expected(rows, {part: t[some] for part, some in rows.items()}, history, logits)


def committed(problem: str, name: str) -> Any:
    return json.loads((ROOT / "out" / problem / name).read_text())


def test_the_parts_hold_the_rows_that_scikit_learn_draws(problem: str, expected: Expected) -> None:
    found = committed(problem, "split.json")
    rows = Split(**expected.parts, resubstitution=problem == "toy")
    assert (found.pop("sha256"), found.pop("resubstitution")) == (rows.digest(), problem == "toy")
    assert found == {
        part: {"rows": len(some), "classes": dict(zip(CLASSES[problem], np.bincount(some).tolist(), strict=True))}
        for part, some in expected.target.items()
    }


def test_the_history_is_that_of_a_plain_loop(problem: str, expected: Expected) -> None:
    found = pd.read_csv(ROOT / "out" / problem / "history.csv").to_dict("list")
    assert found.pop("epoch") == list(range(1, EPOCHS[problem] + 1))
    assert found.keys() == expected.history.keys()
    for name, values in expected.history.items():
        np.testing.assert_allclose(found[name], values, rtol=0.0, atol=2e-6, err_msg=name)


@pytest.mark.parametrize(("file", "part"), [("validation.json", "val"), ("metrics.json", "test")])
def test_the_figures_are_those_of_scikit_learn(problem: str, expected: Expected, file: str, part: str) -> None:
    figures = by_scikit_learn(expected.logits[part], expected.target[part])
    assert committed(problem, file) == pytest.approx({name: figures[name] for name in MAIN}, abs=2e-6)


def test_the_tables_of_the_plots_are_those_of_scikit_learn(problem: str, expected: Expected) -> None:
    folder = ROOT / "out" / problem / "plots"
    confusion, roc, recall, calibration = (
        pd.read_csv(folder / f"{name}.csv", dtype=str if name == "confusion" else None)
        for name in ("confusion", "roc", "precision_recall", "calibration")
    )
    target, logits = expected.target["test"], expected.logits["test"].astype(np.float64)
    scores = 1.0 / (1.0 + np.exp(-logits))
    names = np.array(CLASSES[problem])
    assert confusion["actual"].tolist() == names[target].tolist()
    assert confusion["predicted"].tolist() == names[(scores >= 0.5).astype(int)].tolist()
    area = metrics.roc_auc_score(target, scores)
    assert metrics.auc(roc["fpr"], roc["tpr"]) == pytest.approx(area, abs=1e-12)
    steps = np.diff(recall["recall"]) * recall["precision"][1:]
    assert steps.sum() == pytest.approx(metrics.average_precision_score(target, scores), abs=1e-12)
    share, predicted = calibration_curve(target, scores, n_bins=10)
    np.testing.assert_allclose(calibration["positives"], share, rtol=0.0, atol=1e-12)
    np.testing.assert_allclose(calibration["predicted"], predicted, rtol=0.0, atol=2e-6)
    assert calibration["rows"].sum() == len(target)
