"""Named random generators: every draw of a run comes from one of these and nothing else."""

from __future__ import annotations

import hashlib

import torch

# Streams that a plain PyTorch script seeds with the bare seed, so that its results can be met exactly.
PLAIN = ("init", "order")


def generator(stream: str, seed: int, device: torch.device) -> torch.Generator:
    """A generator for one purpose: ``init`` and ``order`` start at the seed itself, others at a hash of both."""
    if stream in PLAIN:
        start = seed
    else:
        start = int.from_bytes(hashlib.sha256(f"{stream}:{seed}".encode()).digest()[:8], "big") >> 1
    return torch.Generator(device).manual_seed(start)
