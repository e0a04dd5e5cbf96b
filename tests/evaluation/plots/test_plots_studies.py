"""A search's pictures: each trial where its number and value put it, and what matters as bars."""

from __future__ import annotations

import math

import numpy as np
import pytest
from svg_picture import Drawn, read

from logodds.evaluation.plots import studies
from logodds.evaluation.plots.axes import Axes, frame
from logodds.evaluation.plots.legend import Legend
from logodds.evaluation.plots.scale import Scale, linear
from logodds.evaluation.plots.svg import Stroke, document, dot, line, text

VALUES = [0.5, 0.3, 0.4, None, 0.2, 0.25]
PRUNED = [False, False, True, False, False, True]
ACROSS, UP = (-0.25, 5.25), (0.185, 0.515)  # a twentieth of the range on both sides
BLUE, GREY, RED = studies.TRIAL.colour, studies.ENDED.colour, studies.BEST.colour


def dots(drawn: Drawn, colour: str) -> list[list[float]]:
    """Centres of the dots of a colour; the last one of each but the largest is the legend's."""
    found = [each.attrib for each in drawn.every("circle") if each.attrib["fill"] == colour]
    return [[float(each["cx"]), float(each["cy"])] for each in found]


def test_trials_are_dots_by_number() -> None:
    drawn = read(studies.history("best/log_loss", False, VALUES, PRUNED))
    whole, early, best = ([0, 1, 4], [0.5, 0.3, 0.2]), ([2, 5], [0.4, 0.25]), ([4], [0.2])
    for colour, (numbers, values), legend in ((BLUE, whole, 1), (GREY, early, 1), (RED, best, 0)):
        expected = drawn.place(np.array(numbers), np.array(values), ACROSS, UP)
        found = dots(drawn, colour)
        assert len(found) == len(numbers) + legend
        assert np.array(found[: len(numbers)]) == pytest.approx(expected, abs=0.006)
    assert {"trial", "pruned", "best so far", "best/log_loss", "best/log_loss of 6 trials"} <= set(drawn.texts())


def test_a_history_by_the_pixel() -> None:
    axes = Axes(72.0, 34.0, 621.0, 372.0, linear("trial", ACROSS, 8, whole=True), linear("loss", UP, 8))
    across = [72.0 + 549.0 * (number + 0.25) / 5.5 for number in range(6)]
    up = {value: 372.0 - 338.0 * (value - 0.185) / 0.33 for value in (0.5, 0.4, 0.3, 0.25, 0.2)}
    blue, grey = Stroke("steelblue", 0.0, dot=4.0), Stroke("#b8b8b8", 0.0, dot=3.0)
    legend = Legend([("trial", blue), ("pruned", grey), ("best so far", Stroke("#d62728"))], 12.5)
    pale = [dot(across[number], up[value], 3.0, grey.colour) for number, value in ((2, 0.4), (5, 0.25))]
    whole = [dot(across[number], up[value], 4.0, blue.colour) for number, value in ((0, 0.5), (1, 0.3), (4, 0.2))]
    steps = line(
        np.array([across[number] for number in (0, 1, 1, 4, 4, 5)]),
        np.array([up[value] for value in (0.5, 0.5, 0.3, 0.3, 0.2, 0.2)]),
        Stroke("#d62728"),
    )
    drawn = [*pale, *whole, steps, dot(across[4], up[0.2], 5.0, "#d62728"), legend.drawn(axes, "upper right")]
    expected = document(640.0, 420.0, [frame(axes, "loss of 6 trials"), *drawn])
    assert studies.history("loss", False, VALUES, PRUNED) == expected


def test_long_values_have_room_beside_their_axis() -> None:
    """Seven digits of 0.6 x 14, and 34 for the rest."""
    drawn = read(studies.history("loss", False, [1e6, 3e6], [False, False]))
    assert drawn.area() == (92.8, 34.0, 621.0, 372.0)


def test_the_axis_of_a_lone_trial_is_one_trial_wide() -> None:
    drawn = read(studies.history("loss", False, [0.5], [False]))
    assert drawn.texts()[0] == "0"
    assert dots(drawn, BLUE)[0] == [pytest.approx((72 + 621) / 2), pytest.approx((34 + 372) / 2)]


@pytest.mark.parametrize("maximize", [False, True])
def test_the_best_so_far_is_a_line_of_steps_that_pruned_trials_do_not_move(maximize: bool) -> None:
    sign = -1.0 if maximize else 1.0
    values = [None if value is None else sign * value for value in (0.5, 0.3, 0.1, None, 0.2, 0.25)]
    drawn = read(studies.history("best/f1", maximize, values, PRUNED))
    ((colour, line),) = drawn.lines()
    assert colour == RED
    steps = sign * np.array([0.5, 0.5, 0.3, 0.3, 0.2, 0.2])
    ends = sorted((sign * 0.08, sign * 0.52))
    expected = drawn.place(np.array([0, 1, 1, 4, 4, 5]), steps, ACROSS, (ends[0], ends[1]))
    assert line == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize("maximize", [False, True])
