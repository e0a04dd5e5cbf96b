"""The stacked network against torch.nn and autograd, and a member's independence of its neighbours to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from builders import (
    CPU,
    adam,
    adamw,
    bce,
    begin,
    breast_cancer,
    column,
    logistic,
    member,
    mlp,
    numbers,
    one_batch,
    rows,
    sgd,
    trained,
)
from torch import Tensor, nn
from torch.testing import assert_close

from logodds.activations import ACTIVATIONS
from logodds.dense import DenseStack
from logodds.errors import UserError
from logodds.fit import Data, Member
from logodds.loss import BCE
from logodds.models.build import Model, build
from logodds.objective import coefficients
from logodds.rows import Matrix
from logodds.seeds import generator
from logodds.stack import padded

INPUTS = 5
SHAPES: list[list[int]] = [[], [7], [16, 16], [32, 3, 1]]


def _network(widths: Sequence[int], activation: str = "relu") -> nn.Sequential:
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [nn.Linear(fan_in, fan_out), ACTIVATIONS[activation].module()]
    return nn.Sequential(*layers[:-1])


def _linears(network: nn.Sequential) -> list[nn.Linear]:
    return [layer for layer in network if isinstance(layer, nn.Linear)]


def _loaded(stack: DenseStack, k: int, widths: Sequence[int], activation: str) -> nn.Sequential:
    """A torch network with a member's weights."""
    network = _network(widths, activation)
    weights = stack.weights(k)
    for number, layer in enumerate(_linears(network)):
        layer.load_state_dict({name: weights[f"layers.{number}.{name}"] for name in ("weight", "bias")})
    return network


def _flat_gradient(network: nn.Sequential) -> Tensor:
    """In the stack's layout: per layer the transposed weight, then the bias as its last row."""
    parts = []
    for layer in _linears(network):
        assert layer.weight.grad is not None
        assert layer.bias.grad is not None
        parts.append(torch.cat([layer.weight.grad.T, layer.bias.grad[None]]).flatten())
    return torch.cat(parts)


def _no_rows(inputs: int) -> Matrix:
    return Matrix(np.zeros((0, inputs), np.float32))


# Initial weights and predictions


@pytest.mark.parametrize("hidden", SHAPES)
@pytest.mark.parametrize("seeds", [[0], [7, 2**63 - 1, 7]])
def test_initial_weights_are_those_of_torch_linear(hidden: list[int], seeds: list[int]) -> None:
    widths = [INPUTS, *hidden, 1]
    stack = DenseStack(widths, "relu", [0.0] * len(seeds), seeds, padded(4), CPU)
    for k, seed in enumerate(seeds):
        torch.manual_seed(seed)
        layers = _linears(_network(widths))
        weights = stack.weights(k)
        assert list(weights) == [f"layers.{n}.{kind}" for n in range(len(layers)) for kind in ("weight", "bias")]
        for number, layer in enumerate(layers):
            assert torch.equal(weights[f"layers.{number}.weight"], layer.weight.detach())
            assert torch.equal(weights[f"layers.{number}.bias"], layer.bias.detach())


@pytest.mark.parametrize("inputs", [1, 2, 3, 10, 30, 784])
def test_initial_weights_are_torchs_for_any_number_of_inputs(inputs: int) -> None:
    torch.manual_seed(3)
    layer = nn.Linear(inputs, 1)
    stack = build([logistic()], _no_rows(inputs), 1, [3], padded(1), CPU)
    assert torch.equal(stack.weights(0)["layers.0.weight"], layer.weight.detach())


def test_building_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    DenseStack([INPUTS, 8, 1], "relu", [0.5], [1], padded(4), CPU)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", SHAPES)
@pytest.mark.parametrize("outputs", [1, 4])
def test_logits_are_those_of_a_torch_network(outputs: int, hidden: list[int], activation: str) -> None:
    widths = [INPUTS, *hidden, outputs]
    stack = DenseStack(widths, activation, [0.0, 0.5], [1, 2], padded(4), CPU)
    x = torch.randn(50, INPUTS, generator=torch.Generator().manual_seed(0))
    for k in range(2):
        with torch.no_grad():
            expected = _loaded(stack, k, widths, activation)(x)
        assert_close(stack.logits(k, numbers(x)), expected, rtol=1e-6, atol=1e-6)


# Gradients


def _batch(losses: Sequence[BCE], slots: int, size: int, weighted: bool) -> tuple[Tensor, Tensor | None, Tensor]:
    """Inputs, slope and shift of one padded batch, other rows for each member; padding holds values that must not
    count."""
    random = torch.Generator().manual_seed(4)
    wide = padded(size)
    x = torch.cat([torch.randn(slots, wide, INPUTS, generator=random), torch.ones(slots, wide, 1)], 2)
    slope, shift = torch.ones(slots, wide, 1), torch.zeros(slots, wide, 1)
    for k, loss in enumerate(losses):
        target = torch.randint(0, 2, (wide,), generator=random)
        found, shift[k] = coefficients(target, loss, 1)
        if found is not None:
            slope[k] = found
    return x, slope if weighted else None, shift


