"""Figures as files."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from logodds import metrics
from logodds.evaluation import EvaluateOptions, Evaluation, artifacts, evaluate, plot_tables, table, to_json

OPTIONS = EvaluateOptions(threshold=0.4, calibration_bins=7)
CLASSES = ("no, never", 'yes "sir"')
LONE = ["calibration.png", "confusion_matrix.csv", "confusion_matrix.png", "report.json", "report.txt"]
CURVES = ["precision_recall.png", "roc.png"]


def example(part: str = "test", lone: int | None = None, dtype: Any = np.float64) -> Evaluation:
    draws = np.random.default_rng(3)
    target = draws.integers(0, 2, 50).astype(np.uint8)
    logits = np.round(draws.normal(size=50) + target, 1).astype(dtype)
    if lone is not None:
        target[:] = lone
    return evaluate(part, logits, target, CLASSES, OPTIONS)


def refuse(constant: str) -> float:
    raise AssertionError(f"{constant} is not JSON")


def test_evaluation_holds_the_report_at_its_threshold() -> None:
    found = example()
    assert found.report == metrics.report(found.logits, found.target, 0.4)


@pytest.mark.parametrize("lone", [None, 0, 1])
def test_json_is_strict_and_holds_every_figure(lone: int | None) -> None:
    report = example(lone=lone).report
    values = json.loads(to_json(report), parse_constant=refuse)
    for name in ("log_loss", "brier", "accuracy", "precision", "recall", "f1", "roc_auc", "average_precision"):
        figure = getattr(report, name)
        assert values[name] == (None if np.isnan(figure) else figure)
    assert values["threshold"] == 0.4
    assert values["confusion"] == [list(row) for row in report.confusion]
    assert values["classes"] == [vars(each) for each in report.classes]
    assert (values["macro"], values["weighted"]) == (vars(report.macro), vars(report.weighted))
    assert (values["roc_auc"] is None) is (lone is not None)
    assert to_json(report).endswith("}\n")


@pytest.mark.parametrize("part", ["val", "test"])
@pytest.mark.parametrize(("lone", "names"), [(None, LONE + CURVES), (0, LONE), (1, LONE)])
def test_artifact_names(part: str, lone: int | None, names: list[str]) -> None:
    assert sorted(artifacts(example(part, lone))) == sorted(f"{part}/{name}" for name in names)


@pytest.mark.parametrize("lone", [None, 1])
def test_artifacts_are_the_same_bytes_twice(lone: int | None) -> None:
    first, second = artifacts(example(lone=lone)), artifacts(example(lone=lone))
    assert first == second
    assert all(data.startswith(b"\x89PNG\r\n") for name, data in first.items() if name.endswith(".png"))


def test_artifacts_hold_the_report() -> None:
    found = example()
    files = artifacts(found)
    assert files["test/report.json"] == to_json(found.report).encode()
    called = metrics.sigmoid(found.logits) >= 0.4
    assert files["test/report.txt"].decode() == reference.classification_report(
        found.target, called, target_names=CLASSES
    )


def test_confusion_matrix_as_numbers() -> None:
    found = example()
    frame = pd.read_csv(io.BytesIO(artifacts(found)["test/confusion_matrix.csv"]), index_col="actual")
    assert list(frame.index) == list(CLASSES)
    assert list(frame.columns) == [f"predicted {name}" for name in CLASSES]
    called = metrics.sigmoid(found.logits) >= 0.4
    np.testing.assert_array_equal(frame.to_numpy(), reference.confusion_matrix(found.target, called))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_plot_tables_are_the_curves(dtype: Any) -> None:
    found = example(dtype=dtype)
    # Python's float: the parser of pandas may be off by the last digit
    frames = {name: pd.read_csv(io.StringIO(text), dtype=str) for name, text in plot_tables(found).items()}
    assert sorted(frames) == ["calibration.csv", "confusion.csv", "precision_recall.csv", "roc.csv"]
    fpr, tpr = metrics.roc_curve(found.logits, found.target)
    precision, recall = metrics.precision_recall_curve(found.logits, found.target)
    mean, share, rows = metrics.calibration_curve(found.logits, found.target, 7)
    for name, columns in {
        "roc.csv": {"fpr": fpr, "tpr": tpr},
        "precision_recall.csv": {"recall": recall, "precision": precision},
        "calibration.csv": {"predicted": mean, "positives": share, "rows": rows},
    }.items():
        assert list(frames[name].columns) == list(columns)
        for column, values in columns.items():
            np.testing.assert_array_equal(frames[name][column].to_numpy(float), values)
    confusion = frames["confusion.csv"]
    counts = pd.crosstab(confusion["actual"], confusion["predicted"]).loc[list(CLASSES), list(CLASSES)]
    np.testing.assert_array_equal(counts.to_numpy(), found.report.confusion)


def test_plot_tables_of_a_lone_class_keep_their_columns() -> None:
    texts = plot_tables(example(lone=0))
    assert texts["roc.csv"].splitlines()[0] == "fpr,tpr"
    assert texts["confusion.csv"].count("\n") == 51


def test_table_quotes_and_keeps_every_digit() -> None:
    text = table({"a,b": [0.1 + 0.2, 1e-300], "c": ['x"y', "z"]})
    assert text == '"a,b",c\n0.30000000000000004,"x""y"\n1e-300,z\n'


def test_columns_of_unequal_length_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        table({"a": [1, 2], "b": [1]})
