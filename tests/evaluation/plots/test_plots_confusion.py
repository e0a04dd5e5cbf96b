"""The confusion matrix as a picture: shades, counts and names."""

from __future__ import annotations

import re

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_hex, to_rgb
from svg_picture import PALETTE, TICKS, Drawn, read

from logodds.evaluation.plots import colours, confusion
from logodds.evaluation.plots.axes import Axes, frame
from logodds.evaluation.plots.colours import BLUES, shade
from logodds.evaluation.plots.scale import Scale
from logodds.evaluation.plots.svg import document, text, width_of
from logodds.system.terminal.text import shortened


def cells(drawn: Drawn, count: int) -> dict[tuple[int, int], str]:
    """Colour by row and column."""
    (group,) = [each for each in drawn.every("g") if "scale" in each.attrib.get("transform", "")]
    left, top, right, _ = drawn.area()
    moved = re.fullmatch(r"translate\((\S+) (\S+)\) scale\((\S+)\)", group.attrib["transform"])
    assert moved is not None
    assert [float(each) for each in moved.groups()] == pytest.approx([left, top, (right - left) / count], rel=1e-5)
    ground, *paths = group
    assert (ground.attrib["width"], ground.attrib["height"]) == (str(count), str(count))
    found = {(row, column): ground.attrib["fill"] for row in range(count) for column in range(count)}
    for path in paths:
        places = re.findall(r"M(\d+) (\d+)h1v1h-1z", path.attrib["d"])
        assert "".join(f"M{column} {row}h1v1h-1z" for column, row in places) == path.attrib["d"]
        found |= {(int(row), int(column)): path.attrib["fill"] for column, row in places}
    return found


@pytest.mark.parametrize("count", [2, 3, 5, 6, 30, 31, 70])
def test_cells_are_shaded_by_the_share_of_the_actual_class(count: int) -> None:
    draws = np.random.default_rng(count)
    matrix = draws.integers(0, 40, (count, count)) * (draws.random((count, count)) < 0.5)
    np.fill_diagonal(matrix, 50)
    matrix[1] = 0  # a class without rows
    found = cells(read(confusion.confusion_matrix(matrix.tolist(), [str(i) for i in range(count)], "val")), count)
    expected = colormaps["Blues"](matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1))
    for (row, column), colour in found.items():
        assert to_rgb(colour) == pytest.approx(expected[row, column, :3], abs=1.01 / 255)


def test_what_is_written_in_the_cells_of_a_few_classes() -> None:
    drawn = read(confusion.confusion_matrix([[8, 2], [1, 0]], ("<no & never>", "yes"), "val"))
    counts = ["8", "80.0%", "2", "20.0%", "1", "100.0%", "0", "0.0%"]
    names = ["<no & never>", "yes"] * 2
    assert drawn.texts() == [*counts, *names, "Predicted", "Actual", "Confusion matrix (val)"]
    left, top, right, bottom = drawn.area()
    for words, x, y, fill in [("8", 1, 1, "white"), ("2", 3, 1, None), ("1", 1, 3, "white"), ("0", 3, 3, None)]:
        cell = drawn.text(words)
        assert cell.attrib.get("fill") == fill
        assert float(cell.attrib["x"]) == pytest.approx(left + (right - left) * x / 4, abs=0.006)
        assert float(cell.attrib["y"]) == pytest.approx(top + (bottom - top) * y / 4, abs=14)


def test_the_matrix_of_two_classes_by_the_pixel() -> None:
    """A square of 338 with 48 for the names at its left and below, 5 at its right, and what is free on both sides."""
    ticks, names = (0, 1), ("no", "yes")
    x, y = Scale("Predicted", (-0.5, 1.5), ticks, names), Scale("Actual", (1.5, -0.5), ticks, names, turned=True)
    cells = "".join(
        f'\n<path d="M{column} {row}h1v1h-1z" fill="{shade(level)}"/>'
        for column, row, level in ((0, 0, 204), (1, 0, 51), (0, 1, 255))  # 256 times the share, but 255 at most
    )
    ground = f'<rect width="2" height="2" fill="{shade(0)}"/>'
    drawn = [
        f'<g transform="translate(92.5 34) scale(169)" shape-rendering="crispEdges">{ground}{cells}\n</g>',
        text("8", 177.0, 110.1, fill="white"),
        text("80.0%", 177.0, 126.9, fill="white"),
        text("2", 346.0, 110.1),
        text("20.0%", 346.0, 126.9),
        text("1", 177.0, 279.1, fill="white"),
        text("100.0%", 177.0, 295.9, fill="white"),
        text("0", 346.0, 279.1),
        text("0.0%", 346.0, 295.9),
        frame(Axes(92.5, 34.0, 430.5, 372.0, x, y), "Confusion matrix (val)", grid=False),
    ]
    found = confusion.confusion_matrix([[8, 2], [1, 0]], names, "val")
    assert found == document(480.0, 420.0, drawn)


