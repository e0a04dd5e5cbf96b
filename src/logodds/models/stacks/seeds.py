"""Named random generators, one for each purpose. All random numbers of a run come from them."""

from __future__ import annotations

import hashlib

import torch

# Streams that start at the seed itself, so that a plain PyTorch script can reproduce them exactly.
PLAIN = ("init", "order")


def generator(stream: str, seed: int, device: torch.device) -> torch.Generator:
    """Return the generator for one purpose, ``stream``.

    ``init`` and ``order`` start at the seed itself, all others at a hash of name and seed.
    """
    if stream in PLAIN:
        start = seed
    else:
        start = int.from_bytes(hashlib.sha256(f"{stream}:{seed}".encode()).digest()[:8], "big") >> 1
    return torch.Generator(device).manual_seed(start)
