"""Any change of a sealed file is found."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from logodds.system import checksum
from logodds.system.errors import UserError


def checked(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    checksum.check(path, "a thing", "write it again")


@pytest.mark.parametrize("before", [0, 1, *(checksum.CHUNK + shift for shift in (-90, -40, -1, 0, 1))])
def test_a_seal_is_found_wherever_it_is(tmp_path: Path, before: int) -> None:
    data = bytes(before) + checksum.placeholder().encode() + b"x" * 200 + checksum.placeholder().encode() + b"\n"
    found = checksum.filled(data)
    assert found == data.replace(b"0" * 64, hashlib.sha256(data).hexdigest().encode())
    checked(tmp_path / "file", found)


def test_every_flip_and_every_cut_is_found(tmp_path: Path) -> None:
    right = checksum.filled(b'{"a": 1, "seal": "' + checksum.placeholder().encode() + b'"}\n' + bytes(range(256)))
    for bit in range(8 * len(right)):
        data = bytearray(right)
        data[bit // 8] ^= 1 << bit % 8
        damaged = r"file: (damaged: its content does not match its digest|not a thing); write"
        with pytest.raises(UserError, match=damaged):
            checked(tmp_path / "file", bytes(data))
    for size in range(len(right)):
        with pytest.raises(UserError, match=r"damaged|not a thing"):
            checked(tmp_path / "file", right[:size])
