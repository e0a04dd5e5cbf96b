"""Pictures: equal figures give equal bytes, other figures other ones; which of them need a drawing library."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pytest
from conftest import ROOT, run
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from svg_picture import Array, read

from logodds.evaluation.evaluate_options import EvaluateOptions
from logodds.evaluation.evaluation import Evaluation, evaluate
from logodds.evaluation.plots import canvas, confusion, curves, fitted

TARGET = np.array([0, 0, 0, 1, 1, 1, 0, 1], dtype=np.uint8)
LOGITS = np.array([-2.0, -1.0, 0.5, 0.5, 1.0, 2.0, 3.0, -0.5], dtype=np.float32)
GRID = np.linspace(-3.0, 3.0, 20)


def judged(logits: Array) -> Evaluation:
    options = EvaluateOptions(threshold=0.5, calibration_bins=5)
    return evaluate("val", logits, TARGET, ("no", "yes"), options)


def of_many(logits: Array, count: int = 3) -> Evaluation:
    """The logits turned through the classes."""
    options = EvaluateOptions(threshold=0.5, calibration_bins=5)
    every = np.stack([np.roll(np.tile(logits, 5), 3 * index) for index in range(count)], axis=1)
    return evaluate("val", every, np.arange(len(every)) % count, tuple(f"class {i}" for i in range(count)), options)


def surface(logits: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-(logits[0] * GRID[:, None] + logits[3] * GRID)))


DRAWN: dict[str, Callable[[Array], bytes]] = {
    "confusion matrix": lambda x: confusion.confusion_matrix(judged(x).report.confusion, ("no", "yes"), "val"),
    "roc": lambda x: curves.roc(judged(x).one_vs_rest(), judged(x).report.roc_auc, "val"),
    "precision recall": lambda x: curves.precision_recall(judged(x).one_vs_rest(), 0.5, "val"),
    "calibration": lambda x: curves.calibration(*judged(x).calibrated(), 0.1, 5, "val", False),
    "losses": lambda x: curves.losses({"train/loss": x.tolist(), "val/loss": (x + 1).tolist()}, 2),
}
OTHERS: dict[str, Callable[[Array], bytes]] = {
    "confusion matrix of 3": lambda x: confusion.confusion_matrix(of_many(x).report.confusion, list("abc"), "val"),
    "roc of 3": lambda x: curves.roc(of_many(x).one_vs_rest(), 0.5, "val"),
    "roc of 12": lambda x: curves.roc(of_many(x, 12).one_vs_rest(), 0.5, "val"),
    "precision recall of 3": lambda x: curves.precision_recall(of_many(x).one_vs_rest(), 0.5, "val"),
    "precision recall of 12": lambda x: curves.precision_recall(of_many(x, 12).one_vs_rest(), 0.5, "val"),
    "calibration of 3": lambda x: curves.calibration(*of_many(x).calibrated(), 0.1, 5, "val", True),
    "sigmoid": lambda x: fitted.sigmoid_fit(
        GRID, 1.0 / (1.0 + np.exp(-x[0] * GRID)), LOGITS, TARGET, "x", ("no", "yes"), 0.5, "val"
    ),
    "boundary of 2": lambda x: fitted.decision_boundary(
        GRID, GRID, surface(x), np.stack([LOGITS, LOGITS[::-1]], 1), TARGET, ("x", "y"), ("no", "yes"), 0.5, "val"
    ),
    "boundary of 3": lambda x: fitted.decision_boundary(
        GRID,
        GRID,
        np.stack([surface(x), surface(-x), surface(x[::-1])], axis=-1) / 3.0,
        np.stack([LOGITS, LOGITS[::-1]], 1),
        TARGET,
        ("x", "y"),
        list("abc"),
        0.5,
        "val",
    ),
}


def size(data: bytes) -> tuple[int, int]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert b"Software" not in data
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.mark.slow
@pytest.mark.parametrize("name", [*DRAWN, *OTHERS])
def test_equal_figures_are_equal_bytes(name: str) -> None:
    draw = {**DRAWN, **OTHERS}[name]
    first = draw(LOGITS)
    assert draw(LOGITS.copy()) == first
    assert draw(-LOGITS) != first


@pytest.mark.parametrize("name", DRAWN)
def test_pictures_of_two_classes_have_one_size(name: str) -> None:
    assert read(DRAWN[name](LOGITS)).size() == (480, 420)


APART = """
import hashlib, sys
import numpy as np
from logodds.evaluation.evaluate_options import EvaluateOptions
from logodds.evaluation.artifacts import files as artifacts
from logodds.evaluation.evaluation import evaluate
from logodds.evaluation.plots import curves
random = np.random.default_rng(0)
files = {"loss.svg": curves.losses({"train/loss": [0.7, 0.5], "val/loss": [0.8, 0.6]}, 2)}
for classes in (2, 4):
    target = random.integers(0, classes, 50)
    logits = random.normal(size=(50, classes) if classes > 2 else 50)
    names = tuple(f"n{index}" for index in range(classes))
    options = EvaluateOptions(threshold=0.5, calibration_bins=5)
    files |= artifacts(evaluate(f"part {classes}", logits, target, names, options))
