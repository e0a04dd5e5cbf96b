"""The figures followed by epoch: those of the report, for many models at once, without the training's libraries."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from logits_and_targets import many, two

from logodds.evaluation.metric import METRICS, metric, metric_values
from logodds.evaluation.metrics.report import report
from logodds.system.errors import UserError


def test_names() -> None:
    names = ("loss", "accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc", "roc_auc")
    assert METRICS.names() == sorted((*names, "average_precision"))
    assert [name for name in METRICS.names() if not metric(name).higher_is_better] == ["loss"]


@pytest.mark.parametrize("draw", [two, many])
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", METRICS.names())
def test_monitors_are_the_figures_of_the_report(name: str, seed: int, draw: type) -> None:
    logits, target = draw(seed)
    found = metric(name).values(logits, target, 0.4)
    attribute = "log_loss" if name == "loss" else name
    expected = [getattr(report(model, target, 0.4), attribute) for model in logits]
    assert found.shape == (len(logits),)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", METRICS.names())
def test_a_class_without_rows_leaves_the_figures_of_many_classes_finite(name: str) -> None:
    logits, target = many(4)
    kept = target != 1
    assert np.isfinite(metric(name).values(logits[:, kept], target[kept], 0.5)).all()


def test_importing_them_takes_no_heavy_library() -> None:
    heavy = "{'torch', 'sklearn', 'matplotlib', 'pandas'}"
    code = f"import sys, logodds.evaluation.metric, logodds.evaluation.evaluation; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (lambda self, logits, target, threshold: np.zeros((2, 3)), r"values() returns shape [2, 3], not [2]; mend it"),
        (lambda self, logits, target, threshold: 0.5, r"values() returns shape [], not [2]; mend it"),
        (
            lambda self, logits, target, threshold: {}["x"],
            "values() failed (KeyError in test_metrics_",
        ),
    ],
    ids=["matrix", "number", "error"],
)
def test_a_metric_that_does_not_keep_to_its_form_is_told_in_one_line(
    values: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(metric("f1")), "values", values)
    with pytest.raises(UserError) as caught:
        metric_values("f1", np.zeros((2, 5)), np.array([0, 1, 0, 1, 1]), 0.5)
    assert str(caught.value).startswith(f"metric f1: {words}")
    assert "\n" not in str(caught.value)
