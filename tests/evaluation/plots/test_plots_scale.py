"""Ends of axes and round numbers on them, against matplotlib's."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.ticker import MaxNLocator

from logodds.evaluation.plots.scale import Scale, around, linear, near, round_numbers
from logodds.evaluation.plots.svg import SIZE, width_of


@pytest.mark.parametrize("seed", range(200))
def test_ticks_are_those_of_matplotlib(seed: int) -> None:
    draws = np.random.default_rng(seed)
    low = draws.normal() * 10.0 ** draws.integers(-8, 8)
    high = low + draws.exponential() * 10.0 ** draws.integers(-2, 3) * max(abs(low), 1e-9)
    most = int(draws.integers(3, 10))
    ticks, names = round_numbers(low, high, most)
    reference = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], min_n_ticks=1).tick_values(low, high)
    expected = reference[(reference >= low) & (reference <= high)]
    np.testing.assert_allclose(ticks, expected, rtol=1e-12, atol=1e-12 * (high - low))
    assert len(ticks) <= most + 1
    np.testing.assert_allclose([float(name) for name in names], ticks, rtol=1e-12, atol=1e-12 * (high - low))
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("low", "high", "names"),
    [
        (-0.02, 1.02, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.15, 0.32, ["0.150", "0.175", "0.200", "0.225", "0.250", "0.275", "0.300"]),
        (0.679, 0.691, ["0.680", "0.682", "0.684", "0.686", "0.688", "0.690"]),
        (3.0, 96.0, ["20", "40", "60", "80"]),
        (0.0, 6e-6, ["0", "1e-06", "2e-06", "3e-06", "4e-06", "5e-06", "6e-06"]),
        (0.0, 1.9e-5, ["0", "2.5e-06", "5e-06", "7.5e-06", "1e-05", "1.25e-05", "1.5e-05", "1.75e-05"]),
        (2e7, 6.4e7, ["2e+07", "3e+07", "4e+07", "5e+07", "6e+07"]),
        (-1.5, 1.5, ["-1.5", "-1.0", "-0.5", "0.0", "0.5", "1.0", "1.5"]),
    ],
)
def test_ticks_have_the_digits_that_tell_them_apart(low: float, high: float, names: list[str]) -> None:
    assert round_numbers(low, high, 8)[1] == names


@pytest.mark.parametrize(
    ("high", "names"),
    [
        (1.5, ["1"]),
        (2.05, ["1", "2"]),
        (7.3, ["1", "2", "3", "4", "5", "6", "7"]),
        (21.0, ["5", "10", "15", "20"]),
        (60.0, ["10", "20", "30", "40", "50", "60"]),
        (160.0, ["25", "50", "75", "100", "125", "150"]),
    ],
)
def test_no_ticks_between_whole_numbers(high: float, names: list[str]) -> None:
    ticks, written = round_numbers(0.5, high, 7, whole=True)
    assert written == names
    assert ticks == [float(name) for name in names]


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([1.0, 3.0, 2.0], (0.9, 3.1)),
        ([2.0, 2.0], (1.9, 2.1)),
        ([0.0, 0.0], (-0.05, 0.05)),
        ([1e-320], (-0.05, 0.05)),
        ([np.nan, 1.0, np.inf, -np.inf, 3.0, 1e305], (0.9, 3.1)),
        ([np.nan], (-0.05, 1.05)),
        ([], (-0.05, 1.05)),
    ],
)
def test_ends_leave_a_little_room(values: list[float], ends: tuple[float, float]) -> None:
    assert around(np.array(values)) == pytest.approx(ends)
    low, high = around(np.array(values))
    assert linear("y", (low, high), 8).ticks


def test_room_beside_equal_values() -> None:
    assert around(np.array([1, 1]), 0.5) == (0.5, 1.5)
    assert around(np.array([40.0]), 0.5) == (38.0, 42.0)


@pytest.mark.parametrize("turned", [False, True])
def test_names_reach_as_far_as_they_are_long_or_high(turned: bool) -> None:
    scale = Scale("y", (0.0, 1.0), (0.0, 1.0), ("a", "a longer one"), 10.0, turned)
    longest = width_of("a longer one", 10.0)
    assert scale.depth(upright=True) == (10.0 if turned else longest)
    assert scale.depth(upright=False) == (longest if turned else 10.0)
    assert scale.margin(upright=True) == scale.depth(upright=True) + 20.0 + SIZE


@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["lower", "higher"])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 1.0, 2.0, 3.0, 4.0, 9.0], [True] * 6),
        ([0.0, 1.0, 2.0, 3.0, 4.0, 12.0], [True] * 5 + [False]),
        ([-99.0, 1.0, 2.0, 3.0, 4.0, 5.0], [True] * 6),
        ([1.0, 1.0, 1.0, 1.0, 1.0, 5.0], [True] * 6),
        ([1.0, np.nan, np.inf, -np.inf, 1e301], [True] + [False] * 4),
        ([np.nan, np.inf], [False, False]),
        ([], []),
    ],
    ids=["close", "far", "better", "equal", "infinite", "none", "nothing"],
)
def test_what_is_far_worse_than_most_is_not_near(values: list[float], expected: list[bool], sign: float) -> None:
    """Quartiles 1.25 and 3.75: the fence is at 11.25."""
    assert near(sign * np.array(values), higher=sign < 0).tolist() == expected
