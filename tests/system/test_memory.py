"""Freed memory goes back to the operating system."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from logodds.system import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

MIB = 1 << 20
BLOCKS = 2000


def resident() -> int:
    """The resident size of this process in MiB."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) >> 10


def test_arrow_keeps_no_freed_blocks() -> None:
    blocks = [pa.concat_arrays([pa.array(np.ones(5500))] * 2) for _ in range(BLOCKS)]  # 88 KB each
    pinned = blocks[:: BLOCKS // 10]
    before = resident()
    del blocks
    memory.give_back()
    assert resident() < before - 100
    assert len(pinned) == 10


def test_the_c_library_keeps_no_freed_blocks() -> None:
    blocks = [np.ones(MIB // 128) for _ in range(BLOCKS)]  # 64 KiB each
    pinned = blocks[:: BLOCKS // 10]
    before = resident()
    del blocks
    memory.give_back()
    assert resident() < before - 60
    assert len(pinned) == 10
