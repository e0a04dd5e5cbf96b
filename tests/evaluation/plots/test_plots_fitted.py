"""What is drawn of a model of one or two features, asked of the figure that matplotlib is about to write."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from svg_picture import PALETTE, Array

from logodds.evaluation.plots import canvas, fitted

CLASSES = ("no", "yes")
GRID = np.linspace(0.0, 4.0, 5)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Every figure in order, which matplotlib would write."""
    found: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *arguments, **options: found.append(figure))
    return found


def legend(figure: Figure) -> list[str]:
    return [each.get_text() for found in figure.legends for each in found.get_texts()]


def spots(axes: Axes, count: int) -> list[tuple[list[list[float]], str]]:
    """Places and colour of each class of rows, which are the collections with offsets."""
    found = [each for each in axes.collections if type(each).__name__ == "PathCollection"]
    assert len(found) == count
    return [(np.asarray(each.get_offsets()).tolist(), to_hex(each.get_facecolor()[0])) for each in found]


def test_the_fitted_probability_its_rows_and_its_threshold(written: list[Figure]) -> None:
    probability = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    points, target = np.array([0.5, 1.5, 3.0]), np.array([0, 1, 1])
    fitted.sigmoid_fit(GRID, probability, points, target, "x", CLASSES, 0.6, "val")
    (figure,) = written
    (axes,) = figure.axes
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == (
        "Fitted probability (val)",
        "x",
        "Probability of yes",
    )
    assert figure.get_size_inches().tolist() == [6.4, 4.4]
    assert (axes.get_xlim(), axes.get_ylim()) == ((0.0, 4.0), (-0.06, 1.06))
    assert spots(axes, 2) == [([[0.5, 0.0]], PALETTE[0]), ([[1.5, 1.0], [3.0, 1.0]], PALETTE[1])]
    curve, level, crossing = axes.lines
    assert np.asarray(curve.get_xydata()).tolist() == np.stack([GRID, probability], axis=1).tolist()
    assert np.asarray(level.get_xydata()).tolist() == [[0.0, 0.6], [1.0, 0.6]]  # across the whole axes
    np.testing.assert_allclose(crossing.get_xydata(), [[2.5, 0.6]])
    (drop,) = (each for each in axes.collections if type(each).__name__ == "LineCollection")
    np.testing.assert_allclose(drop.get_segments(), [[[2.5, -0.06], [2.5, 0.6]]])
    assert legend(figure) == ["no (1 row)", "yes (2 rows)", "fitted probability", "threshold 0.6 at 2.5"]
    below, above = (each for each in axes.collections if type(each).__name__ == "PathCollection")
    assert (below.get_alpha(), above.get_alpha()) == (0.45, 0.45)
    handles = figure.legends[0].legend_handles
    assert [each.get_alpha() for each in handles if each is not None] == [1.0] * 4


@pytest.mark.parametrize(
    ("probability", "told"),
    [
        ([0.0, 1.0, 1.0, 1.0, 1.0], ["threshold 0.5 at 0.5"]),
        ([0.0, 1.0, 0.0, 1.0, 1.0], ["threshold 0.5 at 0.5, 1.5, 2.5"]),
        ([0.0, 1.0, 0.0, 1.0, 0.0], ["threshold 0.5 at 0.5, 1.5, 2.5, …"]),
        ([0.0, 0.1, 0.2, 0.3, 0.4], []),
        ([0.5, 0.6, 0.7, 0.8, 0.9], []),
    ],
    ids=["one", "three", "four", "below", "above"],
)
def test_up_to_three_crossings_are_told(written: list[Figure], probability: list[float], told: list[str]) -> None:
    fitted.sigmoid_fit(GRID, np.array(probability), GRID[:2], np.array([0, 1]), "x", CLASSES, 0.5, "val")
    assert legend(written[0])[3:] == told
    assert len(written[0].axes[0].lines) == 2 + len(told)


PLANE = np.add.outer(GRID[:3], GRID) / 6.0  # [h, w]


