"""Texts: training of the BiLSTM through ``logodds.engine.fit`` against the usual PyTorch loops, on the same rows.

The loops are DataLoader(shuffle) over rows padded to 100 tokens, Embedding, nn.LSTM(bidirectional), the last states of
both directions, BCEWithLogitsLoss, zero_grad, backward, torch.optim.Adam and a running loss. One packs each batch, and
gives what the BiLSTM here gives: from the same weights, over the same batches, it must have the same losses before a
time is told. The other reads the padding too, which is faster on a CPU and another function. Vocabulary 10,000,
embedding 50, 25 units, mean length 31, one thread.

Each side has a process of its own, as in a script of its own, and its first epoch is left out: what the C library does
with freed memory depends on all that the process did before, and decides over a third of the padded loop's time. Told
are seconds of the processor, which are those of the clock where nothing else runs: there is one thread.

python benchmarks/text.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from statistics import median

import numpy as np
import torch
from example import begin
from timing import Row, Target, medians, show, size
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader, TensorDataset

from logodds.engine import order
from logodds.engine.fit import fit
from logodds.engine.state import Data
from logodds.features.rows import Tokens
from logodds.models.stacks.seeds import generator
from logodds.runs.compose import compose
from logodds.runs.config import Config

ROWS, LONGEST, MEAN = size(2048, 100), 100, 31
VOCABULARY, EMBEDDING, UNITS = 10_000, 50, 25
EPOCHS, REPETITIONS = size(3, 2), size(3)
OVERRIDES = (
    "features=tokens",
    "model=bilstm",
    f"model.embedding={EMBEDDING}",
    f"model.units={UNITS}",
    "model.pooling=last",
    "model.dropout=0.0",
    "optim=adam",
    f"train.epochs={EPOCHS}",
    "train.monitor=train/loss",
    "train.device=cpu",
)
SIDES = (("ours", 32), ("padded", 32), ("packed", 32), ("ours", 64), ("padded", 64))  # and the batch size
Batches = Iterable[list[Tensor]]


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
    data = sample()
    if sys.argv[1:]:
        print(seconds_per_epoch(sys.argv[1], int(sys.argv[2]), data))
        return
    config = compose(["train.batch_size=32", *OVERRIDES])
    np.testing.assert_allclose(list(ours(config, data)), list(same_batches(config, data)), rtol=0.0, atol=1e-5)
    seconds = medians({f"{side} {size}": partial(alone, side, size) for side, size in SIDES}, REPETITIONS, warm=0)
    told = {name: f"{value / ROWS * 1e6:.0f} µs" for name, value in seconds.items()}
    rows = [
        Row(
            f"per text, {side} loop, batch {size}",
            told[f"ours {size}"],
            told[f"{side} {size}"],
            seconds[f"{side} {size}"] / seconds[f"ours {size}"],
            Target(3.0, at_least=True),
        )
        for side, size in SIDES
        if side != "ours"
    ]
    show(f"BiLSTM, mean length {tensors(data)[1].double().mean():.0f} of {LONGEST}", rows)


def sample() -> Data:
    """Token numbers, lengths as in short messages (a few are cut), targets."""
    random = np.random.default_rng(0)
    lengths = np.clip(random.gamma(1.5, 1.04 * MEAN / 1.5, ROWS).astype(np.int64), 1, LONGEST)
    ids = random.integers(1, VOCABULARY, (ROWS, LONGEST), dtype=np.int32)
    ids[np.arange(LONGEST) >= lengths[:, None]] = 0
    none = Tokens(ids[:0], lengths[:0], VOCABULARY)
    return Data(Tokens(ids, lengths, VOCABULARY), random.integers(0, 2, ROWS), none, np.zeros(0, np.int64), 2)


def tensors(data: Data) -> tuple[Tensor, Tensor, Tensor]:
    """Token numbers, lengths, targets [n, 1], as the loops take them."""
    assert isinstance(data.x_train, Tokens)
    ids, lengths = torch.from_numpy(data.x_train.ids).long(), torch.from_numpy(data.x_train.lengths)
    return ids, lengths, torch.from_numpy(data.t_train).float()[:, None]


def alone(side: str, size: int) -> float:
    """Processor seconds of an epoch in a process of its own."""
    command = [sys.executable, __file__, side, str(size)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def seconds_per_epoch(side: str, size: int, data: Data) -> float:
    """The median over all epochs but the first."""
    config = compose([f"train.batch_size={size}", *OVERRIDES])
    ends = [time.process_time() for _ in (ours(config, data) if side == "ours" else theirs(config, data, side))]
    return median(np.diff(ends).tolist())


def ours(config: Config, data: Data) -> Iterator[float]:
    """The loss of each epoch."""
    state = begin(config, data)
    for epoch in fit(state, config.evaluate.threshold):
        yield epoch.figures["train/loss"][0]


def theirs(config: Config, data: Data, side: str) -> Iterator[float]:
    """The loss of each epoch."""
    torch.manual_seed(config.train.seed)
    loader = DataLoader(TensorDataset(*tensors(data)), batch_size=config.train.batch_size, shuffle=True)
    return train(Tutorial(pack=side == "packed"), [loader] * EPOCHS)


def same_batches(config: Config, data: Data) -> Iterator[float]:
    """The loss of each epoch of the packed loop, from the weights and over the batches that ``fit`` takes."""
    initial, module = begin(config, data).stack.weights(0), Tutorial(pack=True)
    for name in ("embedding.weight", "head.weight", "head.bias"):
        module.get_parameter(name).data.copy_(initial[name])
    for name, parameter in module.lstm.named_parameters():
        direction = "leftward" if name.endswith("_reverse") else "rightward"
        parameter.data.copy_(initial[f"{direction}.{name.removesuffix('_reverse')}"])
    whole, size = tensors(data), config.train.batch_size
    random = generator("order", config.train.seed, torch.device("cpu"))
    visited = [order.by_length(order.permutation(random, ROWS), whole[1], size, random) for _ in range(EPOCHS)]
    return train(module, [[[part[rows] for part in whole] for rows in torch.split(each, size)] for each in visited])


def train(module: nn.Module, epochs: Iterable[Batches]) -> Iterator[float]:
    """The usual loop, with the learning rate that is Adam's in torch and in ``conf/``; the loss of each epoch."""
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(module.parameters())
    for batches in epochs:
        running = 0.0
        for ids, lengths, labels in batches:
            optimizer.zero_grad()
            loss = criterion(module(ids, lengths), labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(ids)
        yield running / ROWS


if __name__ == "__main__":
    main()
