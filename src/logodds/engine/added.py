"""Losses and optimisers of other packages: their mistakes are one line that names them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from logodds.engine.loss import LOSSES, Loss
from logodds.engine.objective import coefficients
from logodds.engine.optim import OPTIMISERS, Optim
from logodds.system.errors import UserError, of_added_code

ROWS_PER_CLASS = 3
TOLERANCE = 1e-3  # relative and absolute, of a gradient; a package may compute in single precision


@contextmanager
def guarded(loss: Loss, optim: Optim) -> Iterator[None]:
    """Raise exceptions as a UserError of one line where the loss or the optimiser is of another package."""
    added = [] if LOSSES.is_own(type(loss)) else [f"loss={loss.name}"]
    added += [] if OPTIMISERS.is_own(type(optim)) else [f"optim={optim.name}"]
    if not added:
        yield
        return
    with of_added_code(f"training with {' '.join(added)}", "mend the option"):
        yield


def refuse_wrong_gradient(loss: Loss, rows: NDArray[np.int64], classes: int) -> None:
    """Compare the gradient that a loss of another package writes with the derivative of the values that it returns.

    Both are computed for a few rows of each class with random logits.

    Args:
        loss: as it is configured.
        rows: class indices [n] of the train rows, from which weights such as ``auto`` are computed.
        classes: number of classes.

    Raises:
        UserError: they differ, a shape is wrong, or the loss raises an exception.
    """
    if LOSSES.is_own(type(loss)):
        return
    target = torch.arange(classes).repeat(ROWS_PER_CLASS)
    random = torch.Generator().manual_seed(0)
    with of_added_code(f"loss={loss.name}", "mend the loss"):
        width, weighted = loss.outputs(classes), loss.of_rows(rows, classes)
        logits = torch.randn((1, len(target), width), generator=random, dtype=torch.float64, requires_grad=True)
        slope, shift = coefficients(target, weighted, width, torch.float64)
        slope = torch.ones((len(target), 1), dtype=torch.float64) if slope is None else slope
        objective = weighted.objective([weighted], 1, torch.device("cpu"))
        values = objective.losses(logits, slope[None], shift[None])
    if values.shape != (1, len(target)):
        raise UserError(
            f"loss={loss.name}: losses() returns shape {list(values.shape)} for logits {list(logits.shape)}, "
            f"not {[1, len(target)]}; mend the loss"
        )
    with of_added_code(f"loss={loss.name}", "mend the loss"):
        (expected,) = torch.autograd.grad(values.sum(), logits)
        written = torch.full_like(expected, torch.nan)
        objective.residual(logits.detach(), slope[None], shift[None], written)
    if not torch.allclose(written, expected, rtol=TOLERANCE, atol=TOLERANCE):
        worst = (written - expected).abs().nan_to_num(torch.inf).argmax()
        row, column = divmod(int(worst), width)
        raise UserError(
            f"loss={loss.name}: residual() writes {written[0, row, column]:.4g} where the derivative of losses() is "
            f"{expected[0, row, column]:.4g}; mend the loss"
        )
