"""Results on a terminal of 80 columns: every header and every figure in full."""

from __future__ import annotations

import numpy as np
import pytest

from logodds.evaluation.evaluate_options import EvaluateOptions
from logodds.evaluation.evaluation import Evaluation, evaluate
from logodds.evaluation.metrics.report import as_text
from logodds.runs import show
from logodds.system.terminal.text import shortened

TARGET = np.array([0, 0, 0, 1, 1, 1, 0, 1], dtype=np.uint8)
LOGITS = np.array([-2.0, -1.0, 0.5, 0.5, 1.0, 2.0, 3.0, -0.5], dtype=np.float32)


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def judged(*classes: str) -> Evaluation:
    return evaluate("test", LOGITS, TARGET, classes, EvaluateOptions(threshold=0.5, calibration_bins=10))


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.replace("┃", "│").split("│")[1:-1]]


@pytest.mark.parametrize(
    "classes",
    [("0", "1"), ("benign", "malignant"), ("[0, 50)", "[50, 100)"), ("[low]", "[/high]")],
    ids=["numbers", "words", "intervals", "brackets"],
)
def test_an_evaluation_is_shown_in_full(capsys: pytest.CaptureFixture[str], classes: tuple[str, str]) -> None:
    found = judged(*classes)
    show.show_evaluation(found, "Test rows")
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


def of_many(names: list[str]) -> Evaluation:
    """Each class is called right 9 times, and class i is called 0 for i rows."""
    count = len(names)
    target = np.concatenate([np.repeat(np.arange(count), 9), np.repeat(np.arange(count), np.arange(count))])
    called = target.copy()
    called[9 * count :] = 0
    options = EvaluateOptions(threshold=0.5, calibration_bins=10)
    return evaluate("test", np.eye(count)[called], target, tuple(names), options)


@pytest.mark.parametrize(
    "names",
    [["Iris-setosa", "Iris-versicolor", "Iris-virginica"], [str(i) for i in range(10)], ["[low]", "[/mid]", "high"]],
    ids=["iris", "digits", "brackets"],
)
def test_the_matrix_of_many_classes_is_shown_where_it_fits(
    capsys: pytest.CaptureFixture[str], names: list[str]
) -> None:
    found = of_many(names)
    show.show_evaluation(found, "Test rows")
    text = capsys.readouterr().out
    rows = [cells(line) for line in text.splitlines() if line.startswith(("┃", "│"))]
    matrix = [[name, *map(str, row)] for name, row in zip(names, found.report.confusion, strict=True)]
    assert rows[2:] == [["actual", *names], *matrix]
    assert as_text(found.report, names) in text
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize(
    ("names", "listed"),
    [
        ([f"a long name of class {i}" for i in range(10)], 9),
        ([f"c{i}" for i in range(12)], 10),
        ([f"c{i} {'x' * 90}" for i in range(40)], 10),
    ],
    ids=["wide", "more than ten", "more than thirty"],
)
def test_else_the_largest_confusions_stand_for_it(
    capsys: pytest.CaptureFixture[str], names: list[str], listed: int
) -> None:
    show.show_evaluation(of_many(names), "Test rows")
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    mistakes = lines[lines.index("Largest confusions") + 1 :]
    last = len(names) - 1
    assert mistakes == [
        f"actual {shortened(names[i], 24)}, predicted {shortened(names[0], 24)}: {i} row{'s' if i > 1 else ''}"
        for i in range(last, last - listed, -1)
    ]
    assert ("10 of 40 classes, the lowest F1 first; averages are over all" in lines) is (len(names) == 40)
    if len(names) == 40:
        worst = [shortened(names[i], 38) for i in (0, *range(39, 30, -1))]
        assert [line[:38].strip() for line in lines[9:19]] == worst
    assert max(len(line) for line in lines) <= 80


def test_class_names_of_one_long_word_keep_their_ends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = [f"{'x' * 40}_{end}" for end in ("no", "yes")]
    show.show_evaluation(judged(*words), "Rows")
    lines = capsys.readouterr().out.splitlines()
    table = lines[lines.index("Confusion matrix".ljust(80)) :]
    for word in words:
        assert sum(shortened(word, 22) in line for line in table) == 2
    assert max(map(len, lines)) <= 80


def test_no_confusions(capsys: pytest.CaptureFixture[str]) -> None:
    options = EvaluateOptions(threshold=0.5, calibration_bins=10)
    names = tuple(f"c{i}" for i in range(12))
    show.show_evaluation(evaluate("val", np.eye(12), np.arange(12), names, options), "Rows")
    assert capsys.readouterr().out.rstrip().endswith("Largest confusions\nnone")


def test_what_a_terminal_would_obey_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    show.show_evaluation(judged("no", "\x1b[31mred"), "Test rows")
    show.show_evaluation(of_many(["no", "\x1b[31mred", "x\ny"]), "Test rows")
    told = capsys.readouterr()
    assert "\x1b" not in told.out
    assert "\\x1b[31mred" in told.out


def test_a_diverged_figure_is_told_by_its_magnitude(capsys: pytest.CaptureFixture[str]) -> None:
    options = EvaluateOptions(threshold=0.5, calibration_bins=10)
    far = evaluate("val", LOGITS * -1e29, TARGET, ("a", "b"), options)
    show.show_evaluation(far, "Rows")
    assert cells(capsys.readouterr().out.splitlines()[4])[0] == f"{far.report.main()['log_loss']:.1e}"