def test_what_is_far_off_is_a_triangle_at_the_edge(maximize: bool) -> None:
    sign = -1.0 if maximize else 1.0
    near = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]
    values = [sign * value for value in (*near, 1e9, math.inf)]
    drawn = read(studies.history("best/f1", maximize, values, [False] * 9))
    assert len(dots(drawn, BLUE)) == len(near) + 1
    ends = sorted((sign * 0.185, sign * 0.515))
    places = drawn.place(np.arange(7), np.array(values[:7]), (-0.4, 8.4), (ends[0], ends[1]))
    assert np.array(dots(drawn, BLUE)[:7]) == pytest.approx(places, abs=0.006)
    _, top, _, bottom = drawn.area()
    edge = bottom if maximize else top
    tips = [path.attrib["d"] for path in drawn.every("path") if path.attrib.get("fill") == BLUE]
    across = drawn.place(np.array([7, 8]), np.zeros(2), (-0.4, 8.4), (0.0, 1.0))[:, 0]
    assert [tuple(map(float, tip[1:].split("l")[0].split(" "))) for tip in tips] == [
        (pytest.approx(x, abs=0.006), edge) for x in across
    ]
    assert "inf" not in "".join(tips)


@pytest.mark.parametrize(
    ("values", "pruned"),
    [([0.5], [False]), ([0.5], [True]), ([math.inf], [False]), ([0.5, 0.5, None], [False, True, False])],
    ids=["one", "pruned", "infinite", "equal"],
)
def test_few_trials_are_a_picture(values: list[float | None], pruned: list[bool]) -> None:
    data = studies.history("best/f1", True, values, pruned)
    assert read(data).area()
    assert b"nan" not in data
    assert b"inf" not in data


def test_what_matters_most_is_the_longest_bar_on_top() -> None:
    shares = {"model.hidden": 0.25, "optim.lr": 0.75, "x <y>": 0.0}
    drawn = read(studies.importance("best/f1", shares))
    left, top, right, bottom = drawn.area()
    bars = [each.attrib for each in drawn.every("rect") if each.attrib["fill"] == "steelblue"]
    widths = [float(each["width"]) for each in bars]
    assert widths == pytest.approx([share / 0.7875 * (right - left) for share in (0.75, 0.25, 0.0)], abs=0.006)
    assert {float(each["x"]) for each in bars} == {left}
    middles = [float(each["y"]) + float(each["height"]) / 2 for each in bars]
    assert middles == pytest.approx([top + (k + 0.5) / 3 * (bottom - top) for k in range(3)], abs=0.011)
    words = [each for each in drawn.texts() if each in shares or each.endswith("%")]
    assert words == ["optim.lr", "model.hidden", "x <y>", "75%", "25%", "0%"]


def test_the_importance_by_the_pixel() -> None:
    """Lines are 26 high, names 0.6 x 12.5 wide beside 34 for the rest; the shares have 36 beside the margin of 19."""
    x = linear("share of the differences that it explains", (0.0, 0.7875), 6)
    axes = Axes(41.5, 34.0, 585.0, 86.0, x, Scale("", (1.5, -0.5), (0, 1), ("b", "a"), 12.5))
    drawn = [frame(axes, "What matters for f1")]
    for share, y, width, up in (("75%", "39.2", "517.62", 47.0), ("25%", "65.2", "172.54", 73.0)):
        drawn.append(f'<rect x="41.5" y="{y}" height="15.6" width="{width}" fill="steelblue"/>')
        drawn.append(text(share, 590.0, up, 12.5, "start"))
    assert studies.importance("f1", {"a": 0.25, "b": 0.75}) == document(640.0, 134.0, drawn)


def test_without_importance_the_axis_of_shares_has_a_length() -> None:
    assert read(studies.importance("f1", {"a": 0.0})).texts()[:6] == ["0.00", "0.01", "0.02", "0.03", "0.04", "0.05"]


def test_the_record_has_the_pictures_that_there_is_something_for() -> None:
    shares = {"a": 0.5, "b": 0.5}
    found = studies.artifacts("best/f1", True, VALUES, PRUNED, shares)
    assert list(found) == ["history.svg", "importance.svg"]
    assert found == studies.artifacts("best/f1", True, VALUES, PRUNED, shares)
    assert list(studies.artifacts("best/f1", True, VALUES, PRUNED, None)) == ["history.svg"]
    assert studies.artifacts("best/f1", True, [None], [False], None) == {}
