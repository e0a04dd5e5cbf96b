"""Padding of rows and batches to whole vectors, so that a member's arithmetic does not depend on its neighbours."""

from __future__ import annotations

# ATen's elementwise kernels take 2 x 16 floats at a time (AVX-512) and compute the remainder with scalar code, whose
# exp rounds differently. Buffers of whole vectors have no remainder, so no result depends on the slot in the stack.
VECTOR = 32


def padded(count: int) -> int:
    """Return ``count`` rounded up to a multiple of ``VECTOR``."""
    return -(-count // VECTOR) * VECTOR
