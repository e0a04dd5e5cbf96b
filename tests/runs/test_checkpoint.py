"""Checkpoints: exact, or refused."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from logodds.runs import checkpoint
from logodds.system.errors import UserError

COUNTERS: dict[str, Any] = {
    "epoch": 3,
    "best": 0.1 + 0.2,
    "worst": None,
    "history": {"train/loss": [1e-300, 2.0], "é": []},
    "done": True,
}


def tensors() -> dict[str, Tensor]:
    draws = torch.Generator().manual_seed(0)
    return {
        "flat": torch.randn(2, 32, generator=draws),
        "wide": torch.randn(5, generator=draws, dtype=torch.float64),
        "special": torch.tensor([float("nan"), float("inf"), -0.0, 1e-45]),
        "random": draws.get_state(),
        "turned": torch.arange(6.0).view(2, 3).T,
        "one": torch.tensor(7),
        "none": torch.empty(0, 3),
        "mask": torch.tensor([True, False]),
    }


def raw(tensor: Tensor) -> bytes:
    return tensor.contiguous().numpy().tobytes()


def test_round_trip_is_exact(tmp_path: Path) -> None:
    (tmp_path / "a.ckpt").write_bytes(checkpoint.dumps(tensors(), COUNTERS, "signature"))
    found, counters, signature = checkpoint.load(tmp_path / "a.ckpt")
    assert {name: (tensor.shape, tensor.dtype, raw(tensor)) for name, tensor in found.items()} == {
        name: (tensor.shape, tensor.dtype, raw(tensor)) for name, tensor in tensors().items()
    }
    assert counters == COUNTERS
    assert signature == "signature"


def test_random_state_continues(tmp_path: Path) -> None:
    draws = torch.Generator().manual_seed(5)
    torch.rand(7, generator=draws)
    (tmp_path / "a.ckpt").write_bytes(checkpoint.dumps({"random": draws.get_state()}, {}, ""))
    again = torch.Generator()
    again.set_state(checkpoint.load(tmp_path / "a.ckpt")[0]["random"])
    assert torch.equal(torch.rand(9, generator=draws), torch.rand(9, generator=again))


def test_same_state_is_the_same_bytes(tmp_path: Path) -> None:
    turned = dict(reversed(COUNTERS.items()))
    (tmp_path / "a").write_bytes(checkpoint.dumps(tensors(), COUNTERS, "signature"))
    (tmp_path / "b").write_bytes(checkpoint.dumps(dict(reversed(tensors().items())), turned, "signature"))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_every_flipped_bit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(checkpoint.dumps(tensors(), COUNTERS, "signature"))
    data = path.read_bytes()
    draws = random.Random(0)
    places = [draws.randrange(8 * len(data)) for _ in range(200)]
    head = 8 * (data.index(b"\n") + 9)  # the digest, its line end and the length of safetensors' header
    for place in [*places, *range(0, head, 7)]:
        damaged = bytearray(data)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(UserError, match=r"damaged|not a checkpoint"):
            checkpoint.load(path)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(checkpoint.dumps(tensors(), COUNTERS, "signature"))
    data = path.read_bytes()
    draws = random.Random(1)
    for length in [0, 1, len(data) - 1, *(draws.randrange(len(data)) for _ in range(50))]:
        path.write_bytes(data[:length])
        with pytest.raises(UserError, match=r"damaged|not a checkpoint"):
            checkpoint.load(path)


@pytest.mark.parametrize("more", [b"\0", b"\n"])
def test_appended_byte_is_refused(tmp_path: Path, more: bytes) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(checkpoint.dumps(tensors(), COUNTERS, "signature"))
    path.write_bytes(path.read_bytes() + more)
    with pytest.raises(UserError, match="damaged"):
        checkpoint.load(path)


def test_the_device_is_in_the_counters_unless_it_is_the_cpu() -> None:
    assert checkpoint.on("cpu") == {}  # so the bytes are those of before
    assert [checkpoint.device_of(COUNTERS | checkpoint.on(device)) for device in ("cpu", "cuda")] == ["cpu", "cuda"]


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such checkpoint"):
        checkpoint.load(tmp_path / "a.ckpt")


def test_other_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(checkpoint.dumps(tensors(), COUNTERS, "signature"))
    path.write_bytes(path.read_bytes().replace(b"checkpoint 1", b"checkpoint 2", 1))
    with pytest.raises(UserError, match="not a checkpoint of this version"):
        checkpoint.load(path)


def test_pickle_is_refused_unread(tmp_path: Path) -> None:
    torch.save(tensors(), tmp_path / "a.ckpt")
    with pytest.raises(UserError, match="not a checkpoint of this version"):
        checkpoint.load(tmp_path / "a.ckpt")
