"""Logistic regression on sparse rows: one weight per term and output, and a bias per output."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def module(vocabulary: int, outputs: int) -> nn.Module:
    """The sums, (terms [m], weights [m], starts [n]) -> logits [n, outputs], as in ``torch.nn.EmbeddingBag``.

    Row i has the terms (int64, below ``vocabulary``) and weights (float32) from ``starts[i]`` on to the next row's; a
    row may have none. All parameters start at zero, where a convex problem may.
    """
    import torch
    from torch import Tensor, nn

    class Sums(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(vocabulary, outputs))
            self.bias = nn.Parameter(torch.zeros(outputs))

        def forward(self, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
            # A fifth of the time of EmbeddingBag, whose dense gradient is slow on a CPU.
            terms, weights, starts = batch
            sizes = torch.diff(starts, append=starts.new_tensor([len(terms)]))
            rows = torch.repeat_interleave(sizes, output_size=len(terms))
            summands = self.weight.index_select(0, terms) * weights[:, None]
            return self.bias.repeat(len(starts), 1).index_add(0, rows, summands)

    return Sums()
