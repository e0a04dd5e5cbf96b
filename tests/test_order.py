"""The order of rows is that of torch's DataLoader."""

from __future__ import annotations

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from logodds.order import fill, permutation


@pytest.mark.parametrize(("rows", "size"), [(1, 1), (6, 2), (7, 2), (32, 32), (100, 7), (569, 32), (5, 100)])
@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_epochs_visit_rows_as_a_shuffling_data_loader_does(rows: int, size: int, seed: int) -> None:
    loader = DataLoader(
        TensorDataset(torch.arange(rows)),
        batch_size=size,
        shuffle=True,
        generator=torch.Generator().manual_seed(seed),
    )
    random = torch.Generator().manual_seed(seed)
    for _ in range(4):
        expected = [batch for (batch,) in loader]
        order = permutation(random, rows)
        assert torch.equal(order, torch.cat(expected))
        found = torch.zeros(len(expected), size, dtype=torch.int64)
        fill(found, order, size)
        for places, batch in zip(found, expected, strict=True):
            assert torch.equal(places[: len(batch)], batch)


@pytest.mark.parametrize(
    ("rows", "size", "padded", "expected"),
    [
        (6, 2, 2, [[6, 5], [4, 3], [2, 1]]),
        (6, 2, 4, [[6, 5, 0, 0], [4, 3, 0, 0], [2, 1, 0, 0]]),
        (5, 2, 2, [[5, 4], [3, 2], [1, 0]]),
        (5, 2, 3, [[5, 4, 0], [3, 2, 0], [1, 0, 0]]),
        (3, 3, 4, [[3, 2, 1, 0]]),
        (3, 8, 8, [[3, 2, 1, 0, 0, 0, 0, 0]]),
    ],
)
def test_places_without_a_row_repeat_row_zero(rows: int, size: int, padded: int, expected: list[list[int]]) -> None:
    order = torch.arange(rows, 0, -1)
    found = torch.zeros(len(expected), padded, dtype=torch.int64)
    fill(found, order, size)
    assert torch.equal(found, torch.tensor(expected))
