"""Hidden activations against autograd."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from logodds.models.stacks.activations import ACTIVATIONS

# Zero is left out of the middle: relu's derivative there is a convention, tested on its own below.
POINTS = torch.cat([torch.linspace(-12.0, 12.0, 40), torch.tensor([-100.0, 100.0, 1e-30, -1e-30])])


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_forward_and_backward_are_those_of_the_torch_module(name: str, dtype: torch.dtype) -> None:
    activation = ACTIVATIONS[name]
    z = POINTS.to(dtype).requires_grad_()
    expected = activation.module()(z)
    incoming = torch.linspace(-2.0, 3.0, len(z), dtype=dtype)
    (slope,) = torch.autograd.grad(expected, z, incoming)
    value, grad = torch.empty_like(z.detach()), incoming.clone()
    with torch.no_grad():
        activation.forward(z.detach(), value)
        activation.backward(grad, z.detach(), value)
    assert_close(value, expected.detach())
    assert_close(grad, slope)


def test_relu_has_slope_zero_at_zero_as_in_torch() -> None:
    z = torch.zeros(1, requires_grad=True)
    (expected,) = torch.autograd.grad(torch.relu(z), z, torch.ones(1))
    grad = torch.ones(1)
    ACTIVATIONS["relu"].backward(grad, z.detach(), torch.zeros(1))
    assert torch.equal(grad, expected)
    assert torch.equal(grad, torch.zeros(1))


@pytest.mark.parametrize(
    ("name", "module"),
    [("relu", torch.nn.ReLU), ("tanh", torch.nn.Tanh), ("sigmoid", torch.nn.Sigmoid), ("gelu", torch.nn.GELU)],
)
def test_names_stand_for_the_modules_of_torch(name: str, module: type[torch.nn.Module]) -> None:
    assert ACTIVATIONS[name].module is module
