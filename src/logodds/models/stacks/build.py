"""Build a stack from the options of its models and the rows that they read."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from logodds.features.features import FEATURES
from logodds.system.errors import UserError, of_added_code

if TYPE_CHECKING:
    import torch
    from torch import nn

    from logodds.features.rows import Rows
    from logodds.models.model import Model
    from logodds.models.stacks.stack import Stack


def common(model: Model) -> dict[str, Any]:
    """Return the options of a model that must be equal for all members of a stack, by key."""
    return {key: value for key, value in dataclasses.asdict(model).items() if key not in model.differ}


def stackable(model: Model, rows: Rows, outputs: int) -> bool:
    """Return whether several models like this may train as one stack."""
    from logodds.models.stacks.dense import is_large

    layers = model.layers(rows, outputs)
    return layers is not None and not is_large(layers.widths)


def build(
    models: Sequence[Model], rows: Rows, outputs: int, seeds: Sequence[int], batch: int, device: torch.device
) -> Stack:
    """Return a stack of models of one architecture, each initialised from its seed.

    Args:
        models: options of each member; they may differ only in the keys of ``Model.differ``.
        rows: some rows like those that the models will read.
        outputs: logits per row.
        seeds: seed of each member.
        batch: rows per training batch, padded (``padding.padded``).
        device: where parameters and batches are.

    Raises:
        UserError: the architectures differ, there are several models and they cannot be stacked, or the models cannot
            read such rows.
    """
    import torch

    from logodds.models.stacks.dense import DenseStack
    from logodds.models.stacks.module import ModuleStack
    from logodds.models.stacks.seeds import generator

    first = models[0]
    _refuse_unreadable(first, rows)
    layers = first.layers(rows, outputs)
    if len(models) != 1 and not stackable(first, rows, outputs):
        size = "" if layers is None else " with so large a layer"
        raise UserError(f"model={first.name}{size} cannot be stacked; train its members one by one")
    if layers is None:
        random = generator("dropout", seeds[0], device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seeds[0])
            built = _module(first, rows, outputs, random)
        return ModuleStack(built, outputs, first.heads(), random, seeds[0], device)
    if any(common(model) != common(first) for model in models):
        raise UserError("models of different architectures cannot be stacked")
    connected = first.connections(rows)
    member_layers = [model.layers(rows, outputs) for model in models]
    dropouts = [member.dropout for member in member_layers if member is not None]
    mask = None if connected is None else torch.from_numpy(connected)
    return DenseStack(layers.widths, layers.activation, dropouts, seeds, batch, device, mask)


def numbers(model: Model, rows: Rows, outputs: int) -> int:
    """Return how many numbers the weights and buffers of a model have, without allocating them.

    Raises:
        UserError: the model cannot read such rows.
    """
    import torch

    _refuse_unreadable(model, rows)
    layers = model.layers(rows, outputs)
    if layers is not None:
        return sum((before + 1) * after for before, after in pairwise(layers.widths))
    with torch.device("meta"):
        built = _module(model, rows, outputs, torch.Generator())
    return sum(tensor.numel() for tensor in built.state_dict().values())


def _module(model: Model, rows: Rows, outputs: int, random: torch.Generator) -> nn.Module:
    """Return the network of a model.

    Raises:
        UserError: the model, of another package, raises an exception or returns something else.
    """
    from torch import nn

    with of_added_code(f"model={model.name}: module()", "mend the model"):
        module = model.module(rows, outputs, random)
    if not isinstance(module, nn.Module):
        raise UserError(f"model={model.name}: module() returns {type(module).__name__}, not a torch.nn.Module; mend it")
    return module


def _refuse_unreadable(model: Model, rows: Rows) -> None:
    if rows.kind not in model.reads:
        fitting = [name for name, option in FEATURES.options().items() if option.row_kind in model.reads]
        raise UserError(f"model={model.name}: reads features={' or '.join(fitting)}; choose other features")
