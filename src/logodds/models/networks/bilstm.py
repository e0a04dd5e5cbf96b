"""Bidirectional LSTM for texts: token numbers -> embedding -> an LSTM each way -> logits.

Packed sequences are slow on a CPU, and padding makes the backward direction read padding first. Here each direction is
a one-way LSTM of its own, and the backward one reads every row's tokens reversed, before any padding: the same numbers
as a packed ``nn.LSTM(bidirectional=True)``, at the speed of a dense one. Batches of rows of similar length cost least.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from logodds.models.bilstm import BiLSTM


def module(options: BiLSTM, vocabulary: int, outputs: int, random: torch.Generator) -> nn.Module:
    """The network, (ids [n, longest], lengths [n]), both int64, -> logits [n, outputs]; dropout draws from ``random``.

    Ids are below ``vocabulary``; what stands behind a row's length is not read. Lengths are at least 1.
    """
    import torch
    from torch import nn

    from logodds.models.networks.dropout import Dropout

    pool = _last if options.pooling == "last" else _largest

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, options.embedding, padding_idx=0)
            self.rightward = nn.LSTM(options.embedding, options.units)
            self.leftward = nn.LSTM(options.embedding, options.units)
            self.dropout = Dropout(options.dropout, random)
            self.head = nn.Linear(2 * options.units, outputs)

        def forward(self, batch: tuple[Tensor, Tensor]) -> Tensor:
            ids, lengths = batch
            # One lookup for both directions: its gradient is as large as the vocabulary.
            right, left = self.embedding(torch.stack([ids.T, from_the_end(ids, lengths).T])).unbind()
            pooled = [pool(self.rightward(right)[0], lengths), pool(self.leftward(left)[0], lengths)]
            return self.head(self.dropout(torch.cat(pooled, dim=1)))  # type: ignore[no-any-return]

    return Network()


def from_the_end(ids: Tensor, lengths: Tensor) -> Tensor:
    """Each row's tokens [n, longest] in reverse, from its last on; what stands behind its length is not to be read."""
    import torch

    places = lengths[:, None] - 1 - torch.arange(ids.shape[1], device=ids.device)
    return ids.gather(1, places.clamp(min=0))


def _last(states: Tensor, lengths: Tensor) -> Tensor:
    """States [longest, n, units] -> those at the last token [n, units]."""
    return states.gather(0, (lengths - 1)[None, :, None].expand(1, -1, states.shape[2]))[0]


def _largest(states: Tensor, lengths: Tensor) -> Tensor:
    """States [longest, n, units] -> the largest of each unit over the row's tokens [n, units]."""
    import torch

    behind = torch.arange(len(states), device=states.device)[:, None] >= lengths
    return states.masked_fill(behind[:, :, None], float("-inf")).amax(0)
