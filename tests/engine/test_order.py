"""The order of rows is that of torch's DataLoader; its samplings hold what they promise."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

from logodds.engine.order import WINDOW, by_length, draw, fill, permutation


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


def _random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _classes(*counts: int) -> Tensor:
    """So many rows of each class, mixed."""
    classes = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    return classes[torch.randperm(len(classes), generator=_random(9))]


# Samplings


@pytest.mark.parametrize("seed", [0, 7])
def test_shuffling_looks_at_no_class(seed: int) -> None:
    ours, theirs = _random(seed), _random(seed)
    for _ in range(3):
        assert torch.equal(draw("shuffle", ours, _classes(5, 95)), permutation(theirs, 100))


@pytest.mark.parametrize("counts", [(50, 50), (99, 1), (3, 30, 300), (0, 4, 2)])
@pytest.mark.parametrize("seed", [0, 7])
def test_weighted_sampling_is_that_of_torch(counts: tuple[int, ...], seed: int) -> None:
    classes = _classes(*counts)
    weights = [1.0 / counts[index] for index in classes.tolist()]
    sampler = WeightedRandomSampler(weights, len(classes), generator=_random(seed))
    ours = _random(seed)
    for _ in range(3):
        assert draw("weighted", ours, classes).tolist() == list(sampler)


def test_weighted_sampling_draws_each_class_as_often() -> None:
    classes = _classes(100, 900, 9000)
    found = torch.bincount(classes[draw("weighted", _random(), classes)])
    spread = (10_000 * (1 / 3) * (2 / 3)) ** 0.5
    assert bool(((found - 10_000 / 3).abs() < 4.0 * spread).all())


@pytest.mark.slow
@pytest.mark.parametrize("counts", [(80, 20), (990, 10), (333, 334), (1, 1), (7, 0), (40, 50, 10), (5, 3, 400, 100)])
@pytest.mark.parametrize("size", [1, 2, 7, 32, 1000])
@pytest.mark.parametrize("seed", [0, 7, 8])
def test_stratified_batches_have_the_classes_shares(counts: tuple[int, ...], size: int, seed: int) -> None:
    classes, random = _classes(*counts), _random(seed)
    shares = torch.tensor(counts) / sum(counts)
    orders = [draw("stratified", random, classes) for _ in range(3)]
    for order in orders:
        assert torch.equal(order.sort().values, torch.arange(len(classes)))
        for batch in torch.split(order, size):
            found = torch.bincount(classes[batch], minlength=len(counts))
            # By rounding; of many classes, the others' roundings move a batch's bounds too.
            bound = 1.0 + shares * max(0, len(counts) - 2)
            assert bool(((found - shares * len(batch)).abs() <= bound + 1e-9).all()), found
    if len(classes) > 10:
        assert not torch.equal(orders[0], orders[1])


def test_stratified_sampling_mixes_rows_of_a_class() -> None:
    """Over many epochs each row stands in the first half as often as any other of its class."""
    classes, random = _classes(30, 10), _random()
    first = torch.zeros(40)
    for _ in range(2000):
        first[draw("stratified", random, classes)[:20]] += 1.0
    assert bool(((first / 2000 - 0.5).abs() < 0.06).all())


@pytest.mark.parametrize("sampling", ["shuffle", "stratified", "weighted"])
def test_a_draw_depends_on_its_generator_alone(sampling: str) -> None:
    classes = _classes(40, 60)
    first, second = (draw(sampling, _random(3), classes) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, draw(sampling, _random(4), classes))


# Rows of like length


@pytest.mark.parametrize(("rows", "size"), [(1, 4), (4, 4), (100, 7), (1000, 8), (2000, 32), (WINDOW * 8 * 2, 8)])
def test_batches_hold_rows_of_like_length(rows: int, size: int) -> None:
    order = permutation(_random(1), rows)
    lengths = torch.randint(1, 100, (rows,), generator=_random(2))
    found = by_length(order, lengths, size, _random(5))
    assert torch.equal(found.sort().values, torch.arange(rows))
    assert torch.equal(found, by_length(order, lengths, size, _random(5)))
    batches = list(torch.split(found, size))
    # The same batches as windows that are sorted one by one, full ones in any order and a short one last.
    windows = torch.split(order, WINDOW * size)
    expected = [
        batch
        for window in windows
        for batch in torch.split(torch.tensor(sorted(window.tolist(), key=lambda row: int(lengths[row]))), size)
    ]
    assert sorted(batch.tolist() for batch in batches) == sorted(batch.tolist() for batch in expected)
    assert len(batches[-1]) == len(expected[-1])
    if rows % size:
        assert torch.equal(batches[-1], expected[-1])
    if rows > 10 * size:
        assert not all(torch.equal(batch, other) for batch, other in zip(batches, expected, strict=True))


def test_rows_of_like_length_waste_little() -> None:
    lengths = torch.randint(1, 101, (2000,), generator=_random(0))
    order = permutation(_random(1), 2000)

    def computed(order: Tensor) -> int:
        return sum(len(batch) * int(lengths[batch].max()) for batch in torch.split(order, 32))

    assert computed(by_length(order, lengths, 32, _random(2))) < 1.05 * int(lengths.sum())
    assert computed(order) > 1.8 * int(lengths.sum())
