"""The order in which an epoch visits the rows. Every random number comes from the generator that is passed in."""

from __future__ import annotations

import torch
from torch import Tensor

SAMPLINGS = ("shuffle", "stratified", "weighted")
WINDOW = 50  # number of batches within which rows are sorted by length


def draw(sampling: str, random: torch.Generator, classes: Tensor) -> Tensor:
    """Return the row numbers [n] of the next epoch, in order.

    Args:
        sampling: ``shuffle`` visits every row once, in the order of ``DataLoader(shuffle=True, generator=...)``.
            ``stratified`` visits every row once, and each batch has every class in its share of all rows, to within one
            row (two with many classes). ``weighted`` draws rows with replacement such that all classes are equally
            likely, as ``WeightedRandomSampler`` does.
        random: a generator on the CPU.
        classes: class index of each row [n], on the CPU.
    """
    if sampling == "weighted":
        weights = torch.bincount(classes).double().clamp_min(1.0).reciprocal()[classes]
        return torch.multinomial(weights, len(classes), replacement=True, generator=random)
    shuffled = permutation(random, len(classes))
    if sampling == "shuffle":
        return shuffled
    # Spread each class evenly over the epoch: its i-th row of m gets position (i + u) / m, with one random u per class.
    kinds = classes[shuffled]
    counts = torch.bincount(kinds)
    grouped = torch.argsort(kinds, stable=True)
    starts = (counts.cumsum(0) - counts).repeat_interleave(counts)
    offset = torch.rand(len(counts), generator=random, dtype=torch.float64)[kinds[grouped]]
    positions = (torch.arange(len(classes)) - starts + offset) / counts[kinds[grouped]]
    return shuffled[grouped[torch.argsort(positions, stable=True)]]


def by_length(order: Tensor, lengths: Tensor, size: int, random: torch.Generator) -> Tensor:
    """Return ``order`` [n] rearranged so that the rows of a batch have similar lengths, which saves padding.

    Rows are sorted by length within windows of ``WINDOW`` batches. Then the batches are shuffled, except that a last
    batch with fewer rows stays last.

    Args:
        order: row numbers [n].
        lengths: length of each row [n], by row number.
        size: rows per batch.
        random: the generator that shuffles the batches.
    """
    windows = [window[torch.argsort(lengths[window], stable=True)] for window in torch.split(order, WINDOW * size)]
    batches = torch.split(torch.cat(windows), size)
    full = len(order) // size
    shuffled = torch.randperm(full, generator=random).tolist()
    return torch.cat([batches[index] for index in [*shuffled, *range(full, len(batches))]])


def permutation(random: torch.Generator, rows: int) -> Tensor:
    """Return row numbers [rows] in exactly the order of ``DataLoader(shuffle=True, generator=...)``.

    DataLoader draws a base seed for its workers before the sampler's permutation, and RandomSampler draws a second
    permutation that it cuts to zero rows. Both are drawn here too, so that the state of the generator agrees with
    PyTorch's in later epochs.
    """
    torch.empty((), dtype=torch.int64).random_(generator=random)
    order = torch.randperm(rows, generator=random)
    torch.randperm(rows, generator=random)
    return order


def fill(batches: Tensor, order: Tensor, size: int) -> None:
    """Cut ``order`` [n] into batches of ``size`` rows and write them into ``batches`` [ceil(n / size), padded size].

    Padding is left as it is.
    """
    full = len(order) // size
    if size == batches.shape[1]:
        batches.view(-1)[: len(order)] = order
        return
    batches[:full, :size] = order[: full * size].view(full, size)
    if full < len(batches):
        batches[full, : len(order) - full * size] = order[full * size :]
