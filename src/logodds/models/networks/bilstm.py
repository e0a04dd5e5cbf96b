"""Bidirectional LSTM for texts: token numbers -> embedding -> two LSTMs -> logits.

Packed sequences are slow on a CPU, and without packing the backward direction would read a row's padding first. Here
each direction is an LSTM of its own, and the backward one reads the tokens of every row in reverse order, with the
padding at the end. This gives the same numbers as a packed ``nn.LSTM(bidirectional=True)``, at the speed of an unpacked
one. It is fastest if the rows of a batch have similar lengths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from logodds.models.bilstm import BiLSTM


def module(options: BiLSTM, vocabulary: int, outputs: int, random: torch.Generator) -> nn.Module:
    """Return the network (ids [n, longest], lengths [n]) -> logits [n, outputs]; dropout draws from ``random``.

    Ids and lengths are int64. Ids are below ``vocabulary``; those beyond a row's length have no effect. Lengths are at
    least 1.
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
            # One lookup for both directions, since the gradient of each lookup is as large as the whole embedding.
            right, left = self.embedding(torch.stack([ids.T, from_the_end(ids, lengths).T])).unbind()
            pooled = [pool(self.rightward(right)[0], lengths), pool(self.leftward(left)[0], lengths)]
            return self.head(self.dropout(torch.cat(pooled, dim=1)))  # type: ignore[no-any-return]

    return Network()


def from_the_end(ids: Tensor, lengths: Tensor) -> Tensor:
    """Return the tokens [n, longest] of each row in reverse order; beyond a row's length the values have no meaning."""
    import torch

    positions = lengths[:, None] - 1 - torch.arange(ids.shape[1], device=ids.device)
    return ids.gather(1, positions.clamp(min=0))


def _last(states: Tensor, lengths: Tensor) -> Tensor:
    """Return the states [n, units] at the last token of each row, from ``states`` [longest, n, units]."""
    return states.gather(0, (lengths - 1)[None, :, None].expand(1, -1, states.shape[2]))[0]


def _largest(states: Tensor, lengths: Tensor) -> Tensor:
    """Return the maximum [n, units] over the tokens of each row, from ``states`` [longest, n, units]."""
    import torch

    padding = torch.arange(len(states), device=states.device)[:, None] >= lengths
    return states.masked_fill(padding[:, :, None], float("-inf")).amax(0)
