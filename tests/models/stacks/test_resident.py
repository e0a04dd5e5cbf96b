"""Rows on the device against plain indexing, torchvision's normalisation and torch's EmbeddingBag."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from builders import CPU, numbers
from torch import Tensor, nn
from torch.testing import assert_close

from logodds.features.rows import Bags, Matrix, Pixels, Rows, Tokens
from logodds.models.stacks.padding import VECTOR
from logodds.models.stacks.resident import (
    BLOCK,
    Resident,
    ResidentBags,
    ResidentMatrix,
    ResidentPixels,
    ResidentTokens,
    Wide,
    resident,
)

SOME = torch.tensor([3, 0, 3, 11, 7])
COUNTS = [0, 1, BLOCK, 2 * BLOCK + 5]


def _matrix(n: int = 12) -> Matrix:
    return Matrix(np.random.default_rng(0).normal(size=(n, 5)).astype(np.float32), tuple("abcde"))


def _pixels(n: int = 12, channels: int = 3) -> Pixels:
    values = np.random.default_rng(1).integers(0, 256, (n, channels, 4, 6), dtype=np.uint8)
    return Pixels(values, (120.5, 30.0, 7.25)[:channels], (60.0, 17.5, 255.0)[:channels])


def _tokens(n: int = 12) -> Tokens:
    random = np.random.default_rng(2)
    lengths = random.integers(1, 9, n)
    ids = random.integers(1, 50, (n, 8)).astype(np.int32)
    return Tokens(np.where(np.arange(8) < lengths[:, None], ids, 0).astype(np.int32), lengths, 50)


def _bags(n: int = 12) -> Bags:
    """Some rows have no term."""
    random = np.random.default_rng(3)
    starts = np.concatenate([[0], np.cumsum(random.integers(0, 5, n))]).astype(np.int64)
    terms = random.integers(0, 20, starts[-1]).astype(np.int32)
    return Bags(terms, random.normal(size=starts[-1]).astype(np.float32), starts, 20)


def _normalised(rows: Pixels) -> Tensor:
    """(value - mean) / scale per channel, in float64."""
    mean, scale = (torch.tensor(part, dtype=torch.float64)[:, None, None] for part in (rows.mean, rows.scale))
    return (torch.from_numpy(rows.values).double() - mean) / scale


def _equal(found: object, expected: object) -> bool:
    if isinstance(found, tuple) and isinstance(expected, tuple):
        return all(_equal(*pair) for pair in zip(found, expected, strict=True))
    assert isinstance(found, Tensor)
    assert isinstance(expected, Tensor)
    return found.dtype == expected.dtype and torch.equal(found, expected)


EVERY: dict[str, tuple[type[Resident], Rows]] = {
    "matrix": (ResidentMatrix, _matrix()),
    "pixels": (ResidentPixels, _pixels()),
    "grey pixels": (ResidentPixels, _pixels(channels=1)),
    "tokens": (ResidentTokens, _tokens()),
    "bags": (ResidentBags, _bags()),
}


@pytest.mark.parametrize("case", EVERY)
def test_each_kind_of_rows_has_its_resident(case: str) -> None:
    kind, rows = EVERY[case]
    found = resident(rows, CPU)
    assert type(found) is kind
    assert len(found) == len(rows) == 12
    assert found.device == CPU


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("make", [_matrix, _pixels, _tokens, _bags])
def test_blocks_hold_every_row_once(make: type, count: int) -> None:
    blocks = list(resident(make(count), CPU).blocks())
    assert torch.equal(torch.cat(blocks).sort().values, torch.arange(count))
    assert all(len(block) <= BLOCK for block in blocks)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("make", [_matrix, _pixels])
def test_wide_rows_are_all_rows_in_order_with_a_column_of_ones(make: type, count: int) -> None:
    found = resident(make(count), CPU)
    assert isinstance(found, Wide)
    blocks = list(found.wide())
    assert all(len(block) % VECTOR == 0 for block, _ in blocks)
    whole = torch.cat([torch.empty(0, found.width + 1), *(block[:rows] for block, rows in blocks)])
    assert whole.shape == (count, found.width + 1)
    assert torch.equal(whole[:, -1], torch.ones(count))
    assert torch.equal(whole[:, :-1], found.take(torch.arange(count)).reshape(count, found.width))


@pytest.mark.parametrize("make", [_matrix, _pixels])
def test_filled_rows_are_the_taken_ones_with_a_column_of_ones(make: type) -> None:
    found = resident(make(), CPU)
    assert isinstance(found, Wide)
    out = torch.full((5, found.width + 1), 9.0)
    found.fill(SOME, out)
    assert torch.equal(out[:, :-1], found.take(SOME).reshape(5, -1))
    assert torch.equal(out[:, -1], torch.ones(5))


# matrices


def test_numbers_are_the_matrix() -> None:
    rows = _matrix()
    found = numbers(rows.values)
    assert found.width == 5
    assert found.lengths is None
    assert torch.equal(found.take(SOME), torch.from_numpy(rows.values)[SOME])


# pixels


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_pictures_are_normalised_per_channel(channels: int) -> None:
    rows = _pixels(channels=channels)
    found = resident(rows, CPU)
    assert found.take(SOME).shape == (5, channels, 4, 6)
    assert_close(found.take(SOME).double(), _normalised(rows)[SOME], rtol=1e-6, atol=1e-6)


def test_pictures_are_normalised_as_by_torchvision() -> None:
    """ToTensor divides by 255 and Normalize takes (x - mean) / std, here of ImageNet."""
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    plain = _pixels()
    rows = Pixels(plain.values, tuple(255.0 * value for value in mean), tuple(255.0 * value for value in std))
    scaled = torch.from_numpy(plain.values).float() / 255.0
    expected = (scaled - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
    assert_close(resident(rows, CPU).take(torch.arange(12)), expected, rtol=1e-5, atol=2e-6)


def test_a_picture_is_the_same_to_the_bit_wherever_it_is_taken() -> None:
    found = resident(_pixels(100), CPU)
    whole = found.take(torch.arange(100))
    for row in (0, 57, 99):
        assert torch.equal(found.take(torch.tensor([row]))[0], whole[row])


def test_pictures_that_are_not_in_one_piece_are_read_right() -> None:
    rows = _pixels()
    turned = np.ascontiguousarray(rows.values.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    found = resident(Pixels(turned, rows.mean, rows.scale), CPU)
    assert torch.equal(found.take(SOME), resident(rows, CPU).take(SOME))


# tokens


def test_texts_are_cut_to_the_longest_that_is_taken() -> None:
    rows = _tokens()
    found = resident(rows, CPU)
    lengths = torch.from_numpy(rows.lengths)
    for some in (SOME, torch.tensor([int(lengths.argmin())]), torch.arange(12)):
        longest = int(lengths[some].max())
        expected = torch.from_numpy(rows.ids)[some, :longest].long(), lengths[some]
        assert _equal(found.take(some), expected)
    assert _equal(found.lengths, lengths)


def test_blocks_of_texts_go_from_short_to_long() -> None:
    rows = _tokens(3 * BLOCK)
    lengths = torch.from_numpy(rows.lengths)[torch.cat(list(resident(rows, CPU).blocks()))]
    assert bool((lengths.diff() >= 0).all())


# bags


@pytest.mark.parametrize("some", [[3, 0, 3, 11, 7], [5], list(range(12)), []], ids=str)
def test_terms_are_what_embedding_bag_reads(some: list[int]) -> None:
    rows = _bags()
    dense = torch.zeros(12, 20, dtype=torch.float64)
    for row in range(12):
        for place in range(rows.starts[row], rows.starts[row + 1]):
            dense[row, rows.terms[place]] += float(rows.weights[place])
    table = nn.EmbeddingBag(20, 4, mode="sum", dtype=torch.float32)
    terms, weights, starts = resident(rows, CPU).take(torch.tensor(some, dtype=torch.int64))
    found = table(terms, starts, per_sample_weights=weights)
    assert_close(found.double(), dense[some] @ table.weight.double(), rtol=1e-5, atol=1e-6)


def test_terms_by_hand() -> None:
    rows = Bags(
        np.array([4, 1, 1, 9, 0], np.int32),
        np.array([0.5, 1.0, -2.0, 3.0, 0.25], np.float32),
        np.array([0, 2, 2, 5]),
        10,
    )
    found = resident(rows, CPU)
    assert len(found) == 3
    expected = torch.tensor([1, 9, 0, 4, 1]), torch.tensor([-2.0, 3.0, 0.25, 0.5, 1.0]), torch.tensor([0, 3, 3])
    assert _equal(found.take(torch.tensor([2, 1, 0])), expected)