assert not {"matplotlib", "PIL", "torch", "sklearn"} & set(sys.modules), sorted(sys.modules)
print(len(files), hashlib.sha256(b"".join(files[name] for name in sorted(files))).hexdigest())
"""


def test_curves_and_matrices_need_no_drawing_library_and_are_the_same_bytes_anywhere() -> None:
    first, second = (run(ROOT / "src", "-c", APART, PYTHONHASHSEED=seed).stdout for seed in "12")
    assert first == second
    assert first.startswith("15 ")


@pytest.mark.slow
@pytest.mark.parametrize("slope", [0.0, 1.0, 50.0])
def test_a_threshold_that_is_nowhere_crossed_is_not_drawn(slope: float) -> None:
    """The probability is above it everywhere: neither picture warns."""
    probability = 0.9 + 0.05 / (1.0 + np.exp(-slope * GRID))
    points = np.zeros((8, 2))
    size(fitted.sigmoid_fit(GRID, probability, points[:, 0], TARGET, "x", ("no", "yes"), 0.5, "val"))
    every = np.tile(probability, (20, 1))
    names = ("x", "y")
    size(fitted.decision_boundary(GRID, GRID, every, points, TARGET, names, ("no", "yes"), 0.5, "val"))
    many = np.stack([every, 0.5 - every / 2.0, 0.5 - every / 2.0], axis=-1)
    size(fitted.decision_boundary(GRID, GRID, many, points, TARGET, names, list("abc"), 0.5, "val"))


def test_crossings_of_the_threshold() -> None:
    grid, probability = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.4, 0.6, 0.5, 0.3])
    assert fitted._crossings(grid, probability, 0.5) == pytest.approx([1.5, 3.0])
    assert fitted._crossings(grid, probability, 0.7) == []


@pytest.mark.long
@pytest.mark.parametrize("name", ["$<10% to $20%", r"$\foo{$", "$0-$50K_", "标签", "\x1b[31m", "_", "\U0010ffff\u0378"])
@pytest.mark.parametrize("drawing", ["sigmoid", "boundary of 2", "boundary of 3"])
def test_names_are_drawn_as_they_are(name: str, drawing: str) -> None:
    """No ``$`` starts a formula, and a letter that no font has is no warning: see ``filterwarnings``."""
    points = np.stack([LOGITS, LOGITS[::-1]], 1)
    if drawing == "sigmoid":
        data = fitted.sigmoid_fit(GRID, 1.0 / (1.0 + np.exp(-GRID)), LOGITS, TARGET, name, ("no", name), 0.5, "val")
    else:
        plane = surface(LOGITS)
        values = plane if drawing == "boundary of 2" else np.stack([plane, 0.6 - plane / 2, 0.4 - plane / 2], axis=-1)
        classes = ("no", name, "other")[: 2 if values.ndim == 2 else 3]
        data = fitted.decision_boundary(GRID, GRID, values, points, TARGET, (name, "b"), classes, 0.5, "val")
    size(data)


def test_two_dollars_are_drawn() -> None:
    """As a formula both names would be one picture."""
    drawn = {
        fitted.sigmoid_fit(GRID, 1.0 / (1.0 + np.exp(-GRID)), LOGITS, TARGET, name, ("a", "b"), 0.5, "val")
        for name in ("$x$", "$x $")
    }
    assert len(drawn) == 2


def test_a_font_that_has_the_letters() -> None:
    assert not canvas._fallback("Petal width, µm ≤ 2\n")
    assert not canvas._fallback("\U0010ffff\u0378")  # no font has them
    for font in fontManager.ttflist:
        lacking = get_font(font.fname).get_charmap().keys() - get_font(findfont(FontProperties())).get_charmap().keys()
        letters = sorted(chr(code) for code in lacking if chr(code).isprintable())
        if letters:
            (name,) = canvas._fallback(f"a{letters[0]}")
            fonts = [get_font(each.fname) for each in fontManager.ttflist if each.name == name]
            assert any(ord(letters[0]) in each.get_charmap() for each in fonts)
            return
    pytest.skip("every font here has what the default one has")
