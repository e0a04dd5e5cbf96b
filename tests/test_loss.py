"""Losses against torch's, Keras's definition of label smoothing, and values at extreme logits."""

from __future__ import annotations

import pytest
import torch
from builders import bce
from torch import nn
from torch.testing import assert_close

from logodds.loss import coefficients, row_losses

LOGITS = (-1e4, -100.0, -30.0, -17.0, -5.0, -0.3, 0.0, 0.2, 4.0, 16.0, 25.0, 100.0, 1e4)
WEIGHTS = (1.0, 0.001, 0.1, 2.3, 40.0)


def _grid(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Every logit with either target."""
    logits = torch.tensor(LOGITS, dtype=dtype).repeat(2)
    return logits, torch.arange(2).repeat_interleave(len(LOGITS)).to(dtype)


def _by_torch(logits: torch.Tensor, target: torch.Tensor, pos_weight: float) -> torch.Tensor:
    weight = torch.tensor(pos_weight, dtype=logits.dtype)
    found: torch.Tensor = nn.BCEWithLogitsLoss(reduction="none", pos_weight=weight)(logits, target)
    return found


@pytest.mark.parametrize("pos_weight", WEIGHTS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-6), (torch.float64, 4e-15)])
def test_row_losses_are_those_of_bce_with_logits(pos_weight: float, dtype: torch.dtype, tolerance: float) -> None:
    logits, target = _grid(dtype)
    gain, share = coefficients(target, bce(pos_weight=pos_weight))
    expected = _by_torch(logits.double(), target.double(), pos_weight)
    # Either formula adds and takes away the logit, so a tiny loss is known to the logit's last bits only.
    bound = tolerance * (expected + max(1.0, pos_weight) * logits.abs().clamp(1.0, 30.0))
    assert bool(((row_losses(logits, gain, share) - expected).abs() <= bound).all())


@pytest.mark.parametrize("pos_weight", WEIGHTS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_label_smoothing_is_that_of_keras(smoothing: float, pos_weight: float) -> None:
    logits, target = _grid(torch.float64)
    smooth = target * (1.0 - smoothing) + 0.5 * smoothing
    gain, share = coefficients(target, bce(label_smoothing=smoothing, pos_weight=pos_weight))
    assert_close(row_losses(logits, gain, share), _by_torch(logits, smooth, pos_weight), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pos_weight", WEIGHTS)
def test_hard_targets_give_gain_and_share_exactly(pos_weight: float) -> None:
    gain, share = coefficients(torch.tensor([0.0, 1.0]), bce(pos_weight=pos_weight))
    assert torch.equal(share, torch.tensor([0.0, pos_weight]))
    if pos_weight == 1.0:
        assert gain is None
    else:
        assert torch.equal(gain, torch.tensor([1.0, pos_weight]))


@pytest.mark.parametrize("pos_weight", WEIGHTS)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_gradient_is_gain_times_sigmoid_minus_share(smoothing: float, pos_weight: float) -> None:
    logits, target = _grid(torch.float64)
    gain, share = coefficients(target, bce(label_smoothing=smoothing, pos_weight=pos_weight))
    logits.requires_grad_()
    smooth = target * (1.0 - smoothing) + 0.5 * smoothing
    (expected,) = torch.autograd.grad(_by_torch(logits, smooth, pos_weight).sum(), logits)
    found = logits.detach().sigmoid() * (1.0 if gain is None else gain) - share
    assert_close(found, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("pos_weight", [1.0, 0.1, 2.3])
def test_extreme_logits_give_exact_losses(pos_weight: float) -> None:
    logits = torch.tensor([-1e4, 1e4, -1e4, 1e4])
    gain, share = coefficients(torch.tensor([0.0, 0.0, 1.0, 1.0]), bce(pos_weight=pos_weight))
    expected = torch.tensor([0.0, 1e4, torch.tensor(pos_weight) * 1e4, 0.0])
    assert torch.equal(row_losses(logits, gain, share), expected)
