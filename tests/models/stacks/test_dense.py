"""The stacked network against torch.nn and autograd, and a member's independence of its neighbours to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
    cross_entropy,
    digits,
    fitted,
    focal,
    logistic,
    member,
    mlp,
    numbers,
    one_batch,
    pictures,
    rows,
    sgd,
    trained,
)
from torch import Tensor, nn
from torch.testing import assert_close

from logodds.engine.loss import Loss
from logodds.engine.losses.bce import BCE
from logodds.engine.objective import coefficients
from logodds.engine.optimisers.adam import Adam
from logodds.engine.optimisers.adamw import AdamW
from logodds.engine.optimisers.sgd import SGD
from logodds.engine.passes import layout
from logodds.engine.state import Data, MemberOptions, start
from logodds.features.rows import Matrix
from logodds.models.model import Model
from logodds.models.stacks.activations import ACTIVATIONS
from logodds.models.stacks.build import build, stackable
from logodds.models.stacks.dense import DenseStack, is_large
from logodds.models.stacks.padding import padded
from logodds.models.stacks.seeds import generator
from logodds.system.errors import UserError

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
    return Matrix(np.zeros((0, inputs), np.float32), tuple(f"x{i}" for i in range(inputs)))


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
        assert_close(stack.logits(numbers(x), [k])[0], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "chosen",
    [range(70), range(33), [*range(0, 70, 2)], [69, *range(40)], range(35, 68)],
    ids=["all", "one beyond a group", "every other", "the last first", "some"],
)
def test_logits_of_many_members_are_those_of_each_alone(chosen: Sequence[int]) -> None:
    """They are computed for 32 members at a time."""
    stack = DenseStack([INPUTS, 3, 2], "relu", [0.0] * 70, list(range(70)), padded(4), CPU)
    x = numbers(torch.randn(20, INPUTS, generator=torch.Generator().manual_seed(0)))
    alone = torch.cat([stack.logits(x, [member]) for member in chosen])
    assert torch.equal(stack.logits(x, list(chosen)), alone)


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


@pytest.mark.parametrize("hidden", SHAPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("size", [1, 7, 32])
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_gradients_of_many_classes_are_those_of_autograd(
    hidden: list[int], activation: str, size: int, classes: int
) -> None:
    """Three members, each with rows, weights and smoothing of its own."""
    widths, wide, weights = [INPUTS, *hidden, classes], padded(size), list(np.linspace(0.5, 3.0, classes))
    losses = [cross_entropy(), cross_entropy(class_weight=weights), cross_entropy(label_smoothing=0.2)]
    stack = DenseStack(widths, activation, [0.0] * 3, range(3), wide, CPU)
    random = torch.Generator().manual_seed(4)
    x = torch.cat([torch.randn(3, wide, INPUTS, generator=random), torch.ones(3, wide, 1)], 2)
    target = torch.randint(0, classes, (3, wide), generator=random)
    slope, shift = torch.ones(3, wide, 1), torch.zeros(3, wide, classes)
    for k, loss in enumerate(losses):
        found, shift[k] = coefficients(target[k], loss, classes)
        if found is not None:
            slope[k] = found
    logits = one_batch(stack, _inputs(x), losses, slope, shift, size)
    for k, loss in enumerate(losses):
        network = _loaded(stack, k, widths, activation)
        z = network(x[k, :size, :-1])
        given = None if loss.class_weight is None else torch.tensor(weights, dtype=torch.float32)
        criterion = nn.CrossEntropyLoss(given, reduction="sum", label_smoothing=loss.label_smoothing)
        (criterion(z, target[k, :size]) / size).backward()
        expected = _flat_gradient(network)
        assert_close(logits[k, :size], z.detach(), rtol=1e-5, atol=1e-6)
        assert_close(stack.grad[k, : len(expected)], expected, rtol=1e-5, atol=1e-6)


# Masked weights of the first layer

CONNECTED = torch.tensor([[1, 0, 0, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0, 1, 1, 0], [0, 0, 1, 0]], dtype=torch.float32)


def test_initial_weights_are_torchs_where_connected_and_zero_elsewhere() -> None:
    stack = DenseStack([INPUTS, 4, 1], "relu", [0.0] * 2, [5, 6], padded(4), CPU, CONNECTED)
    for k, seed in enumerate([5, 6]):
        torch.manual_seed(seed)
        layer = nn.Linear(INPUTS, 4)
        found = stack.weights(k)
        assert torch.equal(found["layers.0.weight"], layer.weight.detach() * CONNECTED.T)
        assert torch.equal(found["layers.0.bias"], layer.bias.detach())


@pytest.mark.parametrize(
    "optim",
    [
        sgd(lr=0.05, momentum=0.9, weight_decay=0.05),
        sgd(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.05),
        adam(weight_decay=0.05),
        adamw(weight_decay=0.1),
    ],
    ids=["sgd", "nesterov", "adam", "adamw"],
)
@pytest.mark.parametrize("clip", [None, 0.3])
def test_weights_that_are_not_connected_stay_zero_and_the_rest_is_that_of_a_masked_network(
    optim: SGD | Adam | AdamW, clip: float | None
) -> None:
    random = torch.Generator().manual_seed(0)
    x = torch.randn(96, INPUTS, generator=random)
    data = rows(x, x[:, 0] * x[:, 3] > 0)
    one = member(optim, epochs=15, batch_size=96, seed=2, clip_norm=clip)
    stack = DenseStack([INPUTS, 4, 1], "tanh", [0.0], [2], padded(96), CPU, CONNECTED)
    network = _loaded(stack, 0, [INPUTS, 4, 1], "tanh")
    state = start(stack, [one], [data])
    zero = CONNECTED.T == 0.0
    for _ in fitted(state):
        assert not stack.weights(0)["layers.0.weight"][zero].any()
    first, last = _linears(network)
    groups = [
        {"params": [first.weight, last.weight], "weight_decay": optim.weight_decay},
        {"params": [first.bias, last.bias], "weight_decay": 0.0},
    ]
    optimiser: torch.optim.Optimizer
    if isinstance(optim, SGD):
        optimiser = torch.optim.SGD(groups, lr=optim.lr, momentum=optim.momentum, nesterov=optim.nesterov)
    else:
        kind = torch.optim.AdamW if isinstance(optim, AdamW) else torch.optim.Adam
        optimiser = kind(groups, lr=optim.lr, betas=(optim.beta1, optim.beta2), eps=optim.eps)
    target = torch.from_numpy(data.t_train).float()[:, None]
    for _ in range(15):
        z = last(nn.functional.linear(x, first.weight * CONNECTED.T, first.bias).tanh())
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(z, target).backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(network.parameters(), clip, foreach=False)
        optimiser.step()
    for found, expected in zip(stack.weights(0).values(), network.parameters(), strict=True):
        assert_close(found, expected.detach(), rtol=1e-5, atol=2e-6)


# Large networks


@pytest.mark.parametrize(("widths", "large"), [([784, 20, 1], False), ([128, 128, 1], False), ([128, 129, 1], True)])
def test_a_large_network_trains_alone_without_a_second_slot(widths: list[int], large: bool) -> None:
    assert is_large(widths) == large
    rows_given, model = _no_rows(widths[0]), mlp(hidden=widths[1:-1])
    assert stackable(model, rows_given, 1) == (not large)
    stack = build([model], rows_given, 1, [0], padded(4), CPU)
    assert (stack.members, stack.slots) == (1, 1 if large else 2)
    if large:
        with pytest.raises(UserError, match="model=mlp with so large a layer cannot be stacked"):
            build([model] * 2, rows_given, 1, [0, 1], padded(4), CPU)


@pytest.mark.parametrize("outputs", [1, 10])
def test_gradients_of_a_large_network_are_those_of_autograd(outputs: int) -> None:
    widths = [128, 130, outputs]
    stack = DenseStack(widths, "relu", [0.0], [0], 32, CPU)
    random = torch.Generator().manual_seed(4)
    x = torch.cat([torch.randn(1, 32, 128, generator=random), torch.ones(1, 32, 1)], 2)
    target = torch.randint(0, max(2, outputs), (32,), generator=random)
    loss = bce() if outputs == 1 else cross_entropy()
    slope, shift = coefficients(target, loss, outputs)
    assert slope is None
    one_batch(stack, _inputs(x), [loss], None, shift[None], 32)
    network = _loaded(stack, 0, widths, "relu")
    z = network(x[0, :, :-1])
    if outputs == 1:
        nn.functional.binary_cross_entropy_with_logits(z[:, 0], target.float()).backward()
    else:
        nn.functional.cross_entropy(z, target).backward()
    assert_close(stack.grad[0], _flat_gradient(network), rtol=1e-5, atol=1e-6)


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
    whole = stack.logits(numbers(x[0, :, :-1]), [0])[0]
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


def _variants(model: str, optim: str, batch: int) -> list[tuple[Model, MemberOptions]]:
    """Seventeen members that differ in everything in which members may differ."""
    found = []
    for k in range(17):
        models, optims = MODELS[model], OPTIMS[optim]
        options = {"epochs": 3, "batch_size": batch, "seed": k // 2, "monitor": "val/loss", **TRAINS[k % 7]}
        one = member(optims[k % 4], LOSSES[k % 5], **options)
        found.append((models[k % len(models)], one))
    return found


def _assert_alone_as_among(variants: Sequence[tuple[Model, MemberOptions]], places: Sequence[int], data: Data) -> None:
    """The members at ``places`` come out of the stack as they come out alone, to the last bit."""
    state, history = trained([model for model, _ in variants], [one for _, one in variants], data)
    for k in places:
        model, one = variants[k]
        solo, alone = trained([model], [one], data)
        for name, tensor in solo.stack.weights(0).items():
            assert torch.equal(state.stack.weights(k)[name], tensor), f"{name} of member {k}"
        assert all(torch.equal(state.best_weights(k)[name], value) for name, value in solo.best_weights(0).items())
        assert state.members[k].best_epoch == solo.members[0].best_epoch
        for name in alone[0].figures:
            assert column(history, name, k) == column(alone, name), f"{name} of member {k}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "count", [3, pytest.param(8, marks=pytest.mark.long), pytest.param(17, marks=pytest.mark.long)]
)
@pytest.mark.parametrize("batch", [2, 7, 32, 100])
@pytest.mark.parametrize("optim", OPTIMS)
@pytest.mark.parametrize("model", MODELS)
def test_neighbours_change_no_bit_of_a_member(model: str, optim: str, batch: int, count: int) -> None:
    start = {3: 1, 8: 5, 17: 0}[count]
    variants = (_variants(model, optim, batch) * 2)[start : start + count]
    _assert_alone_as_among(variants, [0, count // 2, count - 1], breast_cancer(130, 60))


@pytest.mark.slow
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
    variants: list[tuple[Model, MemberOptions]] = [
        (mlp(hidden=hidden, activation=activation, dropout=rate), member(epochs=3, seed=k))
        for k, rate in enumerate([0.0, 0.4])
    ]
    _assert_alone_as_among(variants, [0, 1], breast_cancer(130, 60))


THREE = [
    cross_entropy(),
    cross_entropy(class_weight=[0.3, 1.0, 4.0]),
    cross_entropy(label_smoothing=0.1),
    cross_entropy(class_weight="balanced", label_smoothing=0.2),
]
FOCALS = [focal(gamma=gamma, alpha=alpha) for gamma, alpha in ((0.0, None), (2.0, 0.25), (0.5, 0.9), (3.0, None))]
PROBABILITIES = [bce(from_logits=False, pos_weight=weight) for weight in (1.0, "auto", 0.3)]
SAMPLINGS = ["shuffle", "stratified", "weighted"]


@pytest.mark.long
@pytest.mark.parametrize("count", [3, 8, 17])
@pytest.mark.parametrize("batch", [7, 32, 100])
@pytest.mark.parametrize("kind", ["matrix", "pixels"])
@pytest.mark.parametrize("model", ["logistic", "relu", "gelu"])
@pytest.mark.parametrize(
    ("classes", "losses"), [(3, THREE), (2, FOCALS), (2, PROBABILITIES)], ids=["softmax", "focal", "probability"]
)
def test_neighbours_change_no_bit_whatever_the_loss_the_rows_and_the_sampling(
    classes: int, losses: list[Loss], model: str, kind: str, batch: int, count: int
) -> None:
    data = digits(classes, 130)
    if kind == "pixels":
        data = pictures(data)
    models, optims = MODELS[model], OPTIMS["adamw"]
    variants = [
        (
            models[k % len(models)],
            member(
                optims[k % 4], losses[k % len(losses)], epochs=2, batch_size=batch, seed=k, sampling=SAMPLINGS[k % 3]
            ),
        )
        for k in range(count)
    ]
    _assert_alone_as_among(variants, [0, 1, count // 2, count - 1], data)


@pytest.mark.slow
@pytest.mark.parametrize("classes", [3, 7, 10])
@pytest.mark.parametrize("batch", [7, 32])
def test_neighbours_change_no_bit_where_an_epoch_of_many_classes_is_many_chunks(classes: int, batch: int) -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=(6000, 20))
    t = np.argmax(x[:, :classes] + random.normal(size=(6000, classes)), axis=1)
    variants: list[tuple[Model, MemberOptions]] = [
        (mlp(hidden=[5]), member(sgd(lr=0.05 * (k + 1)), cross_entropy(), epochs=1, batch_size=batch, seed=k))
        for k in range(17)
    ]
    _assert_alone_as_among(variants, [0, 16], rows(x, t))


FOLDS = [(97, 10), (70, 32), (131, 33), (199, 64), (352, 32), (320, 320), (50, 1000)]


@pytest.mark.parametrize(("count", "batch"), FOLDS)
@pytest.mark.parametrize("model", ["logistic", "tanh"])
@pytest.mark.parametrize(("loss", "classes"), [(bce(), 2), (cross_entropy(), 3)], ids=["bce", "softmax"])
def test_members_of_other_rows_come_out_as_alone(loss: Loss, classes: int, model: str, count: int, batch: int) -> None:
    """Five folds, some of ``count`` rows and some of one row less."""
    data = digits(classes, count + 1)
    assert isinstance(data.x_train, Matrix)
    folds = [
        rows(np.delete(data.x_train.values, out, axis=0), np.delete(data.t_train, out))
        for out in ([0], [1], [2, 3], [4], [5, 6])
    ]
    members = [member(adam(), loss, epochs=3, batch_size=batch, seed=k) for k in range(5)]
    models = [MODELS[model][k % len(MODELS[model])] for k in range(5)]
    state, history = trained(models, members, folds)
    for k, one in enumerate(members):
        solo, alone = trained([models[k]], [one], folds[k])
        assert column(history, "train/loss", k) == column(alone, "train/loss")
        for name, tensor in solo.stack.weights(0).items():
            assert torch.equal(state.stack.weights(k)[name], tensor), f"{name} of member {k}"


@pytest.mark.parametrize(("counts", "batch"), [((65, 64), 32), ((65, 64), 1000), ((40, 80), 40)])
def test_members_of_other_batches_are_refused(counts: tuple[int, int], batch: int) -> None:
    """Another number of batches, or another padding, of which dropout would draw other masks."""
    assert layout(counts[0], batch) != layout(counts[1], batch)
    data = digits(2, 100)
    assert isinstance(data.x_train, Matrix)
    parts = [rows(data.x_train.values[:count], data.t_train[:count]) for count in counts]
    with pytest.raises(ValueError, match="have different batches"):
        trained([logistic()] * 2, [member(batch_size=batch)] * 2, parts)


def test_members_of_other_validation_rows_are_judged_by_their_own() -> None:
    whole = breast_cancer(130, 60)
    assert isinstance(whole.x_val, Matrix)
    data = [
        whole,
        replace(whole, x_val=replace(whole.x_val, values=whole.x_val.values[:31]), t_val=whole.t_val[:31]),
        whole,
    ]
    members = [member(epochs=6, seed=k, monitor=monitor) for k, monitor in enumerate(["val/loss", "val/f1", "val/f1"])]
    state, history = trained([logistic()] * 3, members, data)
    for k, one in enumerate(members):
        solo, alone = trained([logistic()], [one], data[k])
        assert state.members[k].best_epoch == solo.members[0].best_epoch
        assert state.members[k].best == solo.members[0].best
        for name in alone[0].figures:
            assert column(history, name, k) == column(alone, name)


def test_a_member_that_stopped_early_is_judged_no_further() -> None:
    train = {"epochs": 40, "batch_size": 16, "monitor": "val/loss"}
    impatient = (mlp(hidden=[8]), member(sgd(lr=1.0, momentum=0.9), seed=1, patience=1, **train))
    others = [(mlp(hidden=[8]), member(sgd(), seed=k, **train)) for k in range(2)]
    data = breast_cancer(130, 60)
    state, history = trained(*zip(*[*others, impatient], strict=True), data)
    solo, alone = trained(*zip(*[impatient], strict=True), data)
    assert solo.members[0].epoch < state.members[0].epoch == 40
    assert state.members[2].best_epoch == solo.members[0].best_epoch
    assert state.members[2].best == solo.members[0].best
    assert column(history[: solo.members[0].epoch], "val/loss", 2) == column(alone, "val/loss")
    assert all(torch.equal(state.best_weights(2)[name], value) for name, value in solo.best_weights(0).items())


def test_training_twice_gives_the_same_bits() -> None:
    first, second = (
        trained([mlp(dropout=0.3)], [member(adam(), batch_size=7)], breast_cancer(130, 60)) for _ in range(2)
    )
    assert first[1] == second[1]
    assert all(
        torch.equal(a, b) for a, b in zip(first[0].save(0)[0].values(), second[0].save(0)[0].values(), strict=True)
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
    fresh.stack.load_state(0, state.stack.state(0))
    for name, tensor in state.stack.state(0).items():
        assert torch.equal(fresh.stack.state(0)[name], tensor)
