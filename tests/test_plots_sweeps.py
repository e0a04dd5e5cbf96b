"""A sweep's pictures: each run where its figure and its parameters put it."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import Drawn, read

from logodds.plots import sweeps

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
