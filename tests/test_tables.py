"""Results on a terminal of 80 columns: every header and every figure in full."""

from __future__ import annotations

import numpy as np
import pytest

from logodds import evaluation, tables
from logodds.evaluation import EvaluateOptions, Evaluation
from logodds.metrics import as_text

TARGET = np.array([0, 0, 0, 1, 1, 1, 0, 1], dtype=np.uint8)
LOGITS = np.array([-2.0, -1.0, 0.5, 0.5, 1.0, 2.0, 3.0, -0.5], dtype=np.float32)
RUN = "19ac0bc9f8eb4cdfb61ed306e9ce8ad0"


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def judged(*classes: str) -> Evaluation:
    return evaluation.evaluate("test", LOGITS, TARGET, classes, EvaluateOptions(threshold=0.5, calibration_bins=10))


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.replace("┃", "│").split("│")[1:-1]]


@pytest.mark.parametrize(
    "classes",
    [("0", "1"), ("benign", "malignant"), ("[0, 50)", "[50, 100)"), ("[low]", "[/high]")],
    ids=["numbers", "words", "intervals", "brackets"],
)
def test_an_evaluation_is_shown_in_full(capsys: pytest.CaptureFixture[str], classes: tuple[str, str]) -> None:
    found = judged(*classes)
    tables.show_evaluation(found, "Test rows")
    text = capsys.readouterr().out
    lines = text.splitlines()
    names = [name for name in found.report.main() if name not in ("precision", "recall")]
    rows = [cells(line) for line in lines if line.startswith(("┃", "│"))]
    negative, positive = classes
    assert rows == [
        names,
        [f"{found.report.main()[name]:.4f}" for name in names],
        ["actual", f"predicted {negative}", f"predicted {positive}"],
        [negative, "2", "2"],
        [positive, "1", "3"],
    ]
    assert as_text(found.report, found.classes) in text
    assert lines[0].rstrip() == "Test rows"
    assert "…" not in text
    assert max(len(line) for line in lines) <= 80


HEADERS = ["#", "run", "log_loss", "f1", "epoch", "run id"]


@pytest.mark.parametrize(
    "name", ["lr=0.1", "lr=0.1 model=mlp seed=12345", "hidden=[64,64]", "drop=[x1]", "classes=[no,/yes]"]
)
def test_a_ranking_is_shown_in_full(capsys: pytest.CaptureFixture[str], name: str) -> None:
    first = ["1", name, "0.4395", "0.9474", "5", RUN]
    second = ["2", "b", "1.1380", "0.0000", "200", RUN[::-1]]
    tables.show_ranking([first, second], HEADERS, "iris: 2 runs by validation figures, best first")
    lines = capsys.readouterr().out.splitlines()
    rows: list[list[str]] = []
    for line in lines:
        if line.startswith(("┃", "│")):
            parts = cells(line)
            if parts[0]:
                rows.append(parts)
            else:  # a long name goes on below
                assert [*parts[:1], *parts[2:]] == [""] * 5
                rows[-1][1] += parts[1]
    assert [[text.replace(" ", "") for text in row] for row in rows] == [
        [text.replace(" ", "") for text in row] for row in (HEADERS, first, second)
    ]
    assert lines[0].rstrip() == "iris: 2 runs by validation figures, best first"
    assert max(len(line) for line in lines) <= 80
