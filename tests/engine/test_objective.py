"""Losses against torch's and Keras's definitions and autograd, and values at extreme logits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from builders import CPU, bce, cross_entropy, focal
from torch import Tensor, nn
from torch.nn.functional import cross_entropy as torch_cross_entropy
from torch.nn.functional import logsigmoid
from torch.testing import assert_close

from logodds.engine.loss import Loss
from logodds.engine.objective import coefficients, probability_losses, row_losses

LOGITS = (-1e4, -100.0, -30.0, -17.0, -5.0, -0.3, 0.0, 0.2, 4.0, 16.0, 25.0, 100.0, 1e4)
WEIGHTS = (1.0, 0.001, 0.1, 2.3, 40.0)
CLASSES = 3


def _grid(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Every logit [n, 1] with either class [n]."""
    logits = torch.tensor(LOGITS, dtype=dtype).repeat(2)[:, None]
    return logits, torch.arange(2).repeat_interleave(len(LOGITS))


def _many(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Logits [n, classes] of all sizes with every class [n]."""
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(60, CLASSES, generator=random, dtype=torch.float64)
    return (logits * torch.logspace(-1, 2, 60)[:, None]).to(dtype), torch.arange(60) % CLASSES


def _by_torch(logits: Tensor, target: Tensor, pos_weight: float) -> Tensor:
    weight = torch.tensor(pos_weight, dtype=logits.dtype)
    found: Tensor = nn.BCEWithLogitsLoss(reduction="none", pos_weight=weight)(logits, target.to(logits.dtype)[:, None])
    return found


def _filled(target: Tensor, loss: Loss, width: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Slope and shift, with the slope's 1s written out."""
    slope, shift = coefficients(target, loss, width, dtype)
    return torch.ones_like(shift[:, :1]) if slope is None else slope, shift


def _losses(loss: Loss, logits: Tensor, target: Tensor) -> Tensor:
    """Per row [n]."""
    slope, shift = _filled(target, loss, logits.shape[1], logits.dtype)
    return loss.objective([loss], 1, CPU).losses(logits[None], slope[None], shift[None])[0]


def _residual(loss: Loss, logits: Tensor, target: Tensor) -> Tensor:
    """dL/dz per row [n, width]."""
    slope, shift = _filled(target, loss, logits.shape[1], logits.dtype)
    out = torch.empty_like(logits)[None]
    loss.objective([loss], 1, CPU).residual(logits[None], slope[None], shift[None], out)
    return out[0]


# Binary cross-entropy


@pytest.mark.parametrize("pos_weight", WEIGHTS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-6), (torch.float64, 4e-15)])
def test_row_losses_are_those_of_bce_with_logits(pos_weight: float, dtype: torch.dtype, tolerance: float) -> None:
    logits, target = _grid(dtype)
    slope, shift = coefficients(target, bce(pos_weight=pos_weight), 1, dtype)
    expected = _by_torch(logits.double(), target, pos_weight)
    # Either formula adds and takes away the logit, so a tiny loss is known to the logit's last bits only.
    bound = tolerance * (expected + max(1.0, pos_weight) * logits.abs().clamp(1.0, 30.0))
    assert bool(((row_losses(logits, slope, shift) - expected).abs() <= bound).all())


