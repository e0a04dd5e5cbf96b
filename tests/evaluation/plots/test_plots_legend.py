"""Where values and a legend are in a picture."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from svg_picture import read

from logodds.evaluation.plots.axes import Axes, frame
from logodds.evaluation.plots.legend import CORNERS, Legend
from logodds.evaluation.plots.scale import linear
from logodds.evaluation.plots.svg import Stroke, document, dot, text

AXES = Axes(100.0, 50.0, 500.0, 350.0, linear("x", (0.0, 4.0), 5), linear("y", (-1.0, 2.0), 3))
LEGEND = Legend([("one", Stroke("red")), ("<two>", Stroke("blue", dashes="2 3", dot=4.0))], 10.0, "both")


def test_values_are_placed_from_the_lower_left_corner() -> None:
    np.testing.assert_array_equal(AXES.across(np.array([0, 1, 4])), [100.0, 200.0, 500.0])
    np.testing.assert_array_equal(AXES.up(np.array([-1.0, 0.0, 2.0, np.nan])), [350.0, 250.0, 50.0, np.nan])
    assert AXES.across(np.array([1e308])) == np.inf
    np.testing.assert_array_equal(
        read(document(600, 400, [AXES.line(np.array([0, 1]), np.array([0, 2]), Stroke("red"))])).lines()[0][1],
        [[100, 250], [200, 50]],
    )


def test_the_frame_has_ticks_names_and_labels() -> None:
    drawn = read(document(600, 400, [frame(AXES, "title")]))
    assert drawn.area() == (100.0, 50.0, 500.0, 350.0)
    assert drawn.texts() == ["0", "1", "2", "3", "4", "-1", "0", "1", "2", "x", "y", "title"]
    grid, outline = (each.attrib["d"] for each in drawn.every("path"))
    columns, rows = [100, 200, 300, 400, 500], [350, 250, 150, 50]
    assert grid == "".join([f"M{x} 50V350" for x in columns] + [f"M100 {y}H500" for y in rows])
    ticks = "".join([f"M{x} 350v5" for x in columns] + [f"M100 {y}h-5" for y in rows])
    assert outline == "M100 50H500V350H100z" + ticks
    at = [text(str(k), 100.0 + 100.0 * k, 367.0) for k in range(5)]  # a tick of 5 and a gap of 5 below, and centred
    at += [text(str(k), 90.0, 250.0 - 100.0 * k, anchor="end") for k in (-1, 0, 1, 2)]
    at += [text("x", 300.0, 386.0), text("y", 90.0 - 0.96 * 14.0 - 12.0, 200.0, turned=True)]
    at.append(text("title", 300.0, 36.75, 16.5))
    assert frame(AXES, "title").splitlines()[2:] == at
    bare = read(document(600, 400, [frame(AXES, "title", grid=False)]))
    assert [each.attrib["d"] for each in bare.every("path")] == [outline]


def test_turned_names_end_at_their_axis_and_push_its_label_away() -> None:
    turned = replace(AXES, x=replace(AXES.x, size=10.0, turned=True), y=replace(AXES.y, size=10.0, turned=True))
    at = [text(str(k), 100.0 + 100.0 * k, 360.0, 10.0, "end", turned=True) for k in range(5)]
    at += [text(str(k), 85.0, 250.0 - 100.0 * k, 10.0, turned=True) for k in (-1, 0, 1, 2)]
    at += [text("x", 300.0, 360.0 + 6.0 + 12.0), text("y", 90.0 - 10.0 - 12.0, 200.0, turned=True)]
    assert frame(turned, "title").splitlines()[2:-1] == at


def test_a_legend_by_the_pixel() -> None:
    """Letters of 10: lines are 14 high, and 5 more; "<two>", the widest, is 2.96 letters, after 3 and before a half."""
    at = [
        '<rect x="430.4" y="55" width="64.6" height="47" rx="3" fill="white" fill-opacity="0.8" stroke="#cccccc"/>',
        text("both", 462.7, 64.5, 10.0),
        '<path d="M435.4 78.5h20" fill="none" stroke="red" stroke-width="2"/>',
        text("one", 460.4, 78.5, 10.0, "start"),
        '<path d="M435.4 92.5h20" fill="none" stroke="blue" stroke-width="2" stroke-dasharray="2 3"/>',
        dot(445.4, 92.5, 4.0, "blue"),
        text("<two>", 460.4, 92.5, 10.0, "start"),
    ]
    assert LEGEND.drawn(AXES, "upper right").splitlines() == at
    assert replace(LEGEND, title="A longer title").box(AXES, "lower left") == pytest.approx((105.0, 298.0, 75.8, 47.0))
    assert replace(LEGEND, title="").box(AXES, "lower left")[3] == 33.0


@pytest.mark.parametrize("corner", CORNERS)
def test_a_legend_is_inside_its_corner(corner: str) -> None:
    left, upper, width, height = LEGEND.box(AXES, corner)
    assert (left == 105.0) is ("left" in corner)
    assert (left + width == 495.0) is ("right" in corner)
    assert (upper == 55.0) is ("upper" in corner)
    assert (upper + height == 345.0) is ("lower" in corner)
    drawn = read(document(600, 400, [LEGEND.drawn(AXES, corner)]))
    _, box = drawn.every("rect")
    assert [float(box.attrib[name]) for name in ("x", "y", "width", "height")] == pytest.approx(
        [left, upper, width, height], abs=0.005
    )
    assert drawn.texts() == ["both", "one", "<two>"]
    assert [each.attrib["stroke"] for each in drawn.every("path")] == ["red", "blue"]
    ((x, y),) = drawn.dots()
    assert left < x < left + width
    assert upper < y < upper + height


def test_the_freest_corner_is_that_with_the_fewest_points() -> None:
    falling = np.linspace(2.0, -1.0, 50)
    assert LEGEND.freest(AXES, np.linspace(0.0, 4.0, 50), falling) == "upper right"
    assert LEGEND.freest(AXES, np.linspace(0.0, 4.0, 50), -1.0 * falling + 1.0) == "upper left"
    assert LEGEND.freest(AXES, np.tile([0.1, 3.9], 3), np.repeat([1.9, -0.9, np.nan], 2)) == "upper right"
    assert LEGEND.freest(AXES, np.array([3.9, 0.1, 3.9]), np.array([1.9, 1.9, -0.9])) == "lower left"
    assert LEGEND.freest(AXES, np.empty(0), np.empty(0)) == "upper right"


@pytest.mark.parametrize("corner", CORNERS)
def test_points_on_the_edge_of_the_box_are_not_hidden(corner: str) -> None:
    """Two on each edge here, and one in each of the other corners."""
    left, upper, width, height = LEGEND.box(AXES, corner)
    across = [left, left, left + width, left + width, *[left + width / 2] * 4]
    up = [*[upper + height / 2] * 4, upper, upper, upper + height, upper + height]
    for other in CORNERS:
        if other != corner:
            left, upper, width, height = LEGEND.box(AXES, other)
            across, up = [*across, left + width / 2], [*up, upper + height / 2]
    x, y = (np.array(across) - 100.0) / 100.0, 2.0 - (np.array(up) - 50.0) / 100.0
    np.testing.assert_array_equal((AXES.across(x), AXES.up(y)), (across, up))
    assert LEGEND.freest(AXES, x, y) == corner


def test_equal_pictures_have_equal_elements() -> None:
    one, two = (ElementTree.tostring(read(document(9, 9, [LEGEND.drawn(AXES, "upper left")])).root) for _ in "12")
    assert one == two
