"""Logistic regression on sparse rows: a weight for each term and output, and a bias for each output."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def module(vocabulary: int, outputs: int) -> nn.Module:
    """Return the network (terms [m], weights [m], starts [n]) -> logits [n, outputs].

    The inputs are those of ``torch.nn.EmbeddingBag``: row i has the terms (int64, below ``vocabulary``) and weights
    (float32) from ``starts[i]`` up to ``starts[i + 1]``, the last row up to m; a row may be empty. All parameters start
    at zero, which is fine for a convex problem.
    """
    import torch
    from torch import Tensor, nn

    class Sums(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(vocabulary, outputs))
            self.bias = nn.Parameter(torch.zeros(outputs))

        def forward(self, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
            # Takes a fifth of the time of EmbeddingBag, whose dense gradient is slow on a CPU.
            terms, weights, starts = batch
            sizes = torch.diff(starts, append=starts.new_tensor([len(terms)]))
            rows = torch.repeat_interleave(sizes, output_size=len(terms))
            summands = self.weight.index_select(0, terms) * weights[:, None]
            return self.bias.repeat(len(starts), 1).index_add(0, rows, summands)

    return Sums()