@pytest.mark.parametrize("pos_weight", WEIGHTS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_label_smoothing_is_that_of_keras(smoothing: float, pos_weight: float) -> None:
    logits, target = _grid(torch.float64)
    smooth = target.double() * (1.0 - smoothing) + 0.5 * smoothing
    loss = bce(label_smoothing=smoothing, pos_weight=pos_weight)
    expected = _by_torch(logits, smooth, pos_weight)
    slope, shift = coefficients(target, loss, 1, torch.float64)
    assert_close(row_losses(logits, slope, shift), expected, rtol=1e-12, atol=1e-12)
    assert_close(_losses(loss, logits, target), expected[:, 0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pos_weight", WEIGHTS)
def test_hard_targets_give_slope_and_shift_exactly(pos_weight: float) -> None:
    slope, shift = coefficients(torch.tensor([0, 1]), bce(pos_weight=pos_weight), 1)
    assert torch.equal(shift, torch.tensor([[0.0], [-pos_weight]]))
    if pos_weight == 1.0:
        assert slope is None
    else:
        assert torch.equal(slope, torch.tensor([[1.0], [pos_weight]]))


@pytest.mark.parametrize("pos_weight", WEIGHTS)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_gradient_is_slope_times_sigmoid_plus_shift(smoothing: float, pos_weight: float) -> None:
    logits, target = _grid(torch.float64)
    loss = bce(label_smoothing=smoothing, pos_weight=pos_weight)
    slope, shift = coefficients(target, loss, 1, torch.float64)
    logits.requires_grad_()
    smooth = target.double() * (1.0 - smoothing) + 0.5 * smoothing
    (expected,) = torch.autograd.grad(_by_torch(logits, smooth, pos_weight).sum(), logits)
    found = logits.detach().sigmoid() * (1.0 if slope is None else slope) + shift
    assert_close(found, expected, rtol=1e-12, atol=1e-15)
    assert_close(_residual(loss, logits.detach(), target), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("pos_weight", [1.0, 0.1, 2.3])
def test_extreme_logits_give_exact_losses(pos_weight: float) -> None:
    logits = torch.tensor([[-1e4], [1e4], [-1e4], [1e4]])
    slope, shift = coefficients(torch.tensor([0, 0, 1, 1]), bce(pos_weight=pos_weight), 1)
    expected = torch.tensor([[0.0], [1e4], [torch.tensor(pos_weight) * 1e4], [0.0]])
    assert torch.equal(row_losses(logits, slope, shift), expected)


# By way of the probability


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_probability_losses_and_gradients_are_those_of_bce_loss(smoothing: float) -> None:
    loss = bce(from_logits=False, label_smoothing=smoothing)
    logits = torch.linspace(-110.0, 110.0, 4401).repeat(2)[:, None]
    target = torch.arange(2).repeat_interleave(4401)
    smooth = target[:, None].float() * (1.0 - smoothing) + 0.5 * smoothing
    z = logits.clone().requires_grad_()
    expected = nn.BCELoss(reduction="none")(z.sigmoid(), smooth)
    (gradient,) = torch.autograd.grad(expected.sum(), z)
    assert bool(expected.isfinite().all())
    assert_close(_losses(loss, logits, target), expected[:, 0].detach(), rtol=1e-6, atol=1e-6)
    assert_close(_residual(loss, logits, target), gradient, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("pos_weight", [1.0, 0.1, 40.0])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_probability_losses_and_gradients_are_finite_everywhere(smoothing: float, pos_weight: float) -> None:
    """Also at infinite logits, where the probability is 0 or 1 exactly."""
    loss = bce(from_logits=False, label_smoothing=smoothing, pos_weight=pos_weight)
    logits = torch.tensor([-torch.inf, -3e38, *LOGITS, 3e38, torch.inf]).repeat(2)[:, None]
    target = torch.arange(2).repeat_interleave(len(LOGITS) + 4)
    losses, residual = _losses(loss, logits, target), _residual(loss, logits, target)
    assert bool(losses.isfinite().all())
    assert bool((losses >= 0.0).all())
    assert bool(residual.isfinite().all())


def test_probabilities_of_zero_and_one_cost_at_most_a_hundred() -> None:
    probability = torch.tensor([[0.0], [1.0], [0.0], [1.0]])
    slope, shift = _filled(torch.tensor([0, 0, 1, 1]), bce(), 1, torch.float32)
    expected = nn.BCELoss(reduction="none")(probability, torch.tensor([[0.0], [0.0], [1.0], [1.0]]))
    assert torch.equal(probability_losses(probability, slope, shift), expected)
    assert expected.flatten().tolist() == [0.0, 100.0, 100.0, 0.0]


@pytest.mark.parametrize("pos_weight", [0.1, 1.0, 3.0])
def test_both_ways_agree_between_the_extremes(pos_weight: float) -> None:
    logits = torch.linspace(-12.0, 12.0, 481, dtype=torch.float64).repeat(2)[:, None]
    target = torch.arange(2).repeat_interleave(481)
    direct, other = (bce(pos_weight=pos_weight, from_logits=from_logits) for from_logits in (True, False))
    assert_close(_losses(other, logits, target), _losses(direct, logits, target), rtol=1e-9, atol=1e-9)
    assert_close(_residual(other, logits, target), _residual(direct, logits, target), rtol=1e-9, atol=1e-9)


# Softmax


CLASS_WEIGHTS = [None, [1.0, 1.0, 1.0], [0.5, 2.0, 7.0]]


@pytest.mark.parametrize("weights", CLASS_WEIGHTS, ids=str)
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.6])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 3e-6), (torch.float64, 1e-13)])
def test_cross_entropy_is_that_of_torch(
    weights: list[float] | None, smoothing: float, dtype: torch.dtype, tolerance: float
) -> None:
    """Per row, and as the mean over rows: torch's sum over n, and its own mean where there are no weights."""
    loss = cross_entropy(class_weight=weights, label_smoothing=smoothing)
    logits, target = _many(dtype)
    given = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    z = logits.double().clone().requires_grad_()
    expected = torch_cross_entropy(z, target, given, reduction="none", label_smoothing=smoothing)
    (gradient,) = torch.autograd.grad(expected.sum(), z)
    found = _losses(loss, logits, target)
    # A loss is the difference of numbers as large as its logits.
    bound = tolerance * logits.abs().amax(1) * (1.0 if weights is None else max(weights))
    assert bool(((found - expected).abs() <= bound + tolerance).all())
    assert_close(_residual(loss, logits, target).double(), gradient, rtol=0.0, atol=tolerance * 10)
    total = nn.CrossEntropyLoss(given, reduction="sum", label_smoothing=smoothing)(z, target) / len(target)
    assert float(found.double().mean()) == pytest.approx(total.item(), rel=tolerance * 10)
    if weights is None:
        mean = nn.CrossEntropyLoss(label_smoothing=smoothing)(z, target)
        assert float(found.double().mean()) == pytest.approx(mean.item(), rel=tolerance * 10)


