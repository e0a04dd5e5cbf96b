"""The state of a training run in one file: a line with the sha256 of the rest, then the rest in safetensors format.

Nothing in a checkpoint can be executed, and nothing in it is parsed before its digest has been verified.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from logodds.system.checksum import CHECKPOINT
from logodds.system.errors import UserError

DEVICE = "device"  # name of a counter


def dumps(tensors: dict[str, Tensor], counters: dict[str, Any], signature: str) -> bytes:
    """Return the content of the file. Equal arguments give equal bytes.

    Args:
        tensors: by name.
        counters: plain values by name, as JSON can hold them.
        signature: of the training.
    """
    # One JSON text under one metadata key: safetensors writes several keys in random order.
    text = json.dumps({"counters": counters, "signature": signature}, sort_keys=True).encode()
    body = safetensors.torch.save(
        {name: tensor.contiguous() for name, tensor in tensors.items()}, {"state": text.decode()}
    )
    return CHECKPOINT + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def on(device: str) -> dict[str, str]:
    """Return the counter that names the type of the device of a training. There is none for the CPU, so that its
    checkpoints have the bytes that they had before GPUs were named."""
    return {} if device == "cpu" else {DEVICE: device}


def device_of(counters: dict[str, Any]) -> str:
    """Return the type of the device on which a training was made, from the counters of its checkpoint."""
    return str(counters.get(DEVICE, "cpu"))


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any], str]:
    """Return tensors, counters and signature, as given to :func:`dumps`.

    Raises:
        UserError: there is no such file, it is not a checkpoint, or a bit of it has changed.
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
