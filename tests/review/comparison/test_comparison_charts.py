"""The charts of a comparison, read back from their SVG."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
import svg_picture
from recorded_runs import COUNTS, curves, gathered, run
from svg_picture import NAMESPACE

from logodds.evaluation import intervals
from logodds.evaluation.plots.colours import of_classes
from logodds.review.comparison import charts, parameters, strokes
from logodds.runs.ranking import rank


def by_run(svg: str) -> dict[int, ElementTree.Element]:
    """What is drawn of each run, by its index."""
    root = ElementTree.fromstring(svg)
    return {int(each.attrib["data-run"]): each for each in root.iter(NAMESPACE + "g") if "data-run" in each.attrib}


def test_learning_curves_are_where_the_values_are() -> None:
    runs = [run(name, {"best/log_loss": value}) for name, value in (("a", 0.1), ("b", 0.2))]
    given = gathered(runs)
    svg = charts.learning_curves(rank(given.runs), given.histories, "val/loss", "c1")
    picture = svg_picture.read(svg.encode())
    assert picture.root.attrib["aria-label"] == "val/loss by epoch of 2 runs"
    assert picture.size() == (460, 310)  # the page's style holds captions to this width
    found = by_run(svg)
    assert set(found) == {0, 1}
    # The curves are straight lines from epoch 1 to 3; both ends give the axes.
    (a,), (b,) = (list(found[index]) for index in (0, 1))
    ends = (1 - 0.1, 3 + 0.1), (0.8 - 0.05 * (29 / 30 - 0.8), 29 / 30 + 0.05 * (29 / 30 - 0.8))
    for line, slope in ((a, 0.1), (b, 0.2)):
        expected = picture.place(np.array([1, 3]), np.array([1 - slope / 3, 1 - slope]), *ends)
        np.testing.assert_allclose(svg_picture.points(line), expected, atol=0.011)
    assert [a.attrib["stroke"], b.attrib["stroke"]] == ["var(--run-0)", "var(--run-1)"]


def test_a_chart_is_as_high_as_its_lowest_text() -> None:
    given = gathered([run("a", {"best/log_loss": 0.1})])
    root = ElementTree.fromstring(charts.learning_curves(rank(given.runs), given.histories, "val/loss", "c1"))
    texts = list(root.iter(NAMESPACE + "text"))
    lowest = max(float(each.attrib["y"]) for each in texts)
    assert len(texts) > 2
    assert lowest < float(root.attrib["height"]) < lowest + 20.0


def test_many_curves_are_faint_and_have_fewer_points() -> None:
    runs = [run(f"r{k}", {"best/log_loss": k / 1000}) for k in range(500)]
    steps = np.arange(1, 1001)
    wave = {each.id: {"val/loss": (steps, 1.0 + np.sin(steps * (k + 1)))} for k, each in enumerate(runs)}
    svg = charts.learning_curves(rank(runs), wave, "val/loss", "c1")
    found = by_run(svg)
    assert list(found)[-10:] == list(range(9, -1, -1))  # the best on top
    assert len(svg_picture.points(found[0][0])) > 900
    assert {found[index][0].attrib["stroke"] for index in range(10, 500)} == {"var(--faint)"}
    assert max(len(svg_picture.points(found[index][0])) for index in range(10, 500)) == 30_000 // 500
    assert len(svg) < 700_000


def test_a_run_that_failed_does_not_press_the_others_flat() -> None:
    values = [np.array([0.1 * k]) for k in range(8)] + [np.array([1e6]), np.array([math.nan, math.inf, 1e305])]
    low, high = strokes.ends(values, list(range(9)))
    assert (low, high) == pytest.approx((0.0 - 0.05 * 2.4, 2.4 + 0.05 * 2.4))  # .6 + 3 x .6, and a margin
    assert strokes.ends([np.empty(0)], [])[0] < strokes.ends([np.empty(0)], [])[1]


def test_intervals_are_where_their_ends_are() -> None:
    accuracies = (0.9, 0.5)
    runs = [run(f"r{k}", {"best/log_loss": 0.1 * k, "best/accuracy": each}) for k, each in enumerate(accuracies)]
    svg = charts.with_intervals(rank(runs), "accuracy", "i1")
    picture = svg_picture.read(svg.encode())
    expected = [intervals.wilson(90, 100), intervals.wilson(50, 100)]
    low, high = expected[1][0], expected[0][1]
    ends = (low - 0.05 * (high - low), high + 0.05 * (high - low)), (1.5, -0.5)
    for row, (index, group) in enumerate(sorted(by_run(svg).items())):
        line, dot = group
        assert index == row
        np.testing.assert_allclose(
            svg_picture.points(line), picture.place(np.array(expected[row]), np.array([row, row]), *ends), atol=0.011
        )
        (place,) = picture.place(np.array([accuracies[row]]), np.array([row]), *ends)
        assert (float(dot.attrib["cx"]), float(dot.attrib["cy"])) == pytest.approx(tuple(place), abs=0.011)
    assert {"1 r0", "2 r1"} <= set(picture.texts())


def test_intervals_are_those_of_the_best_twenty() -> None:
    runs = [run(f"r{k}", {"best/log_loss": 0.1 * k, "best/accuracy": 0.5}) for k in range(21)]
    svg = charts.with_intervals(rank(runs), "accuracy", "i1")
    assert sorted(by_run(svg)) == list(range(20))
    assert ElementTree.fromstring(svg).attrib["aria-label"] == "accuracy with 95 % intervals of the best 20 runs"


def test_without_intervals_there_is_no_chart() -> None:
    assert charts.with_intervals(rank([run("a")]), "log_loss", "i1") == ""
    assert charts.with_intervals(rank([run("a")]), "roc_auc", "i1") == ""  # no counts
    assert charts.with_intervals(rank([run("a", COUNTS)]), "roc_auc", "i1") != ""


def test_metrics_by_epoch() -> None:
    given = curves([run("a")])
    assert charts.metrics_by_epoch(given, ["val/f1", "val/loss"]) == ["val/loss", "train/loss"]


@pytest.mark.parametrize(
    ("values", "names", "places"),
    [
        (["0.1", "0.01", "0.1", None], ["0.01", "0.1"], [1, 0, 1, math.nan]),
        (["10", "9", "10"], ["9", "10"], [1, 0, 1]),
        (["[64, 64]", "[32]"], ["32", "64-64"], [1, 0]),
        (["adam", "sgd", "adam"], ["adam", "sgd"], [0, 1, 0]),
        (["nan", "1.0"], ["1", "nan"], [1, 0]),
    ],
)
def test_few_values_are_side_by_side(values: list[str | None], names: list[str], places: list[float]) -> None:
    found = parameters.placed("x", values)
    assert found is not None
    assert list(found.scale.names) == names
    np.testing.assert_array_equal(found.positions, places)
    assert found.scale.ends == (-0.5, len(names) - 0.5)


def test_numbers_of_orders_of_magnitude_are_on_a_logarithmic_axis() -> None:
    draws = np.random.default_rng(0)
    rates = 10.0 ** draws.uniform(-4, 0, 50)
    found = parameters.placed("lr", [repr(float(rate)) for rate in rates])
    assert found is not None
    np.testing.assert_allclose(found.positions, np.log10(rates))
    assert found.scale.names == ("0.0001", "0.001", "0.01", "0.1", "1")
    assert found.scale.ticks == (-4.0, -3.0, -2.0, -1.0, 0.0)
    # Evenly spread numbers stay on a plain axis, even if one is nearly zero.
    momentum = np.append(draws.uniform(0.1, 0.9, 49), 1e-4)
    found = parameters.placed("momentum", [repr(float(each)) for each in momentum])
    assert found is not None
    np.testing.assert_array_equal(found.positions, momentum)


def test_too_many_words_have_no_axis() -> None:
    assert parameters.placed("path", [f"file {k}" for k in range(31)]) is None
    assert parameters.placed("path", [f"file {k}" for k in range(30)]) is not None


def test_dots_are_where_parameter_and_figure_are() -> None:
    losses = (0.1, 0.3, 0.2)
    runs = [run(f"r{k}", {"best/log_loss": each}, {"optim.lr": f"0.{k + 1}"}) for k, each in enumerate(losses)]
    ranking = rank(runs)
    placed = parameters.placed("lr", [each.run.params["optim.lr"] for each in ranking.runs])
    assert placed is not None
    svg = parameters.against_figure(ranking, placed, "p1")
    picture = svg_picture.read(svg.encode())
    ends = (-0.5, 2.5), (0.1 - 0.05 * 0.2, 0.3 + 0.05 * 0.2)
    expected = picture.place(np.array([0, 2, 1]), np.array([0.1, 0.2, 0.3]), *ends)
    for index, group in by_run(svg).items():
        (dot,) = group
        assert (float(dot.attrib["cx"]), float(dot.attrib["cy"])) == pytest.approx(tuple(expected[index]), abs=0.011)
    assert {"0.1", "0.2", "0.3", "lr", "log_loss"} <= set(picture.texts())
    assert picture.root.attrib["aria-label"] == "log_loss by lr, 3 runs"


def test_parallel_coordinates_have_a_line_for_each_run() -> None:
    runs = [run(f"r{k}", {"best/log_loss": 0.1 + k / 10}, {"optim.lr": f"0.{k % 2 + 1}"}) for k in range(12)]
    ranking = rank(runs)
    values = [each.run.params["optim.lr"] for each in ranking.runs]
    placed = parameters.placed("lr", values)
    assert placed is not None
    svg = parameters.side_by_side(ranking, [placed])
    found = by_run(svg)
    assert set(found) == set(range(12))
    places = np.array([svg_picture.points(found[index][0]) for index in range(12)])
    assert len(np.unique(places[:, 0, 1])) == 2  # two learning rates
    assert (np.diff(places[:, 1, 1]) < 0).all()  # figures in order, less is lower
    np.testing.assert_array_equal(places[:, 0, 1] > places[:, 0, 1].mean(), np.array(values) == "0.1")
    assert "aria-label" in ElementTree.fromstring(svg).attrib


def test_colours_are_variables_of_their_own() -> None:
    assert strokes.variables(0.0) == "".join(f"--run-{k}:{colour};" for k, colour in enumerate(of_classes(10)))
    assert strokes.variables(1.0) == "".join(f"--run-{k}:#ffffff;" for k in range(10))
    assert re.fullmatch(r"(--run-\d:#[0-9a-f]{6};){10}", strokes.variables(0.35))
    assert len({strokes.of_run(place) for place in range(10)}) == 10
