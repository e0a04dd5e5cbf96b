"""Figures as files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from logodds.evaluation.artifacts import confusion_table, plot_tables, predictions, to_json, to_markdown
from logodds.evaluation.artifacts import files as artifacts
from logodds.evaluation.evaluate_options import EvaluateOptions
from logodds.evaluation.evaluation import Evaluation, evaluate
from logodds.evaluation.metrics.binary import sigmoid
from logodds.evaluation.metrics.curves import calibration_curve, corners, precision_recall_curve, roc_curve
from logodds.evaluation.metrics.multiclass import softmax
from logodds.evaluation.metrics.report import report
from logodds.evaluation.tables import csv_text

OPTIONS = EvaluateOptions(threshold=0.4, calibration_bins=7)
CLASSES = ("no, never", 'yes "sir"')
LONE = ["calibration.svg", "confusion_matrix.csv", "confusion_matrix.svg", "report.json", "report.txt"]
CURVES = ["precision_recall.svg", "roc.svg"]


def example(part: str = "test", lone: int | None = None, dtype: Any = np.float64) -> Evaluation:
    draws = np.random.default_rng(3)
    target = draws.integers(0, 2, 50).astype(np.uint8)
    logits = np.round(draws.normal(size=50) + target, 1).astype(dtype)
    if lone is not None:
        target[:] = lone
    return evaluate(part, logits, target, CLASSES, OPTIONS)


def of_many(part: str = "test", lone: int | None = None, absent: int | None = None, count: int = 4) -> Evaluation:
    draws = np.random.default_rng(4)
    target = draws.integers(0, count, 80)
    logits = np.round(draws.normal(size=(80, count)) + 2 * np.eye(count)[target], 1).astype(np.float32)
    kept = target != absent
    target, logits = target[kept], logits[kept]
    if lone is not None:
        target[:] = lone
    return evaluate(part, logits, target, tuple(f"c|{index}" for index in range(count)), OPTIONS)


def refuse(constant: str) -> float:
    raise AssertionError(f"{constant} is not JSON")


def test_evaluation_holds_the_report_at_its_threshold() -> None:
    found = example()
    assert found.report == report(found.logits, found.target, 0.4)


@pytest.mark.parametrize("lone", [None, 0, 1])
@pytest.mark.parametrize("many", [False, True])
def test_json_is_strict_and_holds_every_figure(lone: int | None, many: bool) -> None:
    found = (of_many(lone=lone) if many else example(lone=lone)).report
    values = json.loads(to_json(found), parse_constant=refuse)
    for name in ("log_loss", "brier", "accuracy", "balanced_accuracy", "mcc", "precision", "recall", "f1", "roc_auc"):
        figure = getattr(found, name)
        assert values[name] == (None if np.isnan(figure) else figure)
    assert values["threshold"] == (None if many else 0.4)
    assert values["confusion"] == [list(row) for row in found.confusion]
    assert values["classes"] == [vars(each) for each in found.classes]
    assert (values["macro"], values["weighted"]) == (vars(found.macro), vars(found.weighted))
    assert (values["roc_auc"] is None) is (lone is not None)
    assert values["class_roc_auc"] == [None if np.isnan(each) else each for each in found.class_roc_auc]
    assert to_json(found).endswith("}\n")


@pytest.mark.parametrize("part", ["val", "test"])
@pytest.mark.parametrize(("lone", "names"), [(None, LONE + CURVES), (0, LONE), (1, LONE)])
def test_artifact_names(part: str, lone: int | None, names: list[str]) -> None:
    assert sorted(artifacts(example(part, lone))) == sorted(f"{part}/{name}" for name in names)


def test_artifact_names_of_many_classes() -> None:
    for lone, absent in ((None, None), (2, None), (None, 1)):
        names = LONE if lone is not None else LONE + CURVES
        assert sorted(artifacts(of_many(lone=lone, absent=absent))) == sorted(f"test/{name}" for name in names)


@pytest.mark.parametrize("lone", [None, 1])
@pytest.mark.parametrize("example", [example, of_many])
def test_artifacts_are_the_same_bytes_twice(lone: int | None, example: Callable[..., Evaluation]) -> None:
    first, second = artifacts(example(lone=lone)), artifacts(example(lone=lone))
    assert first == second
    assert all(data.startswith(b"<svg ") for name, data in first.items() if name.endswith(".svg"))


def test_artifacts_hold_the_report() -> None:
    found = example()
    files = artifacts(found)
    assert files["test/report.json"] == to_json(found.report).encode()
    called = sigmoid(found.logits) >= 0.4
    assert files["test/report.txt"].decode() == reference.classification_report(
        found.target, called, target_names=CLASSES
    )


def test_confusion_matrix_as_numbers() -> None:
    found = example()
    frame = pd.read_csv(io.BytesIO(artifacts(found)["test/confusion_matrix.csv"]), index_col="actual")
    assert list(frame.index) == list(CLASSES)
    assert list(frame.columns) == [f"predicted {name}" for name in CLASSES]
    called = sigmoid(found.logits) >= 0.4
    np.testing.assert_array_equal(frame.to_numpy(), reference.confusion_matrix(found.target, called))


def frames_of(found: Evaluation) -> dict[str, pd.DataFrame]:
    """Texts, for Python's float: the parser of pandas may be off by the last digit."""
    tables = plot_tables(found, predictions(found))
    return {name: pd.read_csv(io.StringIO(text), dtype=str) for name, text in tables.items()}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_plot_tables_are_the_curves(dtype: Any) -> None:
    found = example(dtype=dtype)
    frames = frames_of(found)
    assert sorted(frames) == ["calibration.csv", "confusion.csv", "precision_recall.csv", "roc.csv"]
    fpr, tpr = corners(*roc_curve(found.logits, found.target))
    precision, recall = precision_recall_curve(found.logits, found.target)
    recall, precision = corners(recall, precision)
    mean, share, rows = calibration_curve(sigmoid(found.logits), found.target, 7)
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


