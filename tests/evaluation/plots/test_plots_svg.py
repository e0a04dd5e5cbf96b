"""Elements of pictures: what is written, and what is left out of a line."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath
from svg_picture import Array, away, read

from logodds.evaluation.plots.svg import CLOSE, Stroke, document, dot, line, pixels, text, thinned, triangle, width_of

BLUE = Stroke("blue")


def together(points: list[tuple[float, float]]) -> Array:
    return np.array([complex(*each) for each in points])


def pairs(points: Array) -> Array:
    return np.stack([points.real, points.imag], axis=1)


def test_a_document_is_white_and_says_its_size() -> None:
    data = document(480.0, 419.567, [dot(3.0, 4.125, 2.0, "red")])
    assert data == (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="480" height="419.57" viewBox="0 0 480 419.57" '
        b'font-family="sans-serif" font-size="14" text-anchor="middle">\n'
        b'<rect width="480" height="419.57" fill="white"/>\n'
        b'<circle cx="3" cy="4.12" r="2" fill="red"/>\n</svg>\n'
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (-0.001, "0"),
        (12.0, "12"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.33"),
        (1234.567, "1234.57"),
        (-2.5, "-2.5"),
    ],
)
def test_numbers_are_short(value: float, written: str) -> None:
    assert pixels(value) == written


@pytest.mark.parametrize("words", ["a < b & c > d", '"it\'s"', "<![CDATA[ ]]>", "naïve 日本 😀", "&amp;", ""])
def test_text_is_read_back_as_it_was(words: str) -> None:
    (found,) = read(document(10, 10, [text(words, 1, 2)])).texts()
    assert found == words


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\ud800", "\ufffe"])
def test_what_xml_has_no_place_for_is_replaced(letter: str) -> None:
    assert read(document(10, 10, [text(f"a{letter}b", 1, 2)])).texts() == ["a�b"]


def test_text_stands_in_the_middle_of_its_place() -> None:
    assert text("no", 10, 20) == '<text x="10" y="24.9">no</text>'
    assert text("no", 10, 20, 10, "end", "red") == (
        '<text x="10" y="23.5" font-size="10" text-anchor="end" fill="red">no</text>'
    )
    assert text("no", 10, 20, turned=True) == '<text x="14.9" y="20" transform="rotate(-90 14.9 20)">no</text>'


@pytest.mark.parametrize(
    "words", ["train/loss", "average precision 0.8988", "share of positives", "perfectly calibrated", "Iris-setosa"]
)
def test_width_is_close_to_that_of_a_wide_font(words: str) -> None:
    width, _, _ = TextToPath().get_text_width_height_descent(
        words, FontProperties(family="DejaVu Sans", size=100), False
    )
    assert 0.95 * width < width_of(words, 100) < 1.15 * width


def test_width_of_letters_that_are_squares() -> None:
    assert width_of("日本", 10) == 20


def test_a_stroke_says_only_what_it_has() -> None:
    assert Stroke("grey").attributes() == 'fill="none" stroke="grey" stroke-width="2"'
    assert Stroke("grey", 1.1, "2 3.4", 0.25).attributes() == (
        'fill="none" stroke="grey" stroke-width="1.1" stroke-dasharray="2 3.4" stroke-opacity="0.25"'
    )


def test_points_on_a_straight_line_are_left_out() -> None:
    stairs = together([(0, 0), (0, 5), (0, 9), (4, 9), (5, 9), (9, 9), (9, 12), (12, 15), (13, 16)])
    np.testing.assert_array_equal(thinned(stairs), stairs[[0, 2, 5, 6, 8]])
    slope = np.linspace(0.0, 100.0, 1001) * complex(1.0, 1 / 3)  # none of its points can be written exactly
    np.testing.assert_array_equal(thinned(slope), slope[[0, -1]])


def test_a_way_back_is_kept() -> None:
    there_and_back = together([(0, 0), (5, 0), (9, 0), (2, 0), (20, 0)])
    np.testing.assert_array_equal(thinned(there_and_back), there_and_back[[0, 2, 3, 4]])


@pytest.mark.parametrize("times", [1, 2, 3])
def test_repeated_points_count_once(times: int) -> None:
    corners = together([(0, 0), (5, 0), (5, 7), (1, 1)])
    np.testing.assert_array_equal(thinned(np.repeat(corners, times)), corners)
    assert thinned(np.repeat(corners[:1], times)).tolist() == corners[:1].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_a_thinned_line_goes_where_the_line_went(seed: int) -> None:
    draws = np.random.default_rng(seed)
    steps = draws.exponential(0.05, 20_000) * np.where(draws.random(20_000) < 0.5, 1.0, 1j)
    points = steps.cumsum()
    found = thinned(points)
    assert found[0] == points[0]
    assert found[-1] == points[-1]
    assert np.isin(found, points).all()
    assert len(found) <= np.abs(steps).sum() / CLOSE + 2  # 20,000 steps of a twentieth of a pixel
    assert away(pairs(points[::40]), pairs(found)) <= CLOSE


def test_a_line_breaks_where_it_is_not_finite() -> None:
    y = np.array([np.nan, 1.0, 2.0, np.inf, 5.0, np.nan, -np.inf, 1e300, 3.0, 4.0, 4.5, np.nan])
    drawn = read(document(10, 10, [line(np.arange(12.0), y, BLUE)]))
    assert [each.tolist() for _, each in drawn.lines()] == [[[1, 1], [2, 2]], [[8, 3], [9, 4], [10, 4.5]]]
    assert drawn.dots().tolist() == [[4, 5]]


def test_a_line_without_points_is_nothing() -> None:
    assert line(np.empty(0), np.empty(0), BLUE) == ""
    assert line(np.arange(2.0), np.full(2, np.nan), BLUE) == ""


def test_a_lone_point_is_a_dot() -> None:
    assert line(np.array([1.0]), np.array([2.0]), BLUE) == '<circle cx="1" cy="2" r="2" fill="blue"/>'
    assert line(np.ones(3), np.full(3, 2.0), BLUE) == '<circle cx="1" cy="2" r="2" fill="blue"/>'


def test_every_point_of_a_dotted_line_has_its_dot() -> None:
    x = np.array([0.0, 0.1, 5.0, 9.0])
    drawn = read(document(10, 10, [line(x, x, Stroke("blue", dot=4.0))]))
    np.testing.assert_array_equal(drawn.dots(), np.stack([x, x], axis=1))
    assert [len(each) for _, each in drawn.lines()] == [2]


def test_a_line_is_one_element() -> None:
    element = ElementTree.fromstring(line(np.array([0.0, 1 / 3, 2.0]), np.array([0.0, -1e-9, 7.12345]), BLUE))
    assert element.attrib["points"] == "0,0 0.33,0 2,7.12"


def test_a_triangle_points_to_its_place() -> None:
    (up,) = read(document(40, 40, [triangle(10.0, 5.0, 7.0, "red")])).every("path")
    assert up.attrib == {"d": "M10 5l4 7h-8z", "fill": "red"}
    (down,) = read(document(40, 40, [triangle(10.0, 35.0, -7.0, "red")])).every("path")
    assert down.attrib["d"] == "M10 35l4 -7h-8z"