def test_a_softmax_of_two_classes_is_the_binary_loss_of_their_difference() -> None:
    random = torch.Generator().manual_seed(1)
    logits = 3.0 * torch.randn(40, 2, generator=random, dtype=torch.float64)
    target = torch.arange(40) % 2
    difference = (logits[:, 1] - logits[:, 0])[:, None]
    assert_close(_losses(cross_entropy(), logits, target), _losses(bce(), difference, target), rtol=1e-12, atol=1e-12)
    assert_close(
        _losses(cross_entropy(class_weight=[1.0, 2.3]), logits, target),
        _losses(bce(pos_weight=2.3), difference, target),
        rtol=1e-12,
        atol=1e-12,
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_extreme_logits_give_a_finite_cross_entropy(smoothing: float) -> None:
    logits = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0], [3e37, -3e37, 0.0]])
    loss, target = cross_entropy(label_smoothing=smoothing), torch.zeros(3, dtype=torch.int64)
    assert bool(_losses(loss, logits, target).isfinite().all())
    assert bool(_residual(loss, logits, target).isfinite().all())
    if smoothing == 0.0:
        assert _losses(loss, logits, target).tolist() == [0.0, 2e4, 0.0]


# Focal


def _focal(z: Tensor, target: Tensor, gamma: float, alpha: float | None) -> Tensor:
    """-alpha_t (1 - p_t)^gamma log p_t, from its definition."""
    sign = 2.0 * target[:, None].double() - 1.0
    logarithm = logsigmoid(sign * z)
    weight = 1.0 if alpha is None else (sign + 1.0) / 2.0 * alpha + (1.0 - sign) / 2.0 * (1.0 - alpha)
    return -weight * (1.0 - logarithm.exp()) ** gamma * logarithm


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [None, 0.25, 0.9])
def test_focal_losses_and_gradients_are_those_of_the_formula(gamma: float, alpha: float | None) -> None:
    loss = focal(gamma=gamma, alpha=alpha)
    z = torch.linspace(-9.0, 9.0, 91, dtype=torch.float64).repeat(2)[:, None].requires_grad_()
    target = torch.arange(2).repeat_interleave(91)
    expected = _focal(z, target, gamma, alpha)
    (gradient,) = torch.autograd.grad(expected.sum(), z)
    assert_close(_losses(loss, z.detach(), target), expected[:, 0].detach(), rtol=1e-10, atol=1e-14)
    assert_close(_residual(loss, z.detach(), target), gradient, rtol=1e-9, atol=1e-14)
    single = z.detach().float()
    assert_close(_losses(loss, single, target), expected[:, 0].detach().float(), rtol=1e-5, atol=1e-7)
    assert_close(_residual(loss, single, target), gradient.float(), rtol=1e-5, atol=1e-7)


