"""Learning-rate schedules against torch's and against hand computation."""

from __future__ import annotations

import pytest
import torch
from builders import train_options
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, LRScheduler

from logodds.engine.schedule import rate_scale


def _rates(scheduler: LRScheduler, epochs: int) -> list[float]:
    """The learning rate used in each epoch."""
    found = []
    for _ in range(epochs):
        found.append(float(scheduler.optimizer.param_groups[0]["lr"]))
        scheduler.optimizer.step()
        scheduler.step()
    return found


def _optimiser() -> torch.optim.SGD:
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)


def _scales(schedule: str, epochs: int, warmup: int = 0) -> list[float]:
    options = train_options(schedule=schedule, epochs=epochs, warmup_epochs=warmup)
    return [rate_scale(options, epoch) for epoch in range(1, epochs + 1)]


@pytest.mark.parametrize("epochs", [1, 2, 10, 57])
def test_cosine_is_cosine_annealing(epochs: int) -> None:
    expected = _rates(CosineAnnealingLR(_optimiser(), T_max=epochs), epochs)
    assert _scales("cosine", epochs) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("epochs", [1, 2, 10, 57])
def test_linear_falls_as_linear_lr_towards_zero(epochs: int) -> None:
    scheduler = LinearLR(_optimiser(), start_factor=1.0, end_factor=0.0, total_iters=epochs)
    assert _scales("linear", epochs) == pytest.approx(_rates(scheduler, epochs), abs=1e-12)


def test_linear_by_hand() -> None:
    assert _scales("linear", 4) == [1.0, 0.75, 0.5, 0.25]


def test_constant_is_one_throughout() -> None:
    assert _scales("constant", 5) == [1.0] * 5


@pytest.mark.parametrize("schedule", ["constant", "cosine", "linear"])
def test_warm_up_rises_in_equal_steps_and_the_schedule_follows_over_the_rest(schedule: str) -> None:
    assert _scales(schedule, 9, warmup=3) == pytest.approx([0.25, 0.5, 0.75, *_scales(schedule, 6)], abs=1e-15)


@pytest.mark.parametrize(("epochs", "warmup"), [(3, 3), (2, 5)])
def test_warm_up_may_last_to_the_end(epochs: int, warmup: int) -> None:
    assert _scales("cosine", epochs, warmup) == [epoch / (warmup + 1) for epoch in range(1, epochs + 1)]
