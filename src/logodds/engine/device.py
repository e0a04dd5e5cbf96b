"""The device on which a configuration trains."""

from __future__ import annotations

import torch

from logodds.system.errors import UserError


def chosen_device(name: str) -> torch.device:
    """Return the device for a value of ``train.device``; ``auto`` takes a GPU if there is one.

    Raises:
        UserError: ``name`` is ``cuda`` and there is no GPU that this PyTorch can use.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise UserError("train.device=cuda: PyTorch finds no GPU on this machine; use train.device=cpu or auto")
    return torch.device("cuda" if name == "cuda" or (name == "auto" and available) else "cpu")
