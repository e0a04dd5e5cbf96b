"""The device on which a configuration trains, and the settings with which a GPU computes."""

from __future__ import annotations

import os

import torch

from logodds.system.errors import UserError, is_out_of_memory

WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
# The buffers of cuBLAS with which its products are equal from one call to the next, as NVIDIA's documentation says.
REPEATABLE = (":4096:8", ":16:8")


def chosen_device(name: str) -> torch.device:
    """Return the device for a value of ``train.device``; ``auto`` takes a GPU if there is one.

    A GPU is set so that it gives the same bits each time, from now on and for the whole process.

    Raises:
        UserError: ``name`` is ``cuda`` and there is no GPU that this PyTorch can use, or the one that it finds refuses
            to compute.
    """
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise UserError("train.device=cuda: PyTorch finds no GPU on this machine; use train.device=cpu or auto")
    _be_repeatable()
    device = torch.device("cuda")
    try:
        torch.zeros(1, device=device)
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"train.device={name}: the GPU cannot be used ({reason}); use train.device=cpu") from error
    return device


def _be_repeatable() -> None:
    """Choose algorithms that give the same bits each time, and products of whole float32 numbers as on a CPU.

    An operation of an added option that has no such algorithm raises an error.
    """
    workspace = os.environ.setdefault(WORKSPACE, REPEATABLE[0])  # read when cuBLAS starts, so before the first product
    if workspace not in REPEATABLE:
        raise UserError(
            f"{WORKSPACE}={workspace}: results of a GPU repeat only with {' or '.join(REPEATABLE)}; unset the variable"
        )
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False  # PyTorch's default is True for convolutions and LSTMs
    torch.backends.cuda.matmul.allow_tf32 = False
