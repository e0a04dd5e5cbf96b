"""Texts: one epoch of the BiLSTM against the usual PyTorch loops, on the same rows and initial weights.

The loops are DataLoader(shuffle) over rows padded to 100 tokens, Embedding, nn.LSTM(bidirectional), the last states of
both directions, BCEWithLogitsLoss, zero_grad, backward, torch.optim.Adam and a running loss. One packs each batch, and
gives what the BiLSTM here gives, which is checked before a time is told; the other reads the padding too, which is
faster on a CPU and another function. Here batches hold rows of similar length, cut to the longest. Vocabulary 10,000,
embedding 50, 25 units, batch size 32, mean length 31, one thread.

python benchmarks/text.py
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from timing import Row, Target, medians, show
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader, TensorDataset

from logodds.models import bilstm
from logodds.models.bilstm import BiLSTM

ROWS, LONGEST, MEAN = 2048, 100, 31
VOCABULARY, EMBEDDING, UNITS, BATCH = 10_000, 50, 25, 32
POOL = 32  # batches whose rows are sorted by length together
RATE = 1e-3
REPETITIONS = 5
OPTIONS = BiLSTM(name="bilstm", embedding=EMBEDDING, units=UNITS, pooling="last", dropout=0.0)


class Tutorial(nn.Module):
    """Rows [n, LONGEST] and lengths [n] -> logits [n, 1]."""

    def __init__(self, pack: bool) -> None:
        super().__init__()
        self.pack = pack
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING, padding_idx=0)
        self.lstm = nn.LSTM(EMBEDDING, UNITS, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * UNITS, 1)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        found = self.embedding(ids)
        if self.pack:
            found = pack_padded_sequence(found, lengths, batch_first=True, enforce_sorted=False)
        _, (final, _) = self.lstm(found)
        logits: Tensor = self.head(torch.cat([final[0], final[1]], dim=1))
        return logits


def main() -> None:
    torch.set_num_threads(1)
    ids, lengths, target = sample()
    agree(ids, lengths)
    works: dict[str, Callable[[], None]] = {
        "ours": partial(ours, ids, lengths, target),
        "packed": partial(theirs, True, ids, lengths, target),
        "padded": partial(theirs, False, ids, lengths, target),
    }
    seconds = medians(works, REPETITIONS)
    told = {name: f"{value / ROWS * 1e6:.0f} µs" for name, value in seconds.items()}
    target_ratio = Target(3.0, at_least=True)
    rows = [
        Row(f"per text, {name} loop", told["ours"], told[name], seconds[name] / seconds["ours"], target_ratio)
        for name in ("padded", "packed")
    ]
    show(f"BiLSTM, mean length {lengths.float().mean():.0f} of {LONGEST}", rows)


def sample() -> tuple[Tensor, Tensor, Tensor]:
    """Token numbers, lengths as in short messages (a few are cut), targets."""
    random = np.random.default_rng(0)
    lengths = np.clip(random.gamma(1.5, 1.04 * MEAN / 1.5, ROWS).astype(np.int64), 1, LONGEST)
    ids = random.integers(1, VOCABULARY, (ROWS, LONGEST))
    ids[np.arange(LONGEST) >= lengths[:, None]] = 0
    return torch.from_numpy(ids), torch.from_numpy(lengths), torch.from_numpy(random.integers(0, 2, ROWS)).float()


def network() -> nn.Module:
    torch.manual_seed(0)
    return bilstm.module(OPTIONS, VOCABULARY, 1, torch.Generator())


def agree(ids: Tensor, lengths: Tensor) -> None:
    """Raises:
    AssertionError: with the same weights, the packed loop's logits are not those of the BiLSTM here.
    """
    module, tutorial = network(), Tutorial(pack=True)
    state = module.state_dict()
    for name in ("embedding.weight", "head.weight", "head.bias"):
        tutorial.get_parameter(name).data.copy_(state[name])
    for name, parameter in tutorial.lstm.named_parameters():
        direction = "leftward" if name.endswith("_reverse") else "rightward"
        parameter.data.copy_(state[f"{direction}.{name.removesuffix('_reverse')}"])
    with torch.inference_mode():
        torch.testing.assert_close(module((ids, lengths)), tutorial(ids, lengths), rtol=0.0, atol=1e-6)


def ours(ids: Tensor, lengths: Tensor, target: Tensor) -> None:
    """One epoch; batches are visited in random order."""
    module = network()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(module.parameters(), lr=RATE)
    batches = by_length(lengths, torch.Generator().manual_seed(0))
    for rows in batches:
        own = lengths[rows]
        optimizer.zero_grad()
        loss = criterion(module((ids[rows, : int(own.max())], own))[:, 0], target[rows])
        loss.backward()
        optimizer.step()


def by_length(lengths: Tensor, random: torch.Generator) -> list[Tensor]:
    """Batches of rows of similar length: a permutation in pools, each sorted by length and cut."""
    pools = torch.randperm(len(lengths), generator=random).split(BATCH * POOL)
    cut = [rows for pool in pools for rows in pool[lengths[pool].argsort()].split(BATCH)]
    return [cut[place] for place in torch.randperm(len(cut), generator=random).tolist()]


def theirs(pack: bool, ids: Tensor, lengths: Tensor, target: Tensor) -> None:
    """One epoch."""
    torch.manual_seed(0)
    module = Tutorial(pack)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(module.parameters(), lr=RATE)
    running = 0.0
    for batch, own, labels in DataLoader(TensorDataset(ids, lengths, target[:, None]), batch_size=BATCH, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(module(batch, own), labels)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(batch)


if __name__ == "__main__":
    main()