def test_the_boundary_of_two_classes(written: list[Figure]) -> None:
    points = np.array([[1.0, 0.5], [3.0, 1.5]])
    fitted.decision_boundary(
        GRID, GRID[:3], PLANE, points, np.array([1, 0]), ("a", "b"), CLASSES, threshold=0.25, part="val"
    )
    (figure,) = written
    axes, bar = figure.axes
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == ("Decision boundary (val)", "a", "b")
    assert figure.get_size_inches().tolist() == [6.4, 5.4]
    assert (axes.get_xlim(), axes.get_ylim()) == ((0.0, 4.0), (0.0, 2.0))
    assert spots(axes, 2) == [([[3.0, 1.5]], PALETTE[0]), ([[1.0, 0.5]], PALETTE[1])]
    filled, boundary = (each for each in axes.collections if type(each).__name__ == "QuadContourSet")
    np.testing.assert_allclose(filled.levels, np.linspace(0.0, 1.0, 11))
    assert (filled.norm.vmin, filled.norm.vmax) == (0.0, 1.0)
    shades = [to_hex(filled.cmap(each)) for each in (0.0, 1.0)]
    assert shades == [to_hex(canvas.pale(each)) for each in PALETTE[:2]]
    assert boundary.levels.tolist() == [0.25]
    assert {round(float(each.sum()), 9) for path in boundary.get_paths() for each in path.vertices} == {1.5}
    assert bar.get_ylabel() == "Probability of yes"
    np.testing.assert_allclose(bar.get_yticks(), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0], atol=1e-9)
    assert legend(figure) == ["threshold 0.25", "no", "yes"]
    assert figure.legends[0]._ncols == 3


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_a_threshold_at_the_end_is_no_boundary(written: list[Figure], threshold: float) -> None:
    points, target = np.zeros((2, 2)), np.array([1, 0])
    fitted.decision_boundary(GRID, GRID[:3], PLANE, points, target, ("a", "b"), CLASSES, threshold, "val")
    assert legend(written[0]) == ["no", "yes"]


def three(x: Array) -> Array:
    """Probabilities of three classes, whose third is the largest nowhere and whose second is that from x = 2."""
    second = np.exp(x - 2.0)
    return np.stack([np.ones_like(x), second, np.full_like(x, 0.01)], axis=-1) / (1.01 + second)[..., None]


def test_the_regions_of_three_classes(written: list[Figure]) -> None:
    """The boundary is a line at 2, and the third class has no region."""
    points, target = np.array([[1.0, 0.5], [3.0, 1.5], [0.0, 0.0]]), np.array([2, 1, 0])
    plane = three(np.broadcast_to(GRID, (3, 5)))
    fitted.decision_boundary(GRID, GRID[:3], plane, points, target, ("a", "b"), ("r", "s", "t"), 0.5, "val")
    (figure,) = written
    (axes,) = figure.axes
    assert spots(axes, 3) == [([[0.0, 0.0]], PALETTE[0]), ([[3.0, 1.5]], PALETTE[1]), ([[1.0, 0.5]], PALETTE[2])]
    first, its_end, second, its_start = (each for each in axes.collections if type(each).__name__ == "QuadContourSet")
    np.testing.assert_allclose(first.levels, [0.0, 3.0])  # the largest margin of a class, and 1 more
    np.testing.assert_allclose(second.levels, [0.0, 3.0])
    for colour, region in zip(PALETTE, (first, second), strict=False):
        assert [to_hex(each) for each in region.get_facecolor()] == [to_hex(canvas.pale(colour))]
    for line in (its_end, its_start):
        np.testing.assert_allclose(np.concatenate([path.vertices for path in line.get_paths()])[:, 0], 2.0)
    assert legend(figure) == ["r", "s", "t"]
    assert figure.legends[0]._ncols == 3


@pytest.mark.parametrize(("count", "columns"), [(4, [4]), (5, [5]), (10, [5]), (11, [])])
def test_a_legend_has_five_columns_and_ten_classes_at_most(
    written: list[Figure], count: int, columns: list[int]
) -> None:
    plane = np.full((3, 5, count), 1.0 / count)
    names = [str(label) for label in range(count)]
    points, target = np.zeros((count, 2)), np.arange(count)
    fitted.decision_boundary(GRID, GRID[:3], plane, points, target, ("a", "b"), names, 0.5, "val")
    assert [each._ncols for each in written[0].legends] == columns


def test_a_class_everywhere_has_a_region_without_an_end(written: list[Figure]) -> None:
    plane = np.broadcast_to([0.8, 0.1, 0.1], (3, 5, 3))
    fitted.decision_boundary(GRID, GRID[:3], plane, np.zeros((3, 2)), np.arange(3), ("a", "b"), "rst", 0.5, "val")
    (region,) = (each for each in written[0].axes[0].collections if type(each).__name__ == "QuadContourSet")
    np.testing.assert_allclose(region.levels, [0.0, np.log(8.0) + 1.0])


def test_a_probability_of_zero_has_a_logarithm(written: list[Figure]) -> None:
    plane = np.broadcast_to([1.0, 0.0, 0.0], (3, 5, 3))
    fitted.decision_boundary(GRID, GRID[:3], plane, np.zeros((3, 2)), np.arange(3), ("a", "b"), "rst", 0.5, "val")
    (region,) = (each for each in written[0].axes[0].collections if type(each).__name__ == "QuadContourSet")
    np.testing.assert_allclose(region.levels, [0.0, -np.log(1e-300) + 1.0])


def test_pale_colours_are_a_third_of_the_colour_on_white() -> None:
    for colour in ("#000000", "#ffffff", PALETTE[0]):
        assert canvas.pale(colour) == pytest.approx([0.65 + 0.35 * each for each in to_rgb(colour)])
