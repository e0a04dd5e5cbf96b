"""The general path for any torch module: the same results as the written-out path, and buffers kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from builders import (
    CPU,
    adamw,
    bce,
    begin,
    breast_cancer,
    column,
    cross_entropy,
    digits,
    fitted,
    focal,
    logistic,
    member,
    mlp,
    numbers,
    one_batch,
    resnet,
    rows,
    sgd,
    trained,
)
from numpy.testing import assert_allclose
from torch import Tensor, nn
from torch.testing import assert_close
from torch.utils.data import DataLoader

from logodds.engine.fit import Epoch
from logodds.engine.loss import Loss
from logodds.engine.losses.bce import BCE
from logodds.engine.objective import coefficients
from logodds.engine.state import Data, MemberOptions, TrainState, start
from logodds.features.rows import Matrix
from logodds.models.stacks.build import build
from logodds.models.stacks.module import ModuleStack
from logodds.models.stacks.padding import padded
from logodds.system.errors import JobError, UserError

SIX = Matrix(np.zeros((0, 6), np.float32), tuple("abcdef"))  # rows of six inputs


def _stack(module: nn.Module, outputs: int = 1) -> ModuleStack:
    return ModuleStack(module, outputs, 1, torch.Generator().manual_seed(0), 0, CPU)


def _network(inputs: int, hidden: list[int], seed: int, outputs: int = 1) -> nn.Sequential:
    """Rows -> logits [n, outputs], with the weights of the written-out path."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for fan_in, fan_out in zip([inputs, *hidden], [*hidden, outputs], strict=True):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _trained(module: nn.Module, one: MemberOptions, data: Data, outputs: int = 1) -> tuple[TrainState, list[Epoch]]:
    state = start(_stack(module, outputs), [one], [data])
    return state, list(fitted(state))


@pytest.mark.parametrize("hidden", [[], [8]])
@pytest.mark.parametrize(
    "one",
    [
        member(sgd(lr=0.05), epochs=20, monitor="val/loss"),
        member(sgd(lr=0.05, momentum=0.9, weight_decay=0.01), bce(pos_weight=2.0), epochs=20, batch_size=7),
        member(sgd(lr=0.05), bce(label_smoothing=0.2), epochs=20, clip_norm=0.1, schedule="cosine"),
    ],
    ids=["plain", "momentum, decay, weights", "smoothing, clipping, schedule"],
)
def test_both_paths_give_the_same_trajectory(hidden: list[int], one: MemberOptions) -> None:
    data = breast_cancer(200, 60)
    model = mlp(hidden=hidden) if hidden else logistic()
    expected, history = trained([model], [one], data)
    found, other = _trained(_network(30, hidden, one.train.seed), one, data)
    for name in history[0].figures:
        assert_allclose(column(other, name), column(history, name), rtol=0.0, atol=1e-6)
    for tensor, reference in zip(found.stack.weights(0).values(), expected.stack.weights(0).values(), strict=True):
        assert_allclose(tensor, reference, rtol=0.0, atol=2e-6)


@pytest.mark.parametrize(
    ("loss", "classes", "outputs"),
    [
        (cross_entropy(), 3, 3),
        (cross_entropy(class_weight="balanced", label_smoothing=0.1), 10, 10),
        (focal(), 2, 1),
        (bce(from_logits=False, pos_weight="auto"), 2, 1),
    ],
    ids=str,
)
@pytest.mark.parametrize("sampling", ["shuffle", "stratified", "weighted"])
def test_both_paths_give_the_same_trajectory_for_every_loss(
    loss: Loss, classes: int, outputs: int, sampling: str
) -> None:
    data, one = digits(classes, 150), member(sgd(lr=0.1), loss, epochs=10, batch_size=20, sampling=sampling)
    expected, history = trained([mlp(hidden=[8])], [one], data)
    found, other = _trained(_network(64, [8], one.train.seed, outputs), one, data, outputs)
    assert_allclose(column(other, "train/loss"), column(history, "train/loss"), rtol=0.0, atol=1e-6)
    for tensor, reference in zip(found.stack.weights(0).values(), expected.stack.weights(0).values(), strict=True):
        assert_allclose(tensor, reference, rtol=0.0, atol=2e-6)


def _gradient(module: nn.Module, x: Tensor, target: Tensor, loss: BCE, size: int) -> tuple[Tensor, Tensor]:
    """Logits and flat gradient of one batch, padded with rows that must not count."""
    stack = _stack(module)
    slope, shift = torch.ones(1, padded(size), 1), torch.ones(1, padded(size), 1)
    found, shift[0, :size] = coefficients(target, loss, 1)
    if found is not None:
        slope[0, :size] = found
    logits = one_batch(stack, x, [loss], slope, shift, size)
    return logits[0, :size], stack.grad[0]