def test_the_matrix_of_six_classes_by_the_pixel() -> None:
    """Cells of 38, names of 0.6 x 11 beside 34 for the rest, and at the right gaps of 15, a bar of 16 and its scale,
    which is 1.56 x 14 and 34."""
    ticks, names = tuple(range(6)), tuple("abcdeg")
    x, y = Scale("Predicted", (-0.5, 5.5), ticks, names, 11.0), Scale("Actual", (5.5, -0.5), ticks, names, 11.0)
    axes = Axes(102.88, 34.0, 330.88, 262.0, x, y)
    cells = f'\n<path d="{"".join(f"M{k} {k}h1v1h-1z" for k in range(6))}" fill="{shade(255)}"/>'
    ground = f'<rect width="6" height="6" fill="{shade(0)}"/>'
    grid = "".join(f"M{102.88 + 38 * k:g} 34V262" for k in range(1, 6))
    grid += "".join(f"M102.88 {34 + 38 * k}H330.88" for k in range(1, 6))
    stops = "".join(f'<stop offset="{k / 8:g}" stop-color="{blue}"/>' for k, blue in enumerate(BLUES))
    drawn = [
        f'<g transform="translate(102.88 34) scale(38)" shape-rendering="crispEdges">{ground}{cells}\n</g>',
        f'<path d="{grid}" stroke="gainsboro" stroke-width="0.7"/>',
        *(text("7", 121.88 + 38 * k, 53.0 + 38 * k, 12.5, fill="white") for k in range(6)),
        frame(axes, "Confusion matrix (val)", grid=False),
        f'<linearGradient id="blues" x1="0" y1="1" x2="0" y2="0">{stops}</linearGradient>',
        '<rect x="345.88" y="68.2" width="16" height="159.6" fill="url(#blues)" stroke="black"/>',
    ]
    for k, name in enumerate(TICKS):
        y_of_tick = 227.8 - 159.6 * k / 5
        drawn.append(f'<path d="M361.88 {round(y_of_tick, 2):g}h5" stroke="black"/>')
        drawn.append(text(name, 371.88, y_of_tick, anchor="start"))
    drawn.append(text("Share of the actual class", 405.72, 148.0, turned=True))
    found = confusion.confusion_matrix((7 * np.eye(6, dtype=int)).tolist(), names, "val")
    assert found == document(480.0, 307.0, drawn)


@pytest.mark.parametrize(("count", "size"), [(99, "12.5"), (10**9, "5.7")])
def test_long_counts_of_many_classes_are_as_wide_as_nine_tenths_of_a_cell(count: int, size: str) -> None:
    matrix = count * np.eye(6, dtype=np.int64)
    drawn = read(confusion.confusion_matrix(matrix.tolist(), tuple("abcdeg"), "val"))
    cells = [each for each in drawn.every("text") if each.text == str(count)]
    assert [each.attrib["font-size"] for each in cells] == [size] * 6


@pytest.mark.parametrize(
    ("count", "side"), [(2, 338.0), (3, 400.0), (5, 400.0), (6, 228.0), (31, 1178.0), (32, 1200.0)]
)
def test_the_side_of_the_matrix(count: int, side: float) -> None:
    classes = [str(index) for index in range(count)]
    left, top, right, bottom = read(
        confusion.confusion_matrix(np.eye(count, dtype=int).tolist(), classes, "val")
    ).area()
    assert (right - left, bottom - top) == (pytest.approx(side), pytest.approx(side))


