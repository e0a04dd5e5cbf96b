"""The charts of a comparison, read back from their SVG."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest
import svg_picture
from recorded_runs import COUNTS, curves, gathered, run
from svg_picture import NAMESPACE

from logodds.evaluation import intervals
from logodds.evaluation.plots.axes import Axes, frame
from logodds.evaluation.plots.colours import of_classes
from logodds.evaluation.plots.scale import Scale, linear
from logodds.evaluation.plots.svg import Stroke, document, dot, line, text
from logodds.review.comparison import charts, parameters, strokes
from logodds.runs.ranking import rank


def by_run(svg: str) -> dict[int, ElementTree.Element]:
    """What is drawn of each run, by its index."""
    root = ElementTree.fromstring(svg)
    return {int(each.attrib["data-run"]): each for each in root.iter(NAMESPACE + "g") if "data-run" in each.attrib}


def on_a_page(width: float, height: float, label: str, elements: list[str]) -> str:
    """A picture that a page holds."""
    return document(width, height, elements).decode().replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def test_learning_curves_by_the_pixel() -> None:
    """Short names beside the axis leave 64 for it; below it are a tick, names, a label and gaps, 48 together."""
    steps = np.array([1, 2])
    histories = {run("a").id: {"val/loss": (steps, np.array([0.5, 0.1]))}}
    ranking = rank([run("a", {"best/log_loss": 0.1}), run("b", {"best/log_loss": 0.2})])
    x, y = linear("Epoch", (0.95, 2.05), 6, whole=True), linear("", (0.08, 0.52), 6)
    curve = line(64.0 + 382.0 * (steps - 0.95) / 1.1, 262.0 - 250.0 * np.array([0.42, 0.02]) / 0.44, strokes.of_run(0))
    drawn = [
        frame(Axes(64.0, 12.0, 446.0, 262.0, x, y), ""),
        '<clipPath id="c1"><rect x="64" y="12" width="382" height="250"/></clipPath><g clip-path="url(#c1)">',
        "",  # of the run without a curve
        f'<g data-run="0">{curve}</g>',
        "</g>",
    ]
    found = charts.learning_curves(ranking, histories, "val/loss", "c1")
    assert found == on_a_page(460.0, 310.0, "val/loss by epoch of 1 run", drawn)


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
    for curve, slope in ((a, 0.1), (b, 0.2)):
        expected = picture.place(np.array([1, 3]), np.array([1 - slope / 3, 1 - slope]), *ends)
        np.testing.assert_allclose(svg_picture.points(curve), expected, atol=0.011)
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


@pytest.mark.parametrize(("given", "kept"), [(24, 24), (25, 24), (1000, 24)])
def test_a_faint_curve_of_very_many_has_24_points_with_both_ends(given: int, kept: int) -> None:
    runs = [run(f"r{k}", {"best/log_loss": k / 10_000}) for k in range(1300)]
    steps = np.arange(1, given + 1)
    zigzag = {"val/loss": (steps, np.random.default_rng(0).random(given))}
    svg = charts.learning_curves(rank(runs), {runs[-1].id: zigzag}, "val/loss", "c1")
    (curve,) = by_run(svg)[1299]
    points = svg_picture.points(curve)
    assert len(points) == kept
    assert points[-1, 0] - points[0, 0] == pytest.approx(382 / 1.1, abs=0.011)


def test_a_run_that_failed_does_not_press_the_others_flat() -> None:
    values = [np.array([0.1 * k]) for k in range(8)] + [np.array([1e6]), np.array([math.nan, math.inf, 1e305])]
    low, high = strokes.ends(values, list(range(9)))
    assert (low, high) == pytest.approx((0.0 - 0.05 * 2.4, 2.4 + 0.05 * 2.4))  # .6 + 3 x .6, and a margin
    assert strokes.ends([np.empty(0)], []) == (-0.05, 1.05)
    low, high = strokes.ends([np.array([value]) for value in (1.0, 1.0, 1.0, 5.0)], list(range(4)))
    assert (low, high) == pytest.approx((0.8, 5.2))  # three quarters of four are equal and give no range
    low, high = strokes.ends([np.array([value]) for value in (1.0, 2.0, -9.0, 9.0)], [0, 1])
    assert (low, high) == pytest.approx((-2.35, 5.35))  # -2 to 5, and a margin


def test_intervals_by_the_pixel() -> None:
    """A row of 22 for each run, and 66 for the rest; the longest label is 3.12 x 12 wide, and 34 for the rest.
    Beyond the coloured ones they have the colour of the text."""
    runs = [run(f"r{k:02}", {"best/log_loss": 0.1 * k, "best/accuracy": 0.5}) for k in range(11)]
    low, high = intervals.wilson(50, 100)
    x = linear("", (low - 0.05 * (high - low), high + 0.05 * (high - low)), 5)
    labels = tuple(f"{k + 1} r{k:02}" for k in range(11))
    rows = Scale("", (10.5, -0.5), tuple(range(11)), labels, 12.0)
    across = [71.44 + 374.56 * share / 1.1 for share in (0.05, 0.55, 1.05)]
    drawn = [
        frame(Axes(71.44, 12.0, 446.0, 260.0, x, rows), ""),
        '<clipPath id="i1"><rect x="71.44" y="12" width="374.56" height="248"/></clipPath><g clip-path="url(#i1)">',
    ]
    for k in range(11):
        colour, up = f"var(--run-{k})" if k < 10 else "var(--text)", 12.0 + 248.0 * (k + 0.5) / 11
        bar = line(np.array([across[0], across[2]]), np.full(2, up), Stroke(colour, 2.0))
        drawn.append(f'<g data-run="{k}">{bar}{dot(across[1], up, 4.0, colour)}</g>')
    label = "accuracy with 95 % intervals of the best 11 runs"
    assert charts.with_intervals(rank(runs), "accuracy", "i1") == on_a_page(460.0, 308.0, label, [*drawn, "</g>"])


def test_intervals_are_where_their_ends_are() -> None:
    accuracies = (0.9, 0.5)
    runs = [run(f"r{k}", {"best/log_loss": 0.1 * k, "best/accuracy": each}) for k, each in enumerate(accuracies)]
    svg = charts.with_intervals(rank(runs), "accuracy", "i1")
    picture = svg_picture.read(svg.encode())
    expected = [intervals.wilson(90, 100), intervals.wilson(50, 100)]
    low, high = expected[1][0], expected[0][1]
    ends = (low - 0.05 * (high - low), high + 0.05 * (high - low)), (1.5, -0.5)
    for row, (index, group) in enumerate(sorted(by_run(svg).items())):
        bar, spot = group
        assert index == row
        np.testing.assert_allclose(
            svg_picture.points(bar), picture.place(np.array(expected[row]), np.array([row, row]), *ends), atol=0.011
        )
        (place,) = picture.place(np.array([accuracies[row]]), np.array([row]), *ends)
        assert (float(spot.attrib["cx"]), float(spot.attrib["cy"])) == pytest.approx(tuple(place), abs=0.011)
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


def test_which_numbers_are_words_lengths_and_decades() -> None:
    """Nine numbers have an axis, which is logarithmic from a ratio of 50, if they lie more evenly on it."""

    def names(values: list[float]) -> tuple[float, tuple[str, ...]]:
        found = parameters.placed("x", [repr(float(value)) for value in values])
        assert found is not None
        return found.scale.size, found.scale.names

    assert names([*range(8)]) == (14.0, ("0", "1", "2", "3", "4", "5", "6", "7"))
    assert names([*range(9)]) == (14.0, ("0", "2", "4", "6", "8"))
    assert names([*range(8), 1000]) == (14.0, ("0", "250", "500", "750", "1000"))
    assert names([*range(-8, 0), 1000]) == (14.0, ("0", "250", "500", "750", "1000"))
    assert names([*range(1, 9), 50]) == (14.0, ("1", "10"))
    assert names([*range(1, 9), 49]) == (14.0, ("0", "20", "40"))
    assert names([*range(1, 50, 6), 50]) == (14.0, ("0", "20", "40"))  # the median is in the middle
    assert names([10.0**k for k in range(-6, 4)]) == (14.0, ("1e-06", "0.0001", "0.01", "1", "100"))


@pytest.mark.parametrize(("count", "size"), [(8, 14.0), (9, 11.0)])
def test_many_words_are_small_and_long_ones_shortened(count: int, size: float) -> None:
    found = parameters.placed("path", [f"a rather long word {k}" for k in range(count)])
    assert found is not None
    assert found.scale.size == size
    assert {len(name) for name in found.scale.names} == {14}


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
        (spot,) = group
        assert (float(spot.attrib["cx"]), float(spot.attrib["cy"])) == pytest.approx(tuple(expected[index]), abs=0.011)
    assert {"0.1", "0.2", "0.3", "lr", "log_loss"} <= set(picture.texts())
    assert picture.root.attrib["aria-label"] == "log_loss by lr, 3 runs"


def test_a_figure_against_a_parameter_by_the_pixel() -> None:
    losses = {"r0": 0.1, "r1": 0.5, "r2": 0.3}
    ranking = rank([run(name, {"best/log_loss": loss}) for name, loss in losses.items()])
    placed = parameters.placed("lr", ["0.2", None, "0.3"])  # of the best run first
    assert placed is not None
    x = Scale("lr", (-0.5, 1.5), (0, 1), ("0.2", "0.3"), 14.0)
    drawn = [
        frame(Axes(64.0, 12.0, 446.0, 262.0, x, linear("log_loss", (0.08, 0.52), 6)), ""),
        '<clipPath id="p1"><rect x="64" y="12" width="382" height="250"/></clipPath><g clip-path="url(#p1)">',
        f'<g data-run="2">{dot(64.0 + 382.0 * 0.75, 262.0 - 250.0 * 0.42 / 0.44, 5.0, "var(--run-2)")}</g>',
        f'<g data-run="0">{dot(64.0 + 382.0 * 0.25, 262.0 - 250.0 * 0.02 / 0.44, 5.0, "var(--run-0)")}</g>',
        "</g>",
    ]
    found = parameters.against_figure(ranking, placed, "p1")
    assert found == on_a_page(460.0, 310.0, "log_loss by lr, 2 runs", drawn)


def test_dots_of_other_than_the_best_ten_are_small_and_below_them() -> None:
    ranking = rank([run(f"r{k:02}", {"best/log_loss": k / 10}) for k in range(12)])
    placed = parameters.placed("lr", ["0.1", "0.2"] * 6)
    assert placed is not None
    found = by_run(parameters.against_figure(ranking, placed, "p1"))
    assert [(index, *group)[0] for index, group in found.items()] == [10, 11, *range(9, -1, -1)]
    assert [group[0].attrib["r"] for group in found.values()] == ["3", "3", *["5"] * 10]


@pytest.mark.parametrize(("last", "turned"), [(10, False), (11, True)])
def test_names_of_a_parameter_stand_side_by_side_while_they_fit(last: int, turned: bool) -> None:
    """Of four names, 43 or 44 letters of 8 with 8 between them: 376 or 384 of 380."""
    placed = parameters.placed("x", [*(letter * 11 for letter in "abc"), "d" * last])
    assert placed is not None
    ranking = rank([run(f"r{k}", {"best/log_loss": k / 10}) for k in range(4)])
    found = svg_picture.read(parameters.against_figure(ranking, placed, "p1").encode()).text("a" * 11)
    assert ("transform" in found.attrib, found.attrib.get("font-size")) == (turned, "11" if turned else None)


def test_parallel_coordinates_by_the_pixel() -> None:
    ranking = rank([run("r0", {"best/log_loss": 0.1}), run("r1", {"best/log_loss": 0.5})])
    placed = parameters.placed("a parameter of a long name", ["0.2", "0.3"])
    assert placed is not None
    x, places = np.array([90.0, 220.0]), {"0.2": 352.0 - 75.0, "0.3": 352.0 - 225.0}
    figures = {f"0.{k}": 352.0 - 300.0 * (k / 10 - 0.08) / 0.44 for k in range(1, 6)}
    drawn = []
    for k, ends in ((1, (places["0.3"], figures["0.5"])), (0, (places["0.2"], figures["0.1"]))):
        drawn.append(f'<g data-run="{k}">{line(x, np.array(ends), Stroke(f"var(--run-{k})", 0.7 * 2.2))}</g>')
    for left, label, ticks in ((90.0, "a paramete… name", places), (220.0, "log_loss", figures)):
        drawn.append(line(np.full(2, left), np.array([52.0, 352.0]), Stroke("black", 1.0)))
        for name, up in ticks.items():
            drawn.append(line(np.array([left - 5.0, left]), np.full(2, up), Stroke("black", 1.0)))
            drawn.append(text(name, left - 8.0, up, 12.0, "end"))
        drawn.append(text(label, left, 36.0))
    label = "a parameter of a long name, log_loss side by side, 2 runs"
    assert parameters.side_by_side(ranking, [placed]) == on_a_page(260.0, 372.0, label, drawn)


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
    first = bytes(round(part + 0.35 * (255 - part)) for part in bytes.fromhex(of_classes(10)[0][1:]))
    assert strokes.variables(0.35).startswith(f"--run-0:#{first.hex()};--run-1:#")
    for place in range(10):
        assert strokes.of_run(place) == Stroke(f"var(--run-{place})", 2.2, dashes="" if place < 5 else "7 3")
    assert [strokes.swatch(place) != "" for place in (None, 0, 9, 10)] == [False, True, True, False]
