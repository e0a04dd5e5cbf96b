"""When checkpoints are due."""

from __future__ import annotations

import pytest

from logodds.runs.saving import Saving


def test_checkpoints_are_as_far_apart_as_is_set() -> None:
    saving = Saving(100.0)
    assert not saving.is_due(109.75, 10.0)
    assert saving.is_due(110.0, 10.0)
    saving.saved(110.0, 111.0)  # nine seconds at least
    assert not saving.is_due(120.75, 10.0)
    assert saving.is_due(121.0, 10.0)


@pytest.mark.parametrize("took", [0.5, 3.0, 40.0])
def test_saving_takes_a_tenth_of_the_time_where_it_takes_long(took: float) -> None:
    saving, now, spent = Saving(0.0), 0.0, 0.0
    for _ in range(20):
        while not saving.is_due(now, 0.01):
            now += took / 64  # an epoch
        began = now
        now += took
        spent += took
        saving.saved(began, now)
    while not saving.is_due(now, 0.01):
        now += took / 64
    assert 0.09 < spent / now <= 0.1