def test_a_focal_loss_without_focus_is_the_binary_cross_entropy() -> None:
    logits, target = _grid(torch.float64)
    loss = focal(gamma=0.0, alpha=None)
    assert_close(_losses(loss, logits, target), _losses(bce(), logits, target), rtol=1e-12, atol=1e-12)
    assert_close(_residual(loss, logits, target), _residual(bce(), logits, target), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.0, 100.0])
def test_extreme_logits_give_a_finite_focal_loss(gamma: float) -> None:
    logits, target = _grid(torch.float32)
    losses = _losses(focal(gamma=gamma), logits, target)
    assert bool(losses.isfinite().all())
    assert bool((losses >= 0.0).all())
    assert bool(_residual(focal(gamma=gamma), logits, target).isfinite().all())


# Every objective

EVERY: list[tuple[Loss, int]] = [
    (bce(), 1),
    (bce(pos_weight=2.3, label_smoothing=0.1), 1),
    (bce(from_logits=False), 1),
    (bce(from_logits=False, pos_weight=0.4, label_smoothing=0.1), 1),
    (cross_entropy(), CLASSES),
    (cross_entropy(class_weight=[0.5, 2.0, 7.0], label_smoothing=0.1), CLASSES),
    (focal(), 1),
    (focal(gamma=0.7, alpha=None), 1),
]


@pytest.mark.parametrize(("loss", "width"), EVERY, ids=str)
def test_the_residual_is_the_gradient_of_the_losses(loss: Loss, width: int) -> None:
    random = torch.Generator().manual_seed(2)
    logits = 4.0 * torch.randn(50, width, generator=random, dtype=torch.float64)
    target = torch.randint(0, max(2, width), (50,), generator=random)
    logits.requires_grad_()
    (expected,) = torch.autograd.grad(_losses(loss, logits, target).sum(), logits)
    assert_close(_residual(loss, logits.detach(), target), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("loss", "width"), EVERY, ids=str)
def test_rows_without_slope_and_shift_count_for_nothing(loss: Loss, width: int) -> None:
    logits = 30.0 * torch.randn(2, 40, width, generator=torch.Generator().manual_seed(3))
    slope, shift = torch.zeros(2, 40, 1), torch.zeros(2, 40, width)
    out = torch.full_like(logits, 5.0)
    found = loss.objective([loss, loss], 2, CPU)
    found.residual(logits, slope, shift, out)
    assert not out.any()
    assert not found.losses(logits, slope, shift).any()


@pytest.mark.parametrize(
    "losses",
    [
        [bce(), bce(pos_weight=3.0), bce(label_smoothing=0.2)],
        [bce(from_logits=False, pos_weight=weight) for weight in (1.0, 3.0)],
        [cross_entropy(), cross_entropy(class_weight=[1.0, 2.0, 3.0])],
        [focal(gamma=gamma, alpha=alpha) for gamma, alpha in ((0.0, None), (2.0, 0.25), (0.5, 0.9))],
    ],
    ids=["bce", "probability", "cross_entropy", "focal"],
)
def test_members_of_one_objective_keep_their_own_numbers(losses: Sequence[Loss]) -> None:
    width = CLASSES if losses[0].name == "cross_entropy" else 1
    random = torch.Generator().manual_seed(4)
    logits = torch.randn(len(losses), 32, width, generator=random)
    target = torch.randint(0, max(2, width), (32,), generator=random)
    parts = [_filled(target, loss, width, torch.float32) for loss in losses]
    slope, shift = (torch.stack(part) for part in zip(*parts, strict=True))
    together, out = losses[0].objective(losses, len(losses), CPU), torch.empty_like(logits)
    together.residual(logits, slope, shift, out)
    for k, loss in enumerate(losses):
        assert torch.equal(out[k], _residual(loss, logits[k], target))
        assert torch.equal(together.losses(logits, slope, shift)[k], _losses(loss, logits[k], target))