def _expected(network: nn.Sequential, x: Tensor, slope: Tensor | None, shift: Tensor) -> Tensor:
    """Logits of valid rows; leaves the mean loss's gradient in the network."""
    z: Tensor = network(x[:, :-1])
    softplus = -nn.functional.logsigmoid(-z)
    ((softplus if slope is None else slope * softplus) + shift * z).mean().backward()
    return z.detach()


def _inputs(x: Tensor) -> tuple[Tensor, Tensor]:
    return x, x.transpose(1, 2)


@pytest.mark.parametrize("hidden", SHAPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("size", [1, 7, 32])
@pytest.mark.parametrize(
    "losses",
    [[bce()], [bce(pos_weight=3.0, label_smoothing=0.2)], [bce(), bce(pos_weight=0.3), bce(label_smoothing=0.1)]],
    ids=["plain", "weighted", "three members"],
)
def test_gradients_are_those_of_autograd(hidden: list[int], activation: str, size: int, losses: list[BCE]) -> None:
    widths = [INPUTS, *hidden, 1]
    seeds = range(len(losses))
    stack = DenseStack(widths, activation, [0.0] * len(losses), seeds, padded(size), CPU)
    x, slope, shift = _batch(losses, stack.slots, size, any(loss.pos_weight != 1.0 for loss in losses))
    logits = one_batch(stack, _inputs(x), losses, slope, shift, size)
    for k in range(len(losses)):
        network = _loaded(stack, k, widths, activation)
        z = _expected(network, x[k, :size], None if slope is None else slope[k, :size], shift[k, :size])
        expected = _flat_gradient(network)
        assert_close(logits[k, :size], z, rtol=1e-5, atol=1e-6)
        assert_close(stack.grad[k, : len(expected)], expected, rtol=1e-5, atol=1e-6)


def test_gradients_of_a_smaller_last_batch_forget_the_batch_before() -> None:
    widths = [INPUTS, 6, 1]
    stack = DenseStack(widths, "tanh", [0.0], [0], padded(20), CPU)
    x, _, shift = _batch([bce()], stack.slots, 20, False)
    for valid in (20, 3):
        one_batch(stack, _inputs(x), [bce()], None, shift, valid)
    network = _loaded(stack, 0, widths, "tanh")
    _expected(network, x[0, :3], None, shift[0, :3])
    expected = _flat_gradient(network)
    assert_close(stack.grad[0, : len(expected)], expected, rtol=1e-5, atol=1e-6)


def test_weight_decay_spares_biases() -> None:
    stack = DenseStack([2, 3, 1], "relu", [0.0], [0], padded(4), CPU)
    expected = torch.zeros(13)
    expected[:6] = 1.0  # two inputs to three units; then their biases
    expected[9:12] = 1.0  # three units to the logit; then its bias
    assert torch.equal(stack.decayed, expected)


# Dropout


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_dropout_gradients_are_those_of_autograd_under_the_same_mask(activation: str) -> None:
    widths, size, rates, seeds = [INPUTS, 9, 4, 1], 32, [0.5, 0.0, 0.2], [3, 4, 5]
    stack = DenseStack(widths, activation, rates, seeds, size, CPU)
    x, _, shift = _batch([bce()] * 3, stack.slots, size, False)
    logits = one_batch(stack, _inputs(x), [bce()] * 3, None, shift, size)
    for k in range(3):
        noise = torch.rand(size * (9 + 4), generator=generator("dropout", seeds[k], CPU))
        mask = (noise >= rates[k]).float() / (1.0 - rates[k])
        masks = [mask[: size * 9].view(size, 9), mask[size * 9 :].view(size, 4)]
        network = _loaded(stack, k, widths, activation)
        values = x[k, :, :-1]
        for number, layer in enumerate(_linears(network)):
            values = layer(values)
            if number < 2:
                values = ACTIVATIONS[activation].module()(values) * masks[number]
        (-nn.functional.logsigmoid(-values) + shift[k] * values).mean().backward()
        expected = _flat_gradient(network)
        assert_close(logits[k], values.detach(), rtol=1e-5, atol=1e-6)
        assert_close(stack.grad[k, : len(expected)], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_zeroes_its_share_of_units_and_scales_the_rest(rate: float) -> None:
    """All weights zero but the last layer's ones, all hidden biases one: a logit sums the mask of its row."""
    width, size = 200, 320
    stack = DenseStack([INPUTS, width, 1], "relu", [rate], [0], size, CPU)
    stack.load_weights(
        0,
        {
            "layers.0.weight": torch.zeros(width, INPUTS),
            "layers.0.bias": torch.ones(width),
            "layers.1.weight": torch.ones(1, width),
            "layers.1.bias": torch.zeros(1),
        },
    )
    x, _, shift = _batch([bce()], stack.slots, size, False)
    logits = one_batch(stack, _inputs(x), [bce()], None, shift, size)
    kept = logits[0] * (1.0 - rate)
    assert_close(kept, kept.round(), rtol=0.0, atol=1e-2)
    spread = (rate * (1.0 - rate) / (width * size)) ** 0.5
    assert abs(float(kept.sum()) / (width * size) - (1.0 - rate)) < 4.0 * spread
    whole = stack.logits(0, numbers(x[0, :, :-1]))
    assert torch.equal(whole, torch.full((size, 1), float(width)))


# Weights and state


@pytest.mark.parametrize(
    "weights",
    [
        {},
        {"layers.0.weight": torch.zeros(1, 4)},
        {"layers.0.weight": torch.zeros(1, 5), "layers.0.bias": torch.zeros(1)},
        {"layers.0.weight": torch.zeros(1, 4), "layers.0.bias": torch.zeros(1), "layers.1.bias": torch.zeros(1)},
        {"linear.weight": torch.zeros(1, 4), "linear.bias": torch.zeros(1)},
    ],
    ids=["none", "no bias", "another shape", "another layer", "other names"],
)
def test_weights_of_another_architecture_are_refused(weights: dict[str, Tensor]) -> None:
    stack = DenseStack([4, 1], "relu", [0.0], [0], padded(1), CPU)
    before = stack.weights(0)
    with pytest.raises(UserError, match=r"expected layers\.0\.weight \[1, 4\], layers\.0\.bias \[1\]"):
        stack.load_weights(0, weights)
    assert all(torch.equal(tensor, before[name]) for name, tensor in stack.weights(0).items())


def test_loaded_weights_are_given_back_and_reach_one_member_only() -> None:
    stack = DenseStack([4, 3, 1], "relu", [0.0] * 3, [0, 1, 2], padded(1), CPU)
    before = [stack.weights(k) for k in range(3)]
    new = {name: tensor + 1.0 for name, tensor in before[1].items()}
    stack.load_weights(1, new)
    for k, expected in enumerate([before[0], new, before[2]]):
        assert all(torch.equal(tensor, expected[name]) for name, tensor in stack.weights(k).items())


def test_weights_are_copies() -> None:
    stack = DenseStack([4, 1], "relu", [0.0], [0], padded(1), CPU)
    before, taken = stack.weights(0), stack.weights(0)
    taken["layers.0.weight"].zero_()
    taken["layers.0.bias"].zero_()
    assert all(torch.equal(tensor, before[name]) for name, tensor in stack.weights(0).items())


# Independence


MODELS: dict[str, list[Model]] = {
    "logistic": [logistic()],
    **{
        activation: [mlp(hidden=[7, 16], activation=activation, dropout=rate) for rate in (0.0, 0.3, 0.5)]
        for activation in ACTIVATIONS
    },
}
OPTIMS = {
    "sgd": [
        sgd(),
        sgd(lr=0.02, momentum=0.9),
        sgd(lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.01),
        sgd(weight_decay=0.1),
    ],
    "adam": [adam(), adam(lr=0.03, beta1=0.8), adam(weight_decay=0.1), adam(eps=1e-4, beta2=0.9, weight_decay=0.01)],
    "adamw": [adamw(), adamw(weight_decay=0.0), adamw(lr=0.1, beta1=0.5), adamw(eps=1e-3, beta2=0.9)],
}
LOSSES = [bce(), bce(pos_weight=2.3), bce(label_smoothing=0.1), bce(), bce(pos_weight=0.4, label_smoothing=0.3)]
TRAINS = [{}, {"clip_norm": 0.2}, {"schedule": "cosine"}, {"warmup_epochs": 2}, {}, {}, {"schedule": "linear"}]


def _variants(model: str, optim: str, batch: int) -> list[tuple[Model, Member]]:
    """Seventeen members that differ in everything in which members may differ."""
    found = []
    for k in range(17):
        models, optims = MODELS[model], OPTIMS[optim]
        options = {"epochs": 3, "batch_size": batch, "seed": k // 2, "monitor": "val/loss", **TRAINS[k % 7]}
        one = member(optims[k % 4], LOSSES[k % 5], **options)
        found.append((models[k % len(models)], one))
    return found


def _assert_alone_as_among(variants: Sequence[tuple[Model, Member]], places: Sequence[int], data: Data) -> None:
    """The members at ``places`` come out of the stack as they come out alone, to the last bit."""
    state, history = trained([model for model, _ in variants], [one for _, one in variants], data)
    for k in places:
        model, one = variants[k]
        solo, alone = trained([model], [one], data)
        for name, tensor in solo.stack.weights(0).items():
            assert torch.equal(state.stack.weights(k)[name], tensor), f"{name} of member {k}"
        assert all(torch.equal(state.best_weights[k][name], value) for name, value in solo.best_weights[0].items())
        assert state.best_epoch[k] == solo.best_epoch[0]
        for name in alone[0].figures:
            assert column(history, name, k) == column(alone, name), f"{name} of member {k}"


@pytest.mark.parametrize("count", [3, 8, 17])
@pytest.mark.parametrize("batch", [2, 7, 32, 100])
@pytest.mark.parametrize("optim", OPTIMS)
@pytest.mark.parametrize("model", MODELS)
def test_neighbours_change_no_bit_of_a_member(model: str, optim: str, batch: int, count: int) -> None:
    start = {3: 1, 8: 5, 17: 0}[count]
    variants = (_variants(model, optim, batch) * 2)[start : start + count]
    _assert_alone_as_among(variants, [0, count // 2, count - 1], breast_cancer(130, 60))


@pytest.mark.parametrize("model", [logistic(), mlp(hidden=[5], activation="tanh")], ids=["logistic", "mlp"])
@pytest.mark.parametrize("batch", [7, 32])
def test_neighbours_change_no_bit_where_an_epoch_is_many_chunks(model: Model, batch: int) -> None:
    """Rows are gathered in chunks whose length depends on the number of members."""
    random = np.random.default_rng(1)
    x = random.normal(size=(6000, 20)) * 3.0
    t = random.random(6000) < 1.0 / (1.0 + np.exp(-x[:, 0] - x[:, 1]))
    variants = [(model, member(sgd(lr=0.05 * (k + 1)), epochs=2, batch_size=batch, seed=k)) for k in range(17)]
    _assert_alone_as_among(variants, [0, 16], rows(x, t))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [[1], [3], [16], [33, 20]])
def test_a_neighbours_dropout_changes_no_bit(activation: str, hidden: list[int]) -> None:
    variants: list[tuple[Model, Member]] = [
        (mlp(hidden=hidden, activation=activation, dropout=rate), member(epochs=3, seed=k))
        for k, rate in enumerate([0.0, 0.4])
    ]
    _assert_alone_as_among(variants, [0, 1], breast_cancer(130, 60))


def test_a_member_that_stopped_early_is_judged_no_further() -> None:
    train = {"epochs": 40, "batch_size": 16, "monitor": "val/loss"}
    impatient = (mlp(hidden=[8]), member(sgd(lr=1.0, momentum=0.9), seed=1, patience=1, **train))
    others = [(mlp(hidden=[8]), member(sgd(), seed=k, **train)) for k in range(2)]
    data = breast_cancer(130, 60)
    state, history = trained(*zip(*[*others, impatient], strict=True), data)
    solo, alone = trained(*zip(*[impatient], strict=True), data)
    assert solo.epoch < state.epoch == 40
    assert state.best_epoch[2] == solo.best_epoch[0]
    assert state.best[2] == solo.best[0]
    assert column(history[: solo.epoch], "val/loss", 2) == column(alone, "val/loss")
    assert all(torch.equal(state.best_weights[2][name], value) for name, value in solo.best_weights[0].items())


def test_training_twice_gives_the_same_bits() -> None:
    first, second = (
        trained([mlp(dropout=0.3)], [member(adam(), batch_size=7)], breast_cancer(130, 60)) for _ in range(2)
    )
    assert first[1] == second[1]
    assert all(
        torch.equal(a, b) for a, b in zip(first[0].tensors().values(), second[0].tensors().values(), strict=True)
    )


def test_members_with_other_architectures_are_refused() -> None:
    with pytest.raises(UserError, match="different architectures"):
        build([mlp(hidden=[3]), mlp(hidden=[4])], _no_rows(INPUTS), 1, [0, 1], padded(1), CPU)
    with pytest.raises(UserError, match="different architectures"):
        build([mlp(hidden=[3]), logistic()], _no_rows(INPUTS), 1, [0, 1], padded(1), CPU)


def test_a_state_of_one_stack_goes_into_another() -> None:
    data, models, members = breast_cancer(130, 60), [mlp(dropout=0.2)], [member(seed=3)]
    state, _ = trained(models, members, data)
    fresh = begin(models, members, data)
    fresh.stack.load_state(state.stack.state())
    for name, tensor in state.stack.state().items():
        assert torch.equal(fresh.stack.state()[name], tensor)