@pytest.mark.parametrize(
    "loss", [bce(), bce(pos_weight=3.0), bce(label_smoothing=0.2)], ids=["plain", "weight", "smooth"]
)
@pytest.mark.parametrize("scale", [1.0, 0.0], ids=["random weights", "zero weights"])
def test_gradients_are_those_of_plain_autograd(loss: BCE, scale: float) -> None:
    x = torch.randn(12, 5, generator=torch.Generator().manual_seed(0))
    target = (torch.arange(12) % 3 == 0).long()
    network = _network(5, [4], 0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter *= scale
    twin = deepcopy(network)
    logits, found = _gradient(network, x, target, loss, 12)
    smooth = target[:, None].float() * (1.0 - loss.label_smoothing) + 0.5 * loss.label_smoothing
    z = twin(x)
    nn.functional.binary_cross_entropy_with_logits(z, smooth, pos_weight=torch.tensor(loss.pos_weight)).backward()
    gradients = [parameter.grad for parameter in twin.parameters() if parameter.grad is not None]
    expected = torch.cat([gradient.flatten() for gradient in gradients])
    assert_close(logits, z.detach())
    assert_close(found[: len(expected)], expected, rtol=1e-5, atol=1e-7)
    assert torch.equal(found[len(expected) :], torch.zeros(len(found) - len(expected)))


def test_weight_decay_applies_to_matrices_only() -> None:
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    expected = torch.cat([torch.ones(6), torch.zeros(3 + 3 + 3), torch.ones(3), torch.zeros(1)])
    decayed = _stack(network).decayed
    assert torch.equal(decayed[: len(expected)], expected)
    assert not decayed[len(expected) :].any()


def test_training_moves_the_modules_own_parameters() -> None:
    """Parameters are views of the flat buffer, so the module and the stack never differ."""
    network, data = _network(30, [4], 0), breast_cancer(130, 60)
    state, _ = _trained(network, member(adamw()), data)
    for name, tensor in network.state_dict().items():
        assert torch.equal(state.stack.weights(0)[name], tensor)
    flat = torch.cat([parameter.detach().flatten() for parameter in network.parameters()])
    assert torch.equal(state.stack.flat[0, : len(flat)], flat)
    with torch.no_grad():
        network.eval()
        expected = network(torch.from_numpy(data.x_val.values))
    assert torch.equal(state.stack.logits(numbers(data.x_val.values), [0])[0], expected)


def test_batch_norm_buffers_are_saved_and_restored() -> None:
    data, one = breast_cancer(130, 60), member(epochs=3, batch_size=50)
    state, _ = trained([resnet()], [one], data)
    weights = state.stack.weights(0)
    assert weights["1.layers.0.num_batches_tracked"].item() == 9
    fresh = begin([resnet()], [member(seed=8)], data)
    assert not torch.equal(fresh.stack.weights(0)["1.layers.0.running_mean"], weights["1.layers.0.running_mean"])
    fresh.stack.load_weights(0, weights)
    for name, tensor in fresh.stack.weights(0).items():
        assert torch.equal(tensor, weights[name]), name
    x = numbers(data.x_val.values)
    assert torch.equal(fresh.stack.logits(x, [0]), state.stack.logits(x, [0]))


def test_kept_weights_hold_the_buffers_of_their_epoch() -> None:
    one = member(sgd(lr=1.0), epochs=12, monitor="val/loss", batch_size=50)
    data = breast_cancer(130, 60)
    state = begin([resnet()], [one], data)
    kept = [state.stack.weights(0) for _ in fitted(state)]
    for name, tensor in kept[state.members[0].best_epoch - 1].items():
        assert torch.equal(state.best_weights(0)[name], tensor), name


def test_batch_norm_statistics_see_valid_rows_only() -> None:
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    network = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1))
    twin = deepcopy(network)
    _trained(network, member(sgd(lr=1e-30), epochs=1, batch_size=5), rows(x, torch.ones(5)))
    (order,) = DataLoader(torch.arange(5), 5, shuffle=True, generator=torch.Generator().manual_seed(0))
    twin(numbers(x).take(order))
    found = dict(network.named_buffers())
    for name, tensor in twin.named_buffers():
        assert torch.equal(found[name], tensor), name
    assert len(found) == 3


def test_a_batch_of_one_row_is_refused_where_batch_norm_cannot_take_it() -> None:
    with pytest.raises(JobError, match=r"train\.batch_size: .*no batch of one row"):
        trained([resnet()], [member(batch_size=43)], breast_cancer(130, 60))