def curve_of(frame: pd.DataFrame, name: str) -> Any:
    return frame[frame["class"] == name].iloc[:, 1:].to_numpy(float)


@pytest.mark.parametrize("absent", [None, 2])
def test_plot_tables_of_many_classes(absent: int | None) -> None:
    found = of_many(absent=absent)
    frames = frames_of(found)
    probability = softmax(found.logits)
    assert list(frames["roc.csv"].columns) == ["class", "fpr", "tpr"]
    assert list(frames["precision_recall.csv"].columns) == ["class", "recall", "precision"]
    present = [index for index in range(4) if index != absent]
    for frame in (frames["roc.csv"], frames["precision_recall.csv"]):
        assert list(dict.fromkeys(frame["class"])) == [found.classes[index] for index in present]
    for index in present:
        own = found.target == index
        fpr, tpr, _ = reference.roc_curve(own, probability[:, index])
        curve = curve_of(frames["roc.csv"], found.classes[index])
        assert reference.auc(*curve.T) == pytest.approx(reference.auc(fpr, tpr))
        precision, recall, _ = reference.precision_recall_curve(own, probability[:, index])
        curve = curve_of(frames["precision_recall.csv"], found.classes[index])
        assert set(map(tuple, curve)) <= set(zip(recall, precision, strict=True))
    called = probability.argmax(axis=1)
    mean, share, rows = calibration_curve(probability.max(axis=1), called == found.target, 7)
    for column, values in {"predicted": mean, "correct": share, "rows": rows}.items():
        np.testing.assert_array_equal(frames["calibration.csv"][column].to_numpy(float), values)
    np.testing.assert_array_equal(frames["confusion.csv"]["predicted"], np.array(found.classes)[called])


@pytest.mark.parametrize("many", [False, True])
def test_plot_tables_of_a_lone_class_keep_their_columns(many: bool) -> None:
    found = of_many(lone=0) if many else example(lone=0)
    texts = plot_tables(found, predictions(found))
    assert texts["roc.csv"] == ("class,fpr,tpr\n" if many else "fpr,tpr\n")
    assert texts["confusion.csv"].count("\n") == len(found.target) + 1


def test_predictions_of_two_classes() -> None:
    found = example()
    probability = sigmoid(found.logits)
    assert predictions(found) == {
        "actual": [CLASSES[index] for index in found.target],
        "predicted": [CLASSES[int(value >= 0.4)] for value in probability],
        "probability": probability.tolist(),
    }


def test_predictions_of_many_classes() -> None:
    found = of_many()
    probability = softmax(found.logits)
    assert predictions(found) == {
        "actual": [found.classes[index] for index in found.target],
        "predicted": [found.classes[index] for index in probability.argmax(axis=1)],
        "probability": probability.max(axis=1).tolist(),
        **{f"probability {name}": probability[:, index].tolist() for index, name in enumerate(found.classes)},
    }


def test_description_of_two_classes() -> None:
    found = example()
    lines = to_markdown(found).splitlines()
    assert lines[0] == '50 test rows, positive class yes "sir"'
    (tn, fp), (fn, tp) = found.report.confusion
    assert lines[-4:] == [
        '| actual | predicted no, never | predicted yes "sir" |',
        "| --- | ---: | ---: |",
        f"| no, never | {tn} | {fp} |",
        f'| yes "sir" | {fn} | {tp} |',
    ]


def test_description_of_many_classes() -> None:
    found = of_many()
    lines = to_markdown(found).splitlines()
    assert lines[0] == "80 test rows, 4 classes"
    assert lines[-1] == "| c\\|3 | " + " | ".join(map(str, found.report.confusion[3])) + " |"
    many = of_many(count=12)
    largest = max((many.report.confusion[i][j], -i, -j) for i in range(12) for j in range(12) if i != j)
    lines = to_markdown(many).splitlines()
    assert lines[7:9] == ["| --- | --- | ---: |", f"| c\\|{-largest[1]} | c\\|{-largest[2]} | {largest[0]} |"]
    assert len(lines) == 18


@pytest.mark.parametrize("many", [False, True])
def test_confusion_table_is_the_matrix(many: bool) -> None:
    found = of_many() if many else example()
    frame = pd.DataFrame(confusion_table(found)).pivot(index="actual", columns="predicted", values="rows")
    names = list(found.classes)
    np.testing.assert_array_equal(frame.loc[names, names].to_numpy(), found.report.confusion)


def test_table_quotes_and_keeps_every_digit() -> None:
    text = csv_text({"a,b": [0.1 + 0.2, 1e-300], "c": ['x"y', "z"]})
    assert text == '"a,b",c\n0.30000000000000004,"x""y"\n1e-300,z\n'


def test_columns_of_unequal_length_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        csv_text({"a": [1, 2], "b": [1]})
