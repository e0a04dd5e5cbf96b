"""A sweep's pictures: each run where its figure and its parameters put it."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from svg_picture import Drawn, read

from logodds.evaluation.plots import sweeps
from logodds.evaluation.plots.axes import Axes, frame
from logodds.evaluation.plots.colours import shade
from logodds.evaluation.plots.scale import Scale, linear
from logodds.evaluation.plots.svg import Stroke, document, dot, line, pixels, text

NAMES = ["lr=0.1 <b>", "lr=0.01", "lr=1"]
VALUES = [0.1, 0.2, 0.5]
ROOM = (0.08, 0.52)  # a twentieth of the range on both sides
OF_A_BAR = 'fill="none" stroke="steelblue" stroke-width="1.5"'


def test_the_ranking_has_a_dot_per_run_best_first() -> None:
    drawn = read(sweeps.ranking(NAMES, "best/log_loss", VALUES))
    expected = drawn.place(np.array(VALUES), np.arange(3), ROOM, (2.5, -0.5))
    assert drawn.dots() == pytest.approx(expected, abs=0.006)
    assert [words for words in drawn.texts() if words in (*NAMES, "0.1000", "0.2000", "0.5000")] == [
        *NAMES,
        *("0.1000", "0.2000", "0.5000"),
    ]
    assert {"best/log_loss", "best/log_loss, best first"} <= set(drawn.texts())


@pytest.mark.parametrize(
    ("spreads", "ends", "right", "label", "words"),
    [
        (None, (0.08, 0.52), 577.0, "f1", ("0.1000", "0.2000", "0.5000")),
        (
            [0.02, math.nan, 0.1],
            (0.054, 0.626),
            525.39,
            "f1, mean ± sd over seeds",
            ("0.1000 ± 0.0200", "0.2000", "0.5000 ± 0.1000"),
        ),
    ],
    ids=["runs", "configurations"],
)
def test_the_ranking_by_the_pixel(
    spreads: list[float] | None, ends: tuple[float, float], right: float, label: str, words: tuple[str, ...]
) -> None:
    """Names are 0.6 x 11.5 wide, beside 34 for the rest. The figures have 44 beside the right margin of 19, or as much
    as the longest needs: 8.14 x 11.5 + 2."""
    y = Scale("", (2.5, -0.5), (0.0, 1.0, 2.0), ("a", "b", "c"), 11.5)
    axes = Axes(40.9, 34.0, right, 34.0 + 3 * 18.0, linear(label, ends, 7), y)
    drawn = [frame(axes, "f1, best first")]
    for value, spread, up, written in zip(VALUES, spreads or [math.nan] * 3, ("43", "61", "79"), words, strict=True):
        at, low, high = (
            40.9 + (each - ends[0]) / (ends[1] - ends[0]) * (right - 40.9)
            for each in (value, value - spread, value + spread)
        )
        if not math.isnan(spread):
            caps = "".join(f"M{pixels(end)} {float(up) - 3.5:g}v7" for end in (low, high))
            drawn.append(f'<path d="M{pixels(low)} {up}H{pixels(high)}{caps}" {OF_A_BAR}/>')
        drawn += [dot(at, float(up), 4.0, "steelblue"), text(written, right + 5.0, float(up), 11.5, "start")]
    assert sweeps.ranking(["a", "b", "c"], "f1", VALUES, spreads) == document(640.0, 136.0, drawn)


def test_of_many_runs_the_best_are_shown() -> None:
    values = [k / 100 for k in range(100)]
    drawn = read(sweeps.ranking([str(k) for k in range(100)], "best/log_loss", values))
    assert len(drawn.dots()) == 40
    assert drawn.size() == (640, 34 + 40 * 18 + 48)
    assert "best/log_loss, the best 40 of 100" in drawn.texts()
    few = read(sweeps.ranking([str(k) for k in range(40)], "best/log_loss", values[:40]))
    assert "best/log_loss, best first" in few.texts()


@pytest.mark.parametrize(
    ("given", "places", "across", "ticks"),
    [
        ([0.1, 0.01, 1.0], [1, 0, 2], (-0.5, 2.5), ["0.01", "0.1", "1"]),
        (["adam", "sgd", "adam"], [0, 1, 0], (-0.5, 1.5), ["adam", "sgd"]),
        ([None, [8, 8], [8]], [0, 1, 2], (-0.5, 2.5), ["None", "[8, 8]", "[8]"]),
        ([True, False, True], [0, 1, 0], (-0.5, 1.5), ["True", "False"]),
    ],
    ids=["numbers", "words", "others", "switches"],
)
def test_a_figure_above_a_few_values(
    given: list[object], places: list[int], across: tuple[float, float], ticks: list[str]
) -> None:
    drawn = read(sweeps.against("optim.x", given, "best/f1", VALUES))
    assert drawn.dots() == pytest.approx(drawn.place(np.array(places), np.array(VALUES), across, ROOM), abs=0.006)
    assert drawn.texts()[: len(ticks)] == ticks


@pytest.mark.parametrize("spread", [1.05, 2.0], ids=["linear", "decades"])
def test_many_numbers_are_a_length_that_spans_decades_by_its_logarithm(spread: float) -> None:
    given = [spread**k for k in range(20)]
    values = np.linspace(0.1, 0.5, 20)
    drawn = read(sweeps.against("optim.x", given, "best/f1", values.tolist()))
    held = np.array(given) if spread < 2 else np.log10(given)
    free = 0.05 * (held.max() - held.min())
    expected = drawn.place(held, values, (held.min() - free, held.max() + free), ROOM)
    assert drawn.dots() == pytest.approx(expected, abs=0.006)
    if spread == 2.0:
        assert drawn.texts()[:6] == ["1", "10", "100", "1000", "10000", "100000"]


def test_numbers_whose_names_do_not_fit_side_by_side_are_a_length() -> None:
    given = [0.000123456 * 2**k for k in range(10)]
    drawn = read(sweeps.against("optim.lr", given, "best/f1", [0.1 * k for k in range(1, 11)]))
    assert drawn.texts()[:3] == ["0.0001", "0.001", "0.01"]


@pytest.mark.parametrize(
    ("given", "ticks"),
    [
        ([*range(12)], [str(k) for k in range(12)]),
        ([*range(13)], ["0", "2", "4", "6", "8", "10", "12"]),
        ([*range(1, 13), 100], ["0", "20", "40", "60", "80", "100"]),
        ([*range(1, 13), 101], ["1", "10", "100"]),
        ([*range(12), 1000], ["0", "200", "400", "600", "800", "1000"]),
        ([*range(-12, 0), 1000], ["0", "200", "400", "600", "800", "1000"]),
    ],
    ids=["12 levels", "13 numbers", "100 times", "101 times", "zero", "negative"],
)
def test_which_numbers_are_levels_lengths_and_decades(given: list[float], ticks: list[str]) -> None:
    drawn = read(sweeps.against("the key", given, "f1", np.linspace(0.1, 0.5, len(given)).tolist()))
    below = [each.text for each in drawn.every("text") if "text-anchor" not in each.attrib]
    assert below == [*ticks, "the key", "f1", "f1 by the key"]


@pytest.mark.parametrize(("last", "turned"), [(8, False), (9, True)])
def test_names_fit_while_they_are_shorter_than_the_axis(last: int, turned: bool) -> None:
    """Nine of 6 letters and one of 8 or 9, with a letter size between them: (0.6 x 62 + 10) x 11.5 = 542.8, or 549.7;
    the picture without its margins of 72 and 19 is 549 wide."""
    given = [*(letter * 6 for letter in "abcdeghkn"), "o" * last]
    drawn = read(sweeps.against("x", given, "f1", [0.1 * k for k in range(1, 11)]))
    assert ("transform" in drawn.text("aaaaaa").attrib) is turned


def test_words_that_do_not_fit_side_by_side_are_read_upwards() -> None:
    given = [f"[{k},{k},{k}]" for k in range(100, 110)]
    drawn = read(sweeps.against("model.hidden", given, "best/f1", [0.1 * k for k in range(1, 11)]))
    assert all("transform" in drawn.text(each).attrib for each in given)
    assert drawn.area()[3] < 420 - max(len(each) * 4 for each in given)
    assert "transform" not in read(sweeps.against("x", ["a", "b", "a"], "best/f1", VALUES)).text("a").attrib


@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["lower", "higher"])
def test_what_is_far_worse_than_most_does_not_press_the_others_together(sign: float) -> None:
    near = [0.1, 0.2, 0.3, 0.4, 0.5]
    values = [sign * value for value in (*near, 1e9, math.inf)]
    low, high = sorted((sign * 0.08, sign * 0.52))
    given = [*range(7)]
    drawn = read(sweeps.against("x", given, "best/f1", values))
    expected = drawn.place(np.arange(5), np.array(values[:5]), (-0.5, 6.5), (low, high))
    assert drawn.dots() == pytest.approx(expected, abs=0.006)
    _, top, _, bottom = drawn.area()
    across = drawn.place(np.array([5, 6]), np.zeros(2), (-0.5, 6.5), (0.0, 1.0))[:, 0]
    edge, height = (top, "7") if sign > 0 else (bottom, "-7")
    tips = [path.attrib["d"] for path in drawn.every("path") if path.attrib.get("fill") == "steelblue"]
    assert tips == [f"M{x:g} {edge:g}l4 {height}h-8z" for x in across.round(2)]
    ranking = read(sweeps.ranking([str(k) for k in given], "best/f1", values))
    places = ranking.place(np.array(values[:5]), np.arange(5), (low, high), (6.5, -0.5))
    assert ranking.dots() == pytest.approx(places, abs=0.006)
    assert f"{values[-1]:.4f}" in ranking.texts()
    lines = read(sweeps.parallel({"x": given}, "best/f1", values)).lines()
    ends = [line[-1, 1] for _, line in lines[::-1]]
    assert ends[5] == ends[6] == (44.0 if sign > 0 else 390.0)


# Configurations with their spread over seeds

SPREADS = [0.02, float("nan"), 0.1]
SPREAD_ROOM = (0.08 - 0.05 * 0.52, 0.6 + 0.05 * 0.52)


def _bars(drawn: Drawn) -> list[list[list[float]]]:
    """Both ends of each error bar."""
    found = []
    for path in drawn.every("path"):
        if path.attrib.get("stroke") == "steelblue":
            start, _, end = re.split("([HV])", path.attrib["d"].split("M")[1])
            x, y = map(float, start.split(" "))
            upright = "V" in path.attrib["d"].split("M")[1]
            found.append([[x, y], [x, float(end)] if upright else [float(end), y]])
    return found


def test_the_ranking_has_bars_of_a_standard_deviation() -> None:
    drawn = read(sweeps.ranking(NAMES, "best/log_loss", VALUES, SPREADS))
    rank = np.array([0, 2])
    low, high = np.array([0.08, 0.4]), np.array([0.12, 0.6])
    expected = [drawn.place(ends, rank, SPREAD_ROOM, (2.5, -0.5)) for ends in (low, high)]
    assert np.array(_bars(drawn)) == pytest.approx(np.stack(expected, axis=1), abs=0.006)
    assert drawn.dots() == pytest.approx(
        drawn.place(np.array(VALUES), np.arange(3), SPREAD_ROOM, (2.5, -0.5)), abs=0.006
    )
    texts = {"best/log_loss, mean ± sd over seeds", "0.1000 ± 0.0200", "0.2000", "0.5000 ± 0.1000"}
    assert texts <= set(drawn.texts())


def test_configurations_of_the_same_value_stand_side_by_side() -> None:
    drawn = read(sweeps.against("optim.lr", [0.1, 0.01, 0.1], "best/f1", VALUES, SPREADS))
    middle = drawn.place(np.array([1, 0, 1]), np.array(VALUES), (-0.5, 1.5), SPREAD_ROOM)
    expected = middle + np.array([[-7.0, 0.0], [0.0, 0.0], [7.0, 0.0]])
    assert drawn.dots() == pytest.approx(expected, abs=0.006)
    for bar, place, ends in zip(_bars(drawn), expected[[0, 2]], ((0.08, 0.12), (0.4, 0.6)), strict=True):
        ups = drawn.place(np.zeros(2), np.array(ends), (-0.5, 1.5), SPREAD_ROOM)[:, 1]
        assert bar == [pytest.approx([place[0], up], abs=0.006) for up in ups]


def test_a_figure_above_a_parameter_by_the_pixel() -> None:
    """Below the axis are a tick of 5, names of 11.5, a label of 14, and three gaps of 5; beside it, names are short."""
    y = linear("f1, mean ± sd over seeds", SPREAD_ROOM, 8)
    axes = Axes(72.0, 34.0, 621.0, 374.5, Scale("lr", (-0.5, 1.5), (0.0, 1.0), ("0.01", "0.1"), 11.5), y)
    drawn = [frame(axes, "f1 by lr")]
    for value, spread, across in zip(VALUES, SPREADS, ("476.75", "209.25", "490.75"), strict=True):
        at, low, high = (
            374.5 - (each - SPREAD_ROOM[0]) / 0.572 * 340.5 for each in (value, value - spread, value + spread)
        )
        if not math.isnan(spread):
            caps = "".join(f"M{float(across) - 3.5:g} {pixels(end)}h7" for end in (low, high))
            drawn.append(f'<path d="M{across} {pixels(low)}V{pixels(high)}{caps}" {OF_A_BAR}/>')
        drawn.append(dot(float(across), at, 4.0, "steelblue"))
    found = sweeps.against("lr", [0.1, 0.01, 0.1], "f1", VALUES, SPREADS)
    assert found == document(640.0, 420.0, drawn)


def test_long_figures_have_room_beside_their_axis() -> None:
    """Seven digits of 0.6 x 14, and 34 for the rest."""
    drawn = read(sweeps.against("lr", [1, 2, 3], "f1", [1e6, 2e6, 3e6]))
    assert drawn.area() == (92.8, 34.0, 621.0, 374.5)


@pytest.mark.parametrize("given", [[1, 1, 1], [1, 2, 2]])
def test_what_stands_side_by_side_is_14_apart(given: list[int]) -> None:
    across = read(sweeps.against("x", given, "f1", VALUES, [0.0] * 3)).dots()[:, 0]
    assert np.diff(across)[-1] == pytest.approx(14.0, abs=0.011)


def test_without_a_spread_there_is_no_bar() -> None:
    for drawn in (
        sweeps.against("x", [1, 2, 3], "f1", VALUES, [0.0, math.nan, math.inf]),
        sweeps.ranking(NAMES, "f1", VALUES, [0.0, math.nan, math.inf]),
    ):
        assert _bars(read(drawn)) == []


def test_many_configurations_of_the_same_value_stay_in_their_place() -> None:
    given = [k % 3 for k in range(300)]
    drawn = read(sweeps.against("x", given, "best/f1", np.linspace(0.1, 0.5, 300).tolist(), [0.01] * 300))
    left, _, right, _ = drawn.area()
    own = np.array([left + (place + 0.5) / 3 * (right - left) for place in given])
    beside = (np.arange(300) // 3 - 49.5) * 0.7 * (right - left) / 3 / 100  # of 100 each
    assert drawn.dots()[:, 0] == pytest.approx(own + beside, abs=0.006)


def test_pictures_of_configurations_count_them() -> None:
    found = sweeps.artifacts(NAMES, {"optim.lr": [0.1, 0.01, 1.0]}, "best/f1", VALUES, SPREADS)
    assert list(found) == ["ranking.svg", "parameters.svg", "by_optim.lr.svg"]
    assert "3 configurations" in read(found["parameters.svg"]).texts()


# Several parameters at once


def test_parallel_coordinates_lead_each_run_to_its_figure() -> None:
    drawn: Drawn = read(sweeps.parallel({"lr": [0.1, 0.01, 1.0], "optim": ["a", "b", "a"]}, "best/log_loss", VALUES))
    lines = drawn.lines()
    assert len(lines) == 3
    axes = [(float(x), float(top), float(bottom)) for x, top, bottom in _axes(drawn)]
    assert len(axes) == 3
    for rank, (_, run) in zip((2, 1, 0), lines, strict=True):  # the best one is drawn last
        assert run[:, 0] == pytest.approx([x for x, _, _ in axes], abs=0.006)
        shares = [([1, 0, 2][rank] + 0.5) / 3, ([0, 1, 0][rank] + 0.5) / 2, (VALUES[rank] - ROOM[0]) / 0.44]
        expected = [bottom - share * (bottom - top) for share, (_, top, bottom) in zip(shares, axes, strict=True)]
        assert run[:, 1] == pytest.approx(expected, abs=0.006)
    assert {"lr", "optim", "best/log_loss", "3 runs", "0.01", "a", "b"} <= set(drawn.texts())


def test_parallel_coordinates_by_the_pixel() -> None:
    """Three axes, 240 apart between margins of 90 and 70; the darker a line the better, the best one thick."""
    x = np.array([90.0, 330.0, 570.0])
    up = {"0.01": 390 - 346 / 6, "0.1": 217.0, "1": 390 - 346 * 5 / 6, "a": 390 - 346 / 4, "b": 390 - 346 * 3 / 4}
    figures = {f"0.{k}": 390 - 346 * (k / 10 - 0.08) / 0.44 for k in range(1, 6)}
    drawn = [
        line(x, np.array([up["1"], up["a"], figures["0.5"]]), Stroke(shade(60), 1.0)),
        line(x, np.array([up["0.01"], up["b"], figures["0.2"]]), Stroke(shade(150), 1.0)),
        line(x, np.array([up["0.1"], up["a"], figures["0.1"]]), Stroke(shade(240), 2.5)),
    ]
    widths = {**dict.fromkeys(figures, 1.56), "0.01": 2.16, "1": 0.6, "a": 0.6, "b": 0.6}
    names = {"lr": ("0.01", "0.1", "1"), "optim": ("a", "b"), "f1": tuple(figures)}
    for left, (label, ticks) in zip(x, names.items(), strict=True):
        drawn.append(f'<path d="M{left:g} 44V390" stroke="black"/>')
        for name in ticks:
            y, room = (figures if label == "f1" else up)[name], widths[name] * 11.5
            box = f'x="{pixels(left - 7.0 - room)}" y="{pixels(y - 6.9)}" height="13.8"'
            drawn.append(f'<rect {box} width="{pixels(room + 2.0)}" fill="white" fill-opacity="0.8"/>')
            drawn.append(text(name, left - 6.0, y, 11.5, "end"))
        drawn.append(text(label, left, 406.0))
    drawn.append(text("3 runs", 320.0, 16.0, 16.5))
    found = sweeps.parallel({"lr": [0.1, 0.01, 1.0], "optim": ["a", "b", "a"]}, "f1", VALUES)
    assert found == document(640.0, 420.0, drawn)


def test_parallel_coordinates_of_many_parameters_are_wider() -> None:
    drawn = read(sweeps.parallel({f"p{k}": [1, 2, 3] for k in range(6)}, "f1", VALUES))
    assert drawn.size() == (160 + 6 * 130, 420)
    assert [float(x) for x, _, _ in _axes(drawn)] == [90.0 + 130.0 * k for k in range(7)]
    assert "1 run" in read(sweeps.parallel({"x": [1]}, "f1", [0.5])).texts()


def _axes(drawn: Drawn) -> list[tuple[str, str, str]]:
    upright = []
    for path in drawn.every("path"):
        start, _, bottom = path.attrib["d"].removeprefix("M").partition("V")
        x, top = start.split(" ")
        upright.append((x, top, bottom))
    return upright


def test_the_record_has_a_picture_per_parameter() -> None:
    found = sweeps.artifacts(NAMES, {"optim.lr": [0.1, 0.01, 1.0]}, "best/f1", VALUES)
    assert list(found) == ["ranking.svg", "parameters.svg", "by_optim.lr.svg"]
    assert list(sweeps.artifacts(NAMES[:1], {}, "best/f1", VALUES[:1])) == ["ranking.svg"]
    assert found == sweeps.artifacts(NAMES, {"optim.lr": [0.1, 0.01, 1.0]}, "best/f1", VALUES)
