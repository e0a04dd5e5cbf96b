"""The order in which rows are visited: that of ``DataLoader(shuffle=True, generator=...)``, to the row."""

from __future__ import annotations

import torch
from torch import Tensor


def permutation(random: torch.Generator, rows: int) -> Tensor:
    """Row numbers [rows] of the next epoch, on the CPU.

    DataLoader draws a base seed for its workers before the sampler's permutation, and RandomSampler draws a second
    permutation that it cuts to zero rows; both are drawn here too, so that the generator stays in step.
    """
    torch.empty((), dtype=torch.int64).random_(generator=random)
    order = torch.randperm(rows, generator=random)
    torch.randperm(rows, generator=random)
    return order


def fill(places: Tensor, order: Tensor, size: int) -> None:
    """The order cut into batches, into ``places`` [ceil(rows / size), padded]; places that hold no row are left."""
    full = len(order) // size
    if size == places.shape[1]:
        places.view(-1)[: len(order)] = order
        return
    places[:full, :size] = order[: full * size].view(full, size)
    if full < len(places):
        places[full, : len(order) - full * size] = order[full * size :]