@pytest.mark.parametrize("weights", [{}, {"0.weight": torch.zeros(2, 2)}], ids=["none", "another shape"])
def test_weights_of_another_architecture_are_refused(weights: dict[str, Tensor]) -> None:
    with pytest.raises(UserError, match="weights do not fit the model"):
        _stack(_network(3, [], 0)).load_weights(0, weights)


# ResNet


def test_a_resnet_is_built_from_its_seed_alone_and_leaves_the_global_generator_alone() -> None:
    first = build([resnet()], SIX, 1, [3], padded(4), CPU).weights(0)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    again = build([resnet()], SIX, 1, [3], padded(4), CPU).weights(0)
    assert torch.equal(torch.rand(3), expected)
    other = build([resnet()], SIX, 1, [4], padded(4), CPU).weights(0)
    assert all(torch.equal(tensor, first[name]) for name, tensor in again.items())
    assert not torch.equal(other["0.weight"], first["0.weight"])


def test_a_resnet_is_the_network_of_its_paper() -> None:
    """x + linear(relu(linear(norm(x)))) per block, then linear(relu(norm(x))), written with functions."""
    stack = build([resnet()], SIX, 1, [3], padded(4), CPU)
    w, f = stack.weights(0), nn.functional
    x = torch.randn(10, 6, generator=torch.Generator().manual_seed(0))

    def norm(values: Tensor, name: str) -> Tensor:
        return f.batch_norm(
            values, w[f"{name}.running_mean"], w[f"{name}.running_var"], w[f"{name}.weight"], w[f"{name}.bias"]
        )

    def linear(values: Tensor, name: str) -> Tensor:
        return f.linear(values, w[f"{name}.weight"], w[f"{name}.bias"])

    values = linear(x, "0")
    for block in ("1", "2"):
        inner = linear(norm(values, f"{block}.layers.0"), f"{block}.layers.1")
        values = values + linear(f.relu(inner), f"{block}.layers.3")
    expected = linear(f.relu(norm(values, "3")), "5")
    assert_close(stack.logits(numbers(x), [0])[0], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_training_a_resnet_twice_gives_the_same_bits_whatever_the_global_generator(dropout: float) -> None:
    runs = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        runs.append(trained([resnet(dropout=dropout)], [member(adamw())], breast_cancer(130, 60)))
    assert runs[0][1] == runs[1][1]
    for name, tensor in runs[0][0].save(0)[0].items():
        assert torch.equal(tensor, runs[1][0].save(0)[0][name]), name


def test_resnets_cannot_be_stacked() -> None:
    with pytest.raises(UserError, match="model=resnet cannot be stacked"):
        build([resnet(), resnet()], SIX, 1, [0, 1], padded(4), CPU)


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_module_of_many_outputs_gives_logits_per_class_and_none_for_no_rows(outputs: int) -> None:
    stack = build([resnet()], SIX, outputs, [0], padded(4), CPU)
    assert stack.logits(numbers(np.zeros((1300, 6))), [0]).shape == (1, 1300, outputs)
    assert stack.logits(numbers(np.zeros((0, 6))), [0]).shape == (1, 0, outputs)


class Wrong(nn.Module):
    """A linear layer whose logits are spoilt."""

    def __init__(self, spoil: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.layer, self.spoil = nn.Linear(6, 1), spoil

    def forward(self, x: Tensor) -> Any:
        return self.spoil(self.layer(x))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda z: z.mean(0, keepdim=True), "model: forward() returns [1, 1] for 4 rows, not [4, 1]; mend it"),
        (lambda z: z[:, 0], "model: forward() returns [4] for 4 rows, not [4, 1]; mend it"),
        (lambda z: (z, z), "model: forward() returns tuple for 4 rows, not [4, 1]; mend it"),
        (
            lambda z: {}["no"],
            r"model: forward\(\) failed \(KeyError in test_module.py line \d+: 'no'\); mend the model",
        ),
    ],
    ids=["one for all", "flat", "pair", "error"],
)
def test_a_module_that_gives_no_logits_is_refused_in_one_line(spoil: Callable[[Tensor], Any], message: str) -> None:
    stack = _stack(Wrong(spoil))
    with pytest.raises(UserError) as caught:
        stack.forward(torch.zeros(4, 6), torch.zeros(1, 4, 1))
    assert str(caught.value) == message or re.fullmatch(message, str(caught.value))


def test_a_module_without_parameters_or_with_lazy_ones_is_refused() -> None:
    for module, words in ((nn.Identity(), "no parameters to train"), (nn.LazyLinear(1), "lazy layers")):
        with pytest.raises(UserError, match=words):
            _stack(module)
