"""Activation functions of hidden layers and their derivatives, written into given buffers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

_aten = torch.ops.aten


@dataclass(frozen=True)
class Activation:
    """An activation function a(z).

    Attributes:
        forward: called with (z, out), writes a(z) into ``out``.
        backward: called with (grad, z, a), multiplies ``grad`` in place by the derivative at z, where a is a(z).
        module: the same function as a ``torch.nn`` module.
    """

    forward: Callable[[Tensor, Tensor], object]
    backward: Callable[[Tensor, Tensor, Tensor], object]
    module: type[torch.nn.Module]


ACTIVATIONS = {
    "relu": Activation(
        lambda z, out: torch.clamp_min(z, 0.0, out=out),
        lambda grad, z, a: _aten.threshold_backward.grad_input(grad, a, 0.0, grad_input=grad),
        torch.nn.ReLU,
    ),
    "tanh": Activation(
        lambda z, out: torch.tanh(z, out=out),
        lambda grad, z, a: _aten.tanh_backward.grad_input(grad, a, grad_input=grad),
        torch.nn.Tanh,
    ),
    "sigmoid": Activation(
        lambda z, out: torch.sigmoid(z, out=out),
        lambda grad, z, a: _aten.sigmoid_backward.grad_input(grad, a, grad_input=grad),
        torch.nn.Sigmoid,
    ),
    "gelu": Activation(
        lambda z, out: _aten.gelu.out(z, out=out),
        lambda grad, z, a: _aten.gelu_backward.grad_input(grad, z, grad_input=grad),
        torch.nn.GELU,
    ),
}
