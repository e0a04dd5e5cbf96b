"""Rows and batches are padded to whole vectors: a member's arithmetic is the same whatever its neighbours are."""

from __future__ import annotations

# ATen's elementwise kernels take 2 x 16 floats at a time (AVX-512) and finish with scalar code whose exp rounds
# otherwise. Buffers of whole multiples never reach the scalar code, so no result depends on a position in the stack.
VECTOR = 32


def padded(count: int) -> int:
    """The next multiple of ``VECTOR``."""
    return -(-count // VECTOR) * VECTOR
