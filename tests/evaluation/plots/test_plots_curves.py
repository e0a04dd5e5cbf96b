"""Curves as pictures: what is drawn is where scikit-learn says."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve
from svg_picture import PALETTE, TICKS, UNIT, Array, away, read

from logodds.evaluation.evaluate_options import EvaluateOptions
from logodds.evaluation.evaluation import Evaluation, evaluate
from logodds.evaluation.plots import curves

EIGHT = evaluate(
    "val",
    np.array([-2.0, -1.0, 0.5, 0.5, 1.0, 2.0, 3.0, -0.5]),
    np.array([0, 0, 0, 1, 1, 1, 0, 1]),
    ("no", "yes"),
    EvaluateOptions(threshold=0.5, calibration_bins=5),
)


def some(rows: int, classes: int = 2, seed: int = 0) -> Evaluation:
    """Scores with ties that are right more often than not."""
    draws = np.random.default_rng(seed)
    target = np.append(np.arange(classes), draws.integers(0, classes, rows - classes))
    options = EvaluateOptions(threshold=0.5, calibration_bins=7)
    names = tuple(f"<class {index} & more>" for index in range(classes))
    if classes == 2:
        return evaluate("val", np.round(draws.normal(size=rows) + target, 2), target, names, options)
    logits = np.round(draws.normal(size=(rows, classes)) + 2.0 * np.eye(classes)[target], 2)
    return evaluate("val", logits, target, names, options)


def follows(line: Array, places: Array) -> None:
    """The drawn corners are among the places, and the line leaves none aside."""
    assert np.abs(line[:, None] - places).max(axis=2).min(axis=1).max() < 0.006
    assert away(places, line) < 0.35
    np.testing.assert_allclose(line[[0, -1]], places[[0, -1]], atol=0.006)


@pytest.mark.parametrize("rows", [2, 9, 114, 1500])
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_roc_curves_are_those_of_scikit_learn(rows: int, classes: int) -> None:
    found = some(max(rows, classes), classes)
    rankings = found.one_vs_rest()
    drawn = read(curves.roc(rankings, 0.87654, "val"))
    *lines, (grey, diagonal) = drawn.lines()
    assert [colour for colour, _ in lines] == ([PALETTE[0]] if classes == 2 else PALETTE[:classes])
    for (_, line), each in zip(lines, rankings.values(), strict=True):
        fpr, tpr, _ = metrics.roc_curve(each.own, each.scores, drop_intermediate=False)
        follows(line, drawn.place(fpr, tpr, UNIT, UNIT))
    assert grey == "grey"
    np.testing.assert_allclose(diagonal, drawn.place([0, 1], [0, 1], UNIT, UNIT), atol=0.006)
    assert drawn.size() == ((480, 420) if classes == 2 else (600, 520))


@pytest.mark.slow
@pytest.mark.parametrize("rows", [2, 9, 114, 1500])
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_precision_recall_curves_are_those_of_scikit_learn(rows: int, classes: int) -> None:
    """In steps: up to a recall the precision is that of the recall."""
    found = some(max(rows, classes), classes)
    rankings = found.one_vs_rest()
    drawn = read(curves.precision_recall(rankings, 0.5, "val"))
    lines = drawn.lines()
    for (_, line), each in zip(lines, rankings.values(), strict=classes > 2):
        precision, recall, _ = metrics.precision_recall_curve(each.own, each.scores)
        x, y = recall[::-1].repeat(2)[:-1], precision[::-1].repeat(2)[1:]
        follows(line, drawn.place(x, y, UNIT, UNIT))
    if classes == 2:
        share = found.target.mean()
        np.testing.assert_allclose(lines[1][1], drawn.place(UNIT, [share, share], UNIT, UNIT), atol=0.006)


def test_a_curve_of_few_points_is_drawn_by_its_corners() -> None:
    drawn = read(curves.roc(EIGHT.one_vs_rest(), 0.5, "val"))
    (_, line), _ = drawn.lines()
    corners = ([0, 0.25, 0.25, 0.5, 0.5, 1], [0, 0, 0.5, 0.75, 1, 1])
    np.testing.assert_allclose(line, drawn.place(*corners, UNIT, UNIT), atol=0.006)


def test_calibration_is_that_of_scikit_learn() -> None:
    found = some(200)
    drawn = read(curves.calibration(*found.calibrated(), 0.1, 7, "val", False))
    probability, target = found.calibrated()
    share, mean = calibration_curve(target, probability, n_bins=7)
    places = drawn.place(mean, share, UNIT, UNIT)
    (grey, _), (blue, line) = drawn.lines()
    assert (grey, blue) == ("grey", PALETTE[0])
    np.testing.assert_allclose(line, places, atol=0.006)
    np.testing.assert_allclose(drawn.dots()[:-1], places, atol=0.006)  # the last one is in the legend
    rows = np.histogram(probability, np.linspace(0.0, 1.0, 8))[0]
    counts = [each for each in drawn.every("text") if each.attrib.get("fill") == "dimgrey"]
    assert [each.text for each in counts] == [str(count) for count in rows if count]
    np.testing.assert_allclose([float(each.attrib["x"]) for each in counts], places[:, 0], atol=0.006)
    beside = np.where(share > 0.06, 14.0, -12.0)  # the middle, 3.5 above the baseline of letters of 10
    np.testing.assert_allclose([float(each.attrib["y"]) for each in counts], places[:, 1] + beside + 3.5, atol=0.011)
    assert {each.attrib["font-size"] for each in counts} == {"10"}


@pytest.mark.parametrize("happened", [0, 1])
def test_calibration_of_a_lone_row_is_a_dot(happened: int) -> None:
    drawn = read(curves.calibration(np.array([0.3]), np.array([happened]), 0.5, 10, "val", True))
    assert [colour for colour, _ in drawn.lines()] == ["grey"]
    np.testing.assert_allclose(drawn.dots()[:1], drawn.place([0.3], [happened], UNIT, UNIT), atol=0.006)


def test_what_is_written_in_the_curves_of_two_classes() -> None:
    rankings = EIGHT.one_vs_rest()
    axes = ["False positive rate", "True positive rate", "ROC curve (val)"]
    drawn = read(curves.roc(rankings, 0.65625, "val"))
    assert drawn.texts() == [*TICKS, *TICKS, *axes, "ROC-AUC 0.6562", "random"]
    axes, legend = ["Recall", "Precision", "Precision-recall curve (val)"], ["average precision 0.5000"]
    drawn = read(curves.precision_recall(rankings, 0.5, "val"))
    assert drawn.texts() == [*TICKS, *TICKS, *axes, *legend, "share of positives"]
    axes = ["Mean predicted probability", "Share of positives", "Calibration (val)"]
    legend = ["perfectly calibrated", "Brier 0.1000"]
    drawn = read(curves.calibration(*EIGHT.calibrated(), 0.1, 5, "val", False))
    assert drawn.texts() == [*TICKS, *TICKS, *axes, "1", "2", "3", "2", *legend]


def test_what_is_written_in_the_curves_of_many_classes() -> None:
    found = some(60, 3)
    names = [f"<class {index} & more>" for index in range(3)]
    areas = found.report.class_roc_auc, found.report.class_average_precision
    written = [[f"{name}: {area:.4f}" for name, area in zip(names, each, strict=True)] for each in areas]
    axes = ["False positive rate", "True positive rate", "ROC curve (val)", "ROC-AUC, mean 0.7500"]
    assert read(curves.roc(found.one_vs_rest(), 0.75, "val")).texts() == [*TICKS, *TICKS, *axes, *written[0], "random"]
    axes = ["Recall", "Precision", "Precision-recall curve (val)", "Average precision, mean 0.7500"]
    assert read(curves.precision_recall(found.one_vs_rest(), 0.75, "val")).texts() == [
        *TICKS,
        *TICKS,
        *axes,
        *written[1],
    ]
    axes = ["Mean probability of the predicted class", "Share predicted rightly", "Calibration (val)"]
    drawn = read(curves.calibration(*found.calibrated(), 0.1, 5, "val", True)).texts()
    assert drawn[: 2 * len(TICKS) + 3] == [*TICKS, *TICKS, *axes]


def test_a_legend_of_ten_long_names_is_within_the_axes() -> None:
    rankings = dict(
        zip(("W" * 30 + str(index) for index in range(10)), some(60, 10).one_vs_rest().values(), strict=True)
    )
    drawn = read(curves.roc(rankings, 0.75, "val"))
    _, box = drawn.every("rect")
    x, y, width, height = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
    left, top, right, bottom = drawn.area()
    assert left < x < x + width < right
    assert top < y < y + height < bottom


@pytest.mark.parametrize("classes", [11, 25])
def test_the_mean_stands_for_the_curves_of_more_than_ten_classes(classes: int) -> None:
    found = some(300, classes)
    drawn = read(curves.roc(found.one_vs_rest(), 0.75, "val"))
    *each, (black, mean), _ = drawn.lines()
    assert [colour for colour, _ in each] == ["steelblue"] * classes
    looks = [[each.attrib.get(f"stroke-{name}") for name in ("width", "opacity")] for each in drawn.every("polyline")]
    assert looks == [["1.1", "0.25"]] * classes + [["2", None]] * 2
    assert black == "black"
    grid = np.linspace(0.0, 1.0, 201)
    of_classes = [metrics.roc_curve(one.own, one.scores)[:2] for one in found.one_vs_rest().values()]
    expected = np.mean([np.interp(grid, *line) for line in of_classes], axis=0)
    follows(mean, drawn.place(grid, expected, UNIT, UNIT))
    assert drawn.texts()[-3:] == ["ROC-AUC, mean 0.7500", f"mean of {classes} classes", "random"]
    drawn = read(curves.precision_recall(found.one_vs_rest(), 0.75, "val"))
    assert drawn.texts()[-2:] == ["Average precision, mean 0.7500", f"mean of {classes} classes"]


def ends(low: float, high: float) -> tuple[float, float]:
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def test_losses_by_epoch_and_the_kept_one() -> None:
    history = {"train/loss": [0.7, 0.5, 0.4, 0.35], "val/loss": [0.75, 0.6, 0.55, 0.65], "val/f1": [0.0] * 4}
    drawn = read(curves.losses(history, 3))
    (blue, train), (orange, val), (grey, kept) = drawn.lines()
    assert (blue, orange, grey) == (PALETTE[0], PALETTE[1], "grey")
    epochs, across, up = np.arange(1, 5), ends(1, 4), ends(0.35, 0.75)
    np.testing.assert_allclose(train, drawn.place(epochs, history["train/loss"], across, up), atol=0.006)
    np.testing.assert_allclose(val, drawn.place(epochs, history["val/loss"], across, up), atol=0.006)
    np.testing.assert_allclose(kept, drawn.place([3, 3], up, across, up), atol=0.006)
    assert [each.attrib.get("stroke-dasharray") is None for each in drawn.every("polyline")] == [True, False, False]
    losses = ["0.4", "0.5", "0.6", "0.7"]
    labels = ["Epoch", "Log loss", "Loss", "train/loss", "val/loss", "kept: epoch 3"]
    assert drawn.texts() == ["1", "2", "3", "4", *losses, *labels]


def test_losses_that_are_not_finite_leave_gaps() -> None:
    history = {"train/loss": [0.7, 0.6, np.inf, 0.4, np.nan, 0.3, 0.2], "val/loss": [np.nan] * 7}
    drawn = read(curves.losses(history, 7))
    lines, across, up = drawn.lines(), ends(1, 7), ends(0.2, 0.7)
    assert [colour for colour, _ in lines] == [PALETTE[0], PALETTE[0], "grey"]
    np.testing.assert_allclose(lines[0][1], drawn.place([1, 2], [0.7, 0.6], across, up), atol=0.006)
    np.testing.assert_allclose(lines[1][1], drawn.place([6, 7], [0.3, 0.2], across, up), atol=0.006)
    np.testing.assert_allclose(drawn.dots(), drawn.place([4], [0.4], across, up), atol=0.006)


@pytest.mark.parametrize("value", [0.69, 0.0, 1e-9, 1e9, np.nan, np.inf, -np.inf, 1e305])
def test_a_single_epoch_is_a_dot(value: float) -> None:
    drawn = read(curves.losses({"train/loss": [value]}, 1))
    assert len(drawn.dots()) == (abs(value) < 1e300)
    assert drawn.texts()[0] == "1"
    assert drawn.size()[1] == 420


def test_losses_of_no_epochs_are_empty_axes() -> None:
    drawn = read(curves.losses({"train/loss": []}, 1))
    (grey, kept), *others = drawn.lines()
    assert (grey, others) == ("grey", [])
    across, up = (0.5, 1.5), (-0.05, 1.05)
    np.testing.assert_allclose(kept, drawn.place([1, 1], up, across, up), atol=0.006)


def test_losses_of_thousands_of_epochs_are_few_points() -> None:
    smooth = (0.1 + np.exp(-np.arange(20_000) / 3000)).tolist()
    drawn = read(curves.losses({"train/loss": smooth}, 20_000))
    (_, line), _ = drawn.lines()
    places = drawn.place(np.arange(1, 20_001), smooth, ends(1, 20_000), ends(smooth[-1], 1.1))
    assert away(places[::50], line) < 0.35
    np.testing.assert_allclose(line[[0, -1]], places[[0, -1]], atol=0.006)
    assert len(line) < 2500


@pytest.mark.parametrize(("loss", "left"), [(1.0, 72.0), (1e6, 92.8), (1e7, 77.4)])
def test_numbers_have_72_pixels_beside_their_axis_or_as_many_as_they_need(loss: float, left: float) -> None:
    """1000000 is 4.2 x 14 wide and 1e+07 is 3.1 x 14, beside 34 for the rest."""
    area = read(curves.losses({"train/loss": [0.0, loss]}, 1)).area()
    assert area == (pytest.approx(left), 34.0, 461.0, 372.0)


def test_long_numbers_have_room() -> None:
    """The label beside them is in the picture."""
    drawn = read(curves.losses({"train/loss": [1.00002e-5, 1.00005e-5]}, 1))
    assert float(drawn.text("Log loss").attrib["x"]) > 14
    assert drawn.area()[0] > 72


def test_losses_without_validation_rows() -> None:
    history = {"train/loss": [0.7, 0.6, 0.5]}
    both = curves.losses({**history, "val/loss": [0.8, 0.7, 0.6]}, 3)
    assert curves.losses(history, 3) == curves.losses({**history, "val/f1": [0.0, 1.0, 1.0]}, 3) != both
