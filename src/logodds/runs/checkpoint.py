"""The state of a training run in one file: a line with the sha256 of the rest, then safetensors.

Nothing in a checkpoint can run, and nothing of it is parsed before the digest is found right.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from logodds.system.errors import UserError
from logodds.system.seal import CHECKPOINT


def dumps(tensors: dict[str, Tensor], counters: dict[str, Any], signature: str) -> bytes:
    """The file's bytes, which depend on the arguments alone."""
    # A JSON text as one tensor: safetensors orders several metadata keys at random.
    text = json.dumps({"counters": counters, "signature": signature}, sort_keys=True).encode()
    body = safetensors.torch.save(
        {name: tensor.contiguous() for name, tensor in tensors.items()}, {"state": text.decode()}
    )
    return CHECKPOINT + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any], str]:
    """Tensors, counters and signature.

    Raises:
        UserError: no such file, not a checkpoint, or a single bit of it changed.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such checkpoint; train again")
    head, _, body = path.read_bytes().partition(b"\n")
    if not head.startswith(CHECKPOINT):
        raise UserError(f"{path}: not a checkpoint of this version; train again")
    if hashlib.sha256(body).hexdigest().encode() != head[len(CHECKPOINT) :]:
        raise UserError(f"{path}: damaged, its digest does not match; use another checkpoint or train again")
    try:
        state = json.loads(json.loads(body[8 : 8 + int.from_bytes(body[:8], "little")])["__metadata__"]["state"])
        return safetensors.torch.load(body), state["counters"], state["signature"]
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{path}: not the state of a training; train again") from error
