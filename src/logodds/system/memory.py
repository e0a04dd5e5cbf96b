"""Memory that this process has freed, and that is kept from the operating system for later use."""

from __future__ import annotations

import ctypes

import pyarrow as pa


def give_back() -> None:
    """Give freed memory back to the operating system. Arrow and the C library keep it otherwise, up to blocks of 32 MiB
    each, and take more where none of these is large enough.

    The C libraries of other systems than Linux with glibc decide by themselves.
    """
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
