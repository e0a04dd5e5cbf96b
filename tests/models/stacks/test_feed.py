"""What stacks are given for each batch, against plain indexing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from builders import CPU, numbers
from torch import Tensor

from logodds.features.rows import Pixels, Tokens
from logodds.models.stacks.feed import ModuleFeed, WideFeed
from logodds.models.stacks.resident import Wide, resident

SIZE, BATCHES = 4, 3


def _wide(seed: int, n: int = 20) -> Wide:
    return numbers(np.random.default_rng(seed).normal(size=(n, 5)))


def _pictures(seed: int) -> Wide:
    values = np.random.default_rng(seed).integers(0, 256, (20, 1, 2, 3), dtype=np.uint8)
    found = resident(Pixels(values, (100.0,), (50.0,)), CPU)
    assert isinstance(found, Wide)
    return found


def _places(members: int, batches: int) -> list[Tensor]:
    random = torch.Generator().manual_seed(0)
    return [torch.randint(0, 20, (batches, SIZE), generator=random) for _ in range(members)]


@pytest.mark.parametrize("make", [_wide, _pictures])
@pytest.mark.parametrize(("members", "slots"), [(1, 1), (1, 2), (3, 3)])
def test_each_member_is_given_its_own_rows(make: type, members: int, slots: int) -> None:
    held = [make(seed) for seed in range(members)]
    feed = WideFeed(held, slots)
    assert feed.numbers == slots * (held[0].width + 1)
    feed.prepare(BATCHES, SIZE)
    for batches in (BATCHES, 1, 2):  # a later, shorter chunk reuses the buffers
        places = _places(members, batches)
        given = list(feed.load(places, [SIZE] * batches))
        assert len(given) == batches
        for batch, (x, turned) in enumerate(given):
            assert x.shape == (slots, SIZE, held[0].width + 1)
            assert torch.equal(turned, x.transpose(1, 2))
            for k in range(members):
                assert torch.equal(x[k, :, :-1], held[k].take(places[k][batch]).reshape(SIZE, -1))
                assert torch.equal(x[k, :, -1], torch.ones(SIZE))


def test_slots_beyond_the_members_stay_zero() -> None:
    feed = WideFeed([_wide(0)], 2)
    feed.prepare(BATCHES, SIZE)
    for x, _ in feed.load(_places(1, BATCHES), [SIZE] * BATCHES):
        assert not x[1].any()


def test_a_module_is_given_a_batch_without_its_padding() -> None:
    held = _wide(0)
    feed = ModuleFeed(held)
    feed.prepare(BATCHES, SIZE)
    (places,) = _places(1, BATCHES)
    given = list(feed.load([places], [4, 4, 1]))
    assert [len(x) for x in given] == [4, 4, 1]
    for x, batch, count in zip(given, places, [4, 4, 1], strict=True):
        assert torch.equal(x, held.take(batch[:count]))


def test_a_module_is_given_texts_as_they_are_taken() -> None:
    ids = np.array([[5, 0, 0], [6, 7, 0], [8, 9, 4]], np.int32)
    held = resident(Tokens(ids, np.array([1, 2, 3]), 10), CPU)
    feed = ModuleFeed(held)
    feed.prepare(1, 32)
    ((tokens, lengths),) = feed.load([torch.tensor([[1, 0, 2, 2]])], [2])
    assert torch.equal(tokens, torch.tensor([[6, 7], [5, 0]]))
    assert torch.equal(lengths, torch.tensor([2, 1]))
