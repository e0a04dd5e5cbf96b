"""From model options to a stack, for the rows that features give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from logodds.models import bilstm, cnn, resnet
from logodds.models.bilstm import BiLSTM
from logodds.models.cnn import CNN
from logodds.models.logistic import Logistic
from logodds.models.mlp import MLP, connections, note
from logodds.models.resnet import ResNet
from logodds.system.errors import UserError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from logodds.features.rows import Rows
    from logodds.models.stacks.stack import Stack

Model = Logistic | MLP | ResNet | BiLSTM | CNN
MODELS: dict[str, type[Model]] = {"logistic": Logistic, "mlp": MLP, "resnet": ResNet, "bilstm": BiLSTM, "cnn": CNN}
#: The features that each model reads.
READS = {
    "logistic": ("tabular", "pixels", "ngrams"),
    "mlp": ("tabular", "pixels"),
    "resnet": ("tabular",),
    "bilstm": ("tokens",),
    "cnn": ("pixels",),
}


def check(model: Model, features: str) -> None:
    """Raises:
    UserError: a model that does not read such features.
    """
    if features not in READS[model.name]:
        fitting = [name for name, kinds in READS.items() if features in kinds]
        raise UserError(
            f"model={model.name}: reads features={' or '.join(READS[model.name])}, not {features}; "
            f"use model={' or '.join(fitting)}"
        )


def notes(model: Model) -> list[str]:
    """What a person should know about the choice of the model, a line each."""
    found = note(model) if isinstance(model, MLP) else None
    return [] if found is None else [found]


def stackable(model: Model, rows: Rows, outputs: int) -> bool:
    """Whether several such models may train as one stack."""
    from logodds.models.stacks.dense import is_large

    layers = widths(model, rows, outputs)
    return layers is not None and not is_large(layers)


def build(
    models: Sequence[Model], rows: Rows, outputs: int, seeds: Sequence[int], batch: int, device: torch.device
) -> Stack:
    """K models of one architecture, initialised from their seeds.

    Args:
        models: one per member; only ``dropout`` may differ between them.
        rows: some rows as the models will read them.
        outputs: logits per row.
        seeds: one per member.
        batch: rows per training batch, padded (``stack.padded``).

    Raises:
        UserError: members of different architectures, or more than one of a kind that cannot be stacked.
    """
    import torch

    from logodds.models.stacks.dense import DenseStack
    from logodds.models.stacks.module import ModuleStack
    from logodds.models.stacks.seeds import generator

    first = models[0]
    layers = widths(first, rows, outputs)
    if len(models) != 1 and not stackable(first, rows, outputs):
        size = "" if layers is None else " with so large a layer"
        raise UserError(f"model={first.name}{size} cannot be stacked; train its members one by one")
    if layers is None:
        random = generator("dropout", seeds[0], device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seeds[0])
            built = _module(first, rows, outputs, random)
        return ModuleStack(built, outputs, random, device)
    if any(widths(model, rows, outputs) != layers or _activation(model) != _activation(first) for model in models):
        raise UserError("models of different architectures cannot be stacked")
    connected = _connections(models, rows)
    dropouts = [model.dropout if isinstance(model, MLP) else 0.0 for model in models]
    return DenseStack(layers, _activation(first), dropouts, seeds, batch, device, connected)


def numbers(model: Model, rows: Rows, outputs: int) -> int:
    """How many the weights and buffers of such a model are, without making it.

    Raises:
        UserError: a model that does not read such rows.
    """
    import torch

    layers = widths(model, rows, outputs)
    if layers is not None:
        return sum((before + 1) * after for before, after in pairwise(layers))
    with torch.device("meta"):
        built = _module(model, rows, outputs, torch.Generator())
    return sum(tensor.numel() for tensor in built.state_dict().values())


def widths(model: Model, rows: Rows, outputs: int) -> list[int] | None:
    """Inputs, hidden widths and outputs of fully connected layers; None for another architecture."""
    from logodds.features.rows import Matrix, Pixels

    if not isinstance(rows, Matrix | Pixels) or not isinstance(model, Logistic | MLP):
        return None
    inputs = math.prod(rows.values.shape[1:])
    return [inputs, *(model.hidden if isinstance(model, MLP) else []), outputs]


def _connections(models: Sequence[Model], rows: Rows) -> Tensor | None:
    import torch

    from logodds.features.rows import Matrix

    groups = [model.groups if isinstance(model, MLP) else None for model in models]
    if any(other != groups[0] for other in groups):
        raise UserError("models of different architectures cannot be stacked")
    first = models[0]
    if not isinstance(first, MLP) or first.groups is None:
        return None
    if not isinstance(rows, Matrix):
        raise UserError("model.groups: names columns of a table, which features=pixels does not have; set it to null")
    found = connections(first, rows.columns)
    return None if found is None else torch.from_numpy(found)


def _activation(model: Model) -> str:
    return model.activation if isinstance(model, MLP) else "relu"


def _module(model: Model, rows: Rows, outputs: int, random: torch.Generator) -> nn.Module:
    from logodds.features.rows import Bags, Matrix, Pixels, Tokens
    from logodds.models import bag

    match model, rows:
        case ResNet(), Matrix():
            return resnet.module(model, rows.values.shape[1], outputs, random)
        case BiLSTM(), Tokens():
            return bilstm.module(model, rows.vocabulary, outputs, random)
        case CNN(), Pixels():
            _, *shape = rows.values.shape
            return cnn.module(model, (shape[0], shape[1], shape[2]), outputs, random)
        case Logistic(), Bags():
            return bag.module(rows.vocabulary, outputs)
    raise UserError(f"model={model.name}: reads features={' or '.join(READS[model.name])}; choose other features")
