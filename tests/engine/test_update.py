"""Optimisers against torch.optim on the same gradients."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from builders import CPU, adam, adamw, bce, one_batch, sgd
from torch.testing import assert_close

from logodds.engine.optim import Optim
from logodds.engine.optimisers.adam import Adam
from logodds.engine.optimisers.adamw import AdamW
from logodds.engine.optimisers.sgd import SGD
from logodds.models.stacks.dense import DenseStack
from logodds.models.stacks.padding import padded
from logodds.system.errors import UserError

INPUTS, STEPS, EPOCH = 9, 50, 10
SGD_CASES = {
    "plain": sgd(),
    "momentum": sgd(momentum=0.9),
    "nesterov": sgd(momentum=0.8, nesterov=True),
    "decay": sgd(weight_decay=0.1),
    "momentum and decay": sgd(lr=0.03, momentum=0.95, weight_decay=0.02),
    "nesterov and decay": sgd(lr=0.2, momentum=0.5, nesterov=True, weight_decay=0.3),
}
ADAM_CASES = {
    "plain": adam(),
    "decay": adam(weight_decay=0.1),
    "betas": adam(lr=0.1, beta1=0.5, beta2=0.9, eps=1e-4),
    "no memory": adam(beta1=0.0, beta2=0.0, eps=1e-3),
}
ADAMW_CASES = {
    "default": adamw(),
    "no decay": adamw(weight_decay=0.0),
    "strong decay": adamw(lr=0.1, weight_decay=0.5, beta1=0.8, beta2=0.95),
}


def _gradients(member: int) -> torch.Tensor:
    """[steps, inputs + 1], of different sizes per column."""
    random = torch.Generator().manual_seed(100 + member)
    return torch.randn(STEPS, INPUTS + 1, generator=random) * torch.logspace(-2, 1, INPUTS + 1)


def _ours(options: Sequence[Optim], scales: Sequence[float]) -> list[torch.Tensor]:
    """Final weights [inputs + 1] of each member, after epochs of ``EPOCH`` steps."""
    stack = DenseStack([INPUTS, 1], "relu", [0.0] * len(options), range(len(options)), padded(1), CPU)
    with stack.context():
        optimiser = options[0].update(options, stack)
        for step in range(STEPS):
            if step % EPOCH == 0:
                optimiser.begin(scales, [step] * len(scales), EPOCH)
            for k in range(len(options)):
                stack.grad[k, : INPUTS + 1] = _gradients(k)[step]
            optimiser.step()
    return [torch.cat([tensor.flatten() for tensor in stack.weights(k).values()]) for k in range(len(options))]


def _torchs(option: Optim, member: int, scale: float) -> torch.Tensor:
    torch.manual_seed(member)
    linear = torch.nn.Linear(INPUTS, 1)
    groups = [
        {"params": [linear.weight], "weight_decay": option.weight_decay},
        {"params": [linear.bias], "weight_decay": 0.0},
    ]
    if isinstance(option, SGD):
        optimiser: torch.optim.Optimizer = torch.optim.SGD(
            groups, lr=option.lr * scale, momentum=option.momentum, nesterov=option.nesterov
        )
    else:
        assert isinstance(option, Adam | AdamW)
        kind = torch.optim.AdamW if isinstance(option, AdamW) else torch.optim.Adam
        optimiser = kind(groups, lr=option.lr * scale, betas=(option.beta1, option.beta2), eps=option.eps)
    for gradient in _gradients(member):
        linear.weight.grad = gradient[None, :-1].clone()
        linear.bias.grad = gradient[-1:].clone()
        optimiser.step()
    return torch.cat([linear.weight.detach()[0], linear.bias.detach()])


@pytest.mark.parametrize("case", SGD_CASES)
def test_sgd_is_that_of_torch(case: str) -> None:
    (found,) = _ours([SGD_CASES[case]], [1.0])
    assert_close(found, _torchs(SGD_CASES[case], 0, 1.0), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("option", [*ADAM_CASES.values(), *ADAMW_CASES.values()], ids=[*ADAM_CASES, *ADAMW_CASES])
def test_adam_and_adamw_are_those_of_torch(option: Optim) -> None:
    (found,) = _ours([option], [1.0])
    assert_close(found, _torchs(option, 0, 1.0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("cases", "rtol"), [(SGD_CASES, 1e-6), (ADAM_CASES, 1e-5), (ADAMW_CASES, 1e-5)], ids=["sgd", "adam", "adamw"]
)
def test_each_member_takes_its_own_numbers(cases: dict[str, Optim], rtol: float) -> None:
    options = list(cases.values())
    scales = [1.0 / (k + 1) for k in range(len(options))]
    for k, found in enumerate(_ours(options, scales)):
        assert_close(found, _torchs(options[k], k, scales[k]), rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("cases", [SGD_CASES, ADAM_CASES, ADAMW_CASES], ids=["sgd", "adam", "adamw"])
def test_neighbours_change_no_bit_of_a_member(cases: dict[str, Optim]) -> None:
    options = list(cases.values())
    together = _ours(options, [1.0] * len(options))
    # The first of a stack starts from seed 0 and sees the gradients of member 0.
    for case in options:
        alone = _ours([case], [1.0])[0]
        among = _ours([case, *options], [1.0] * (len(options) + 1))[0]
        assert torch.equal(alone, among)
    assert torch.equal(together[0], _ours(options[:1], [1.0])[0])


@pytest.mark.parametrize("option", [*ADAM_CASES.values(), *ADAMW_CASES.values()], ids=[*ADAM_CASES, *ADAMW_CASES])
def test_a_large_model_is_updated_as_by_torchs_fused_kernel(option: Adam | AdamW) -> None:
    widths, scale = (300, 60, 2), 0.5
    stack = DenseStack(widths, "relu", [0.0], [3], padded(1), CPU)
    torch.manual_seed(3)
    module = torch.nn.Sequential(torch.nn.Linear(*widths[:2]), torch.nn.Linear(*widths[1:]))
    groups = [
        {"params": [layer.weight for layer in module], "weight_decay": option.weight_decay},
        {"params": [layer.bias for layer in module], "weight_decay": 0.0},
    ]
    kind = torch.optim.AdamW if isinstance(option, AdamW) else torch.optim.Adam
    betas = option.beta1, option.beta2
    theirs = kind(groups, lr=option.lr * scale, betas=betas, eps=option.eps, fused=True)
    random = torch.Generator().manual_seed(0)
    with stack.context():
        ours = option.update([option], stack)
        for step in range(20):
            if step % EPOCH == 0:
                ours.begin([scale], [step], EPOCH)
            gradient = {name: torch.randn(each.shape, generator=random) for name, each in module.named_parameters()}
            for layer, view in enumerate(stack._gradients):
                view[0, :-1], view[0, -1] = gradient[f"{layer}.weight"].T, gradient[f"{layer}.bias"]
            for name, parameter in module.named_parameters():
                parameter.grad = gradient[name]
            ours.step()
            theirs.step()
    for name, tensor in stack.weights(0).items():
        assert_close(tensor, module.get_parameter(name.removeprefix("layers.")), rtol=1e-6, atol=1e-7)


def test_gradients_are_taken_as_the_loss_gives_them() -> None:
    """One step of plain SGD by hand on one row: w - lr (s(z) - t) x."""
    stack = DenseStack([2, 1], "relu", [0.0], [0], padded(1), CPU)
    weights = stack.weights(0)
    x = torch.zeros(stack.slots, padded(1), 3)
    x[0, 0] = torch.tensor([2.0, -3.0, 1.0])
    shift = torch.zeros(stack.slots, padded(1), 1)
    shift[0, 0] = -1.0 * bce().pos_weight
    z = weights["layers.0.weight"][0] @ x[0, 0, :2] + weights["layers.0.bias"][0]
    with stack.context():
        optimiser = sgd().update([sgd(lr=0.5)], stack)
        optimiser.begin([1.0], [0], 1)
        one_batch(stack, (x, x.transpose(1, 2)), [bce()], None, shift, 1)
        optimiser.step()
    slope = 0.5 * (torch.sigmoid(z) - 1.0)
    found = stack.weights(0)
    assert_close(found["layers.0.weight"][0], weights["layers.0.weight"][0] - slope * x[0, 0, :2])
    assert_close(found["layers.0.bias"], weights["layers.0.bias"] - slope)


def test_nesterov_without_momentum_is_refused() -> None:
    with pytest.raises(UserError, match=r"optim\.momentum > 0"):
        sgd(nesterov=True).check()
