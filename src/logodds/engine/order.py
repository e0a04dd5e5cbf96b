"""The order in which rows are visited, from a named generator alone."""

from __future__ import annotations

import torch
from torch import Tensor

SAMPLINGS = ("shuffle", "stratified", "weighted")
WINDOW = 50  # batches within which rows of like length are put together


def draw(sampling: str, random: torch.Generator, classes: Tensor) -> Tensor:
    """Row numbers [n] of the next epoch, for class indices ``classes`` [n]; all on the CPU.

    ``shuffle``: every row once, as ``DataLoader(shuffle=True, generator=...)``; ``stratified``: every row once, and
    each batch with the classes' shares, within a row (where classes are many, within two); ``weighted``: with
    replacement, each class as often as any other, as ``WeightedRandomSampler``.
    """
    if sampling == "weighted":
        weights = torch.bincount(classes).double().clamp_min(1.0).reciprocal()[classes]
        return torch.multinomial(weights, len(classes), replacement=True, generator=random)
    shuffled = permutation(random, len(classes))
    if sampling == "shuffle":
        return shuffled
    # Each class is spread evenly over the epoch: its i-th row of m stands at (i + u) / m, with one random u per class.
    kinds = classes[shuffled]
    counts = torch.bincount(kinds)
    grouped = torch.argsort(kinds, stable=True)
    starts = (counts.cumsum(0) - counts).repeat_interleave(counts)
    offset = torch.rand(len(counts), generator=random, dtype=torch.float64)[kinds[grouped]]
    places = (torch.arange(len(classes)) - starts + offset) / counts[kinds[grouped]]
    return shuffled[grouped[torch.argsort(places, stable=True)]]


def by_length(order: Tensor, lengths: Tensor, size: int, random: torch.Generator) -> Tensor:
    """The order with rows of like length in one batch, and the batches in a random order: less padding to compute.

    Rows are sorted within windows of ``WINDOW`` batches; a last batch that is short stays the last.
    """
    windows = [window[torch.argsort(lengths[window], stable=True)] for window in torch.split(order, WINDOW * size)]
    batches = torch.split(torch.cat(windows), size)
    full = len(order) // size
    shuffled = torch.randperm(full, generator=random).tolist()
    return torch.cat([batches[index] for index in [*shuffled, *range(full, len(batches))]])


def permutation(random: torch.Generator, rows: int) -> Tensor:
    """Row numbers [rows] in the order of ``DataLoader(shuffle=True, generator=...)``, to the row.

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
