"""TabM: the network of its paper, and the training of its k networks by the mean of their losses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from builders import CPU, bce, breast_cancer, column, cross_entropy, digits, focal, member, numbers, sgd, tabm, trained
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from logodds.engine.loss import Loss
from logodds.features.rows import Matrix
from logodds.models.networks import tabm as networks
from logodds.models.stacks.build import build
from logodds.models.stacks.padding import padded
from logodds.system.errors import UserError

SIX = Matrix(np.zeros((0, 6), np.float32), tuple("abcdef"))  # rows of six inputs


def _random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _moved(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights with other numbers in the place of the ones at which adapters start."""
    random = _random()
    return {name: tensor + 0.3 * torch.randn(tensor.shape, generator=random) for name, tensor in weights.items()}


def _networks(weights: dict[str, Tensor], x: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Logits [k, n, outputs] of k perceptrons, each with the matrix diag(s) W diag(r) of its own."""
    w = {name: tensor.double().numpy() for name, tensor in weights.items()}
    logits = []
    for own in range(k):
        values = x
        for layer in range(2):
            r, s = (w[f"layers.{layer}.{name}"][own] for name in "rs")
            matrix = np.diag(s) @ w[f"layers.{layer}.weight"] @ np.diag(r)
            values = np.maximum(values @ matrix.T + w[f"layers.{layer}.bias"][own], 0.0)
        logits.append(values @ w["heads.weight"][own] + w["heads.bias"][own])
    return np.stack(logits)


@pytest.mark.parametrize("outputs", [1, 3])
def test_it_is_the_network_of_its_paper_and_predicts_the_mean_probability(outputs: int) -> None:
    stack = build([tabm()], SIX, outputs, [3], padded(4), CPU)
    weights = _moved(stack.weights(0))
    stack.load_weights(0, weights)
    x = np.random.default_rng(0).normal(size=(10, 6))
    z = _networks(weights, x.astype(np.float32).astype(np.float64), 4)
    found = stack.logits(numbers(x), [0])[0].double().numpy()
    if outputs == 1:
        assert_allclose(found, logit(expit(z).mean(0)), rtol=1e-4, atol=1e-5)
    else:
        assert_allclose(softmax(found, 1), softmax(z, 2).mean(0), rtol=1e-4, atol=1e-6)


def test_the_mean_of_sure_networks_is_finite() -> None:
    """The mean of the probabilities 1 - e^-200 and e^-300 is 1/2 in any floating-point numbers."""
    sure = torch.tensor([[[200.0], [-300.0]], [[200.0], [200.0]]])
    assert networks.of_mean(sure)[:, 0].tolist() == [0.0, 200.0]


def test_only_the_first_adapter_differs_between_the_networks_at_first() -> None:
    weights = build([tabm()], SIX, 1, [3], padded(4), CPU).weights(0)
    assert weights["layers.0.r"].shape == (4, 6)
    assert len(weights["layers.0.r"].unique()) == 24
    for name in ("layers.0.s", "layers.1.r", "layers.1.s"):
        assert_array_equal(weights[name], torch.ones(4, 8))
    for name, bound in {"layers.0.weight": 6**-0.5, "layers.1.bias": 8**-0.5, "heads.weight": 8**-0.5}.items():
        assert 0.8 * bound < weights[name].abs().max() <= bound
    other = build([tabm()], SIX, 1, [4], padded(4), CPU).weights(0)
    assert not torch.equal(other["layers.0.r"], weights["layers.0.r"])


def _row_losses(loss: Loss, z: Tensor, t: Tensor) -> Tensor:
    """The losses [n, k] of k networks by PyTorch's own functions, for logits [n, k, outputs]."""
    n, k, outputs = z.shape
    if outputs > 1:
        return functional.cross_entropy(z.flatten(0, 1), t.repeat_interleave(k), reduction="none").view(n, k)
    target = t[:, None].expand(n, k).float()
    if loss.name == "focal":
        p = z[..., 0].sigmoid()
        right = torch.where(target > 0, p, 1.0 - p)
        return -torch.where(target > 0, 0.25, 0.75) * (1.0 - right) ** 2 * right.log()
    weight = torch.tensor(3.0)
    return functional.binary_cross_entropy_with_logits(z[..., 0], target, pos_weight=weight, reduction="none")


@pytest.mark.parametrize(
    ("loss", "classes", "outputs"),
    [(bce(pos_weight=3.0), 2, 1), (focal(), 2, 1), (cross_entropy(), 3, 3)],
    ids=["bce", "focal", "cross entropy"],
)
def test_each_network_is_trained_by_its_own_loss(loss: Loss, classes: int, outputs: int) -> None:
    """The same weights and losses as a plain loop over the mean of all losses of the batch, the last of 3 rows."""
    data, epochs = digits(classes, 150), 4
    one = member(sgd(lr=0.05, momentum=0.9), loss, epochs=epochs, batch_size=12)
    count = len(data.t_train)
    assert count % 12
    state, history = trained([tabm()], [one], data)
    torch.manual_seed(one.train.seed)
    network = networks.module(tabm(), 64, outputs, _random())
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    order = DataLoader(torch.arange(count), 12, shuffle=True, generator=torch.Generator().manual_seed(one.train.seed))
    x, t = torch.from_numpy(data.x_train.values), torch.from_numpy(data.t_train)
    for epoch in range(epochs):
        total = 0.0
        for rows in order:
            losses = _row_losses(loss, network(x[rows]), t[rows])
            optimiser.zero_grad()
            losses.mean().backward()
            optimiser.step()
            total += float(losses.detach().mean(1).sum())
        assert column(history, "train/loss")[epoch] == pytest.approx(total / count, rel=1e-5)
    found = state.stack.weights(0)
    for name, parameter in network.named_parameters():
        assert_allclose(found[name], parameter.detach(), rtol=0.0, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("k", [1, 5])
def test_one_network_and_several_learn_alike_whatever_else_has_the_same_options(k: int) -> None:
    runs = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        runs.append(trained([tabm(k=k, dropout=0.3)], [member(sgd(), epochs=3)], breast_cancer(130, 60)))
    assert runs[0][1] == runs[1][1]
    for name, tensor in runs[0][0].save(0)[0].items():
        assert torch.equal(tensor, runs[1][0].save(0)[0][name]), name
    losses = column(runs[0][1], "train/loss")
    assert losses[2] < losses[1] < losses[0]


def test_a_network_that_forgets_its_heads_is_told_the_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "module", lambda *_: nn.Linear(30, 1))
    with pytest.raises(UserError, match=r"forward\(\) returns \[32, 1\] for 32 rows, not \[32, 4, 1\]; mend it"):
        trained([tabm()], [member(sgd(), epochs=1, batch_size=32)], breast_cancer(130, 60))