@pytest.mark.parametrize(("share", "fill"), [(60, None), (61, "white")])
def test_counts_on_dark_cells_are_white(share: int, fill: str | None) -> None:
    drawn = read(confusion.confusion_matrix([[share, 100 - share], [0, 1]], ("no", "yes"), "val"))
    assert drawn.text(str(share)).attrib.get("fill") == fill


@pytest.mark.parametrize(("count", "written"), [(6, True), (30, True), (31, False)])
def test_of_many_classes_the_counts_that_are_there_are_written(count: int, written: bool) -> None:
    matrix = np.diag(np.arange(100, 100 + count))
    matrix[0, 1] = 7
    drawn = read(confusion.confusion_matrix(matrix.tolist(), [f"n{i}" for i in range(count)], "val"))
    texts = drawn.texts()
    counts = ["100", "7", *(str(100 + index) for index in range(1, count))] if written else []
    names = [f"n{index}" for index in range(count)] * 2
    labels = ["Predicted", "Actual", "Confusion matrix (val)", *TICKS, "Share of the actual class"]
    assert texts == [*counts, *names, *labels]
    if written:
        left, top, right, bottom = drawn.area()
        cell = drawn.text("7")
        assert float(cell.attrib["x"]) == pytest.approx(left + (right - left) * 1.5 / count, abs=0.006)
        assert float(cell.attrib["y"]) == pytest.approx(top + (bottom - top) * 0.5 / count, abs=6)


@pytest.mark.parametrize("name", ["n{}", "a class with quite a long name, number {} of them", "W" * 40])
@pytest.mark.parametrize("count", [2, 3, 5, 6, 20, 30, 31, 61, 121])
def test_names_of_classes_are_shortened_and_within_the_picture(count: int, name: str) -> None:
    classes = [name.format(index) for index in range(count)]
    drawn = read(confusion.confusion_matrix(np.eye(count, dtype=int).tolist(), classes, "val"))
    width, height = drawn.size()
    assert max(width, height) <= 1500
    left, _, _, bottom = drawn.area()
    step = -(-count // 60)
    names = [shortened(each, 24 if count == 2 else 16) for each in classes[::step]]
    written = [each for each in drawn.every("text") if each.text in names]
    assert [each.text for each in written] == names * 2
    size = float(written[0].attrib.get("font-size", 14))
    longest = max(width_of(each, size) for each in names)
    across, up = "transform" in written[0].attrib, "transform" in written[-1].attrib
    assert up is (count == 2)
    assert across or longest <= (width - left) / len(names)
    assert bottom + 10 + (longest if across else size) < float(drawn.text("Predicted").attrib["y"]) < height
    assert left - 10 - (size if up else longest) > float(drawn.text("Actual").attrib["x"]) > 9


def test_the_label_of_the_colour_bar_is_beside_its_names_and_at_the_edge_of_the_picture() -> None:
    matrix, classes = np.eye(31, dtype=int).tolist(), [str(index) for index in range(31)]
    drawn = read(confusion.confusion_matrix(matrix, classes, "val"))
    (bar,) = [each for each in drawn.every("rect") if each.attrib["fill"] == "url(#blues)"]
    names = [each for each in drawn.every("text") if each.text in TICKS]
    assert [each.text for each in names] == TICKS
    ends = [float(each.attrib["x"]) + width_of(str(each.text)) for each in names]
    beginning = float(bar.attrib["x"]) + float(bar.attrib["width"])
    assert all(float(each.attrib["x"]) > beginning > drawn.area()[2] for each in names)
    baseline = float(drawn.text("Share of the actual class").attrib["x"])  # turned: letters are left of it
    assert max(ends) < baseline - 14 * 0.75
    assert baseline + 14 * 0.25 < drawn.size()[0] <= baseline + 14


def test_colours_are_those_of_matplotlib() -> None:
    for count in (1, 2, 10):
        assert colours.of_classes(count) == PALETTE[:count]
    every = [to_hex(each) for each in colormaps["tab20"].colors]
    assert colours.of_classes(11) == every[:11]
    assert colours.of_classes(45) == [*every, *every, *every[:5]]
    for level in range(256):
        assert to_rgb(colours.shade(level)) == pytest.approx(colormaps["Blues"](level)[:3], abs=1.01 / 255)
