"""From model options to a stack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from logodds.errors import UserError
from logodds.models import resnet
from logodds.models.logistic import Logistic
from logodds.models.mlp import MLP
from logodds.models.resnet import ResNet

if TYPE_CHECKING:
    import torch

    from logodds.stack import Stack

Model = Logistic | MLP | ResNet
MODELS: dict[str, type[Model]] = {"logistic": Logistic, "mlp": MLP, "resnet": ResNet}


def build(models: Sequence[Model], inputs: int, seeds: Sequence[int], batch: int, device: torch.device) -> Stack:
    """K models of one architecture, initialised from their seeds.

    Args:
        models: one per member; only ``dropout`` may differ between them.
        inputs: columns of the feature matrix, without the column of ones.
        seeds: one per member.
        batch: rows per training batch, padded (``stack.padded``).

    Raises:
        UserError: members of different architectures, or more than one of a kind that cannot be stacked.
    """
    import torch

    from logodds.dense import DenseStack
    from logodds.module import ModuleStack
    from logodds.seeds import generator

    first = models[0]
    if isinstance(first, ResNet):
        if len(models) != 1:
            raise UserError("model=resnet cannot be stacked; train its members one by one")
        random = generator("dropout", seeds[0], device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seeds[0])
            built = resnet.module(first, inputs, random)
        return ModuleStack(built, random, device)
    hidden = [(model.hidden, model.activation) if isinstance(model, MLP) else ([], "relu") for model in models]
    if any(other != hidden[0] for other in hidden):
        raise UserError("models of different architectures cannot be stacked")
    widths, activation = hidden[0]
    dropouts = [model.dropout if isinstance(model, MLP) else 0.0 for model in models]
    return DenseStack([inputs, *widths, 1], activation, dropouts, seeds, batch, device)
