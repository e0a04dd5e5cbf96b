"""A sweep's pictures: each run where its figure and its parameters put it."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from svg_picture import Drawn, read

from logodds.evaluation.plots import sweeps

NAMES = ["lr=0.1 <b>", "lr=0.01", "lr=1"]
VALUES = [0.1, 0.2, 0.5]
ROOM = (0.08, 0.52)  # a twentieth of the range on both sides


def test_the_ranking_has_a_dot_per_run_best_first() -> None:
    drawn = read(sweeps.ranking(NAMES, "best/log_loss", VALUES))
    expected = drawn.place(np.array(VALUES), np.arange(3), ROOM, (2.5, -0.5))
    assert drawn.dots() == pytest.approx(expected, abs=0.006)
    assert [words for words in drawn.texts() if words in (*NAMES, "0.1000", "0.2000", "0.5000")] == [
        *NAMES,
        *("0.1000", "0.2000", "0.5000"),
    ]
    assert {"best/log_loss", "best/log_loss, best first"} <= set(drawn.texts())


def test_of_many_runs_the_best_are_shown() -> None:
    values = [k / 100 for k in range(100)]
    drawn = read(sweeps.ranking([str(k) for k in range(100)], "best/log_loss", values))
    assert len(drawn.dots()) == 40
    assert "best/log_loss, the best 40 of 100" in drawn.texts()


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


def test_many_configurations_of_the_same_value_stay_in_their_place() -> None:
    given = [k % 3 for k in range(300)]
    drawn = read(sweeps.against("x", given, "best/f1", np.linspace(0.1, 0.5, 300).tolist(), [0.01] * 300))
    left, _, right, _ = drawn.area()
    own = np.array([[left + (place + 0.5) / 3 * (right - left)] for place in given])
    assert np.abs(drawn.dots()[:, :1] - own).max() <= 0.35 * (right - left) / 3


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
    for rank, (_, line) in zip((2, 1, 0), lines, strict=True):  # the best one is drawn last
        assert line[:, 0] == pytest.approx([x for x, _, _ in axes], abs=0.006)
        shares = [([1, 0, 2][rank] + 0.5) / 3, ([0, 1, 0][rank] + 0.5) / 2, (VALUES[rank] - ROOM[0]) / 0.44]
        expected = [bottom - share * (bottom - top) for share, (_, top, bottom) in zip(shares, axes, strict=True)]
        assert line[:, 1] == pytest.approx(expected, abs=0.006)
    assert {"lr", "optim", "best/log_loss", "3 runs", "0.01", "a", "b"} <= set(drawn.texts())


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
