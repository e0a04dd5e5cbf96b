"""From model options to a stack, for the rows that features give."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from logodds.features.features import FEATURES
from logodds.system.errors import UserError

if TYPE_CHECKING:
    import torch
    from torch import nn

    from logodds.features.rows import Rows
    from logodds.models.model import Model
    from logodds.models.stacks.stack import Stack


def common(model: Model) -> dict[str, Any]:
    """The keys of a model that are the same for all members of its stack."""
    return {key: value for key, value in dataclasses.asdict(model).items() if key not in model.differ}


def stackable(model: Model, rows: Rows, outputs: int) -> bool:
    """Whether several such models may train as one stack."""
    from logodds.models.stacks.dense import is_large

    layers = model.layers(rows, outputs)
    return layers is not None and not is_large(layers.widths)


def build(
    models: Sequence[Model], rows: Rows, outputs: int, seeds: Sequence[int], batch: int, device: torch.device
) -> Stack:
    """K models of one architecture, initialised from their seeds.

    Args:
        models: one per member; only keys in ``Model.differ`` may differ between them.
        rows: some rows as the models will read them.
        outputs: logits per row.
        seeds: one per member.
        batch: rows per training batch, padded (``padding.padded``).
        device: where parameters and batches are.

    Raises:
        UserError: members of different architectures, more than one of a kind that cannot be stacked, or rows that the
            model does not read.
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
            built = first.module(rows, outputs, random)
        return ModuleStack(built, outputs, random, seeds[0], device)
    if any(common(model) != common(first) for model in models):
        raise UserError("models of different architectures cannot be stacked")
    connected = first.connections(rows)
    every = [model.layers(rows, outputs) for model in models]
    dropouts = [each.dropout for each in every if each is not None]
    mask = None if connected is None else torch.from_numpy(connected)
    return DenseStack(layers.widths, layers.activation, dropouts, seeds, batch, device, mask)


def numbers(model: Model, rows: Rows, outputs: int) -> int:
    """How many the weights and buffers of such a model are, without making it.

    Raises:
        UserError: a model that does not read such rows.
    """
    import torch

    _refuse_unreadable(model, rows)
    layers = model.layers(rows, outputs)
    if layers is not None:
        return sum((before + 1) * after for before, after in pairwise(layers.widths))
    with torch.device("meta"):
        built: nn.Module = model.module(rows, outputs, torch.Generator())
    return sum(tensor.numel() for tensor in built.state_dict().values())


def _refuse_unreadable(model: Model, rows: Rows) -> None:
    if rows.kind not in model.reads:
        fitting = [name for name, option in FEATURES.options().items() if option.gives in model.reads]
        raise UserError(f"model={model.name}: reads features={' or '.join(fitting)}; choose other features")
