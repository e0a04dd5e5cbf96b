"""Losses and optimisers of other packages: their mistakes are one line that names them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from logodds.engine.loss import LOSSES, Loss
from logodds.engine.objective import coefficients
from logodds.engine.optim import OPTIMISERS, Optim
from logodds.system.errors import UserError, of_added_code

ROWS_PER_CLASS = 3
TOLERANCE = 1e-3  # relative and absolute, of a gradient; a package may compute in single precision


@contextmanager
def guarded(loss: Loss, optim: Optim) -> Iterator[None]:
    """Raise exceptions as a UserError of one line where the loss or the optimiser is of another package."""
    options = (("loss", loss.name, LOSSES.own()), ("optim", optim.name, OPTIMISERS.own()))
    added = [f"{section}={name}" for section, name, own in options if name not in own]
    if not added:
        yield
        return
    with of_added_code(f"training with {' '.join(added)}", "mend the option"):
        yield


def refuse_wrong_gradient(loss: Loss, classes: int) -> None:
    """Compare the gradient that a loss of another package writes with the derivative of the values that it returns.

    Both are computed for a few rows of each class with random logits.

    Args:
        loss: with weights that are numbers, see :meth:`Loss.of_rows`.
        classes: number of classes.

    Raises:
        UserError: they differ, a shape is wrong, or the loss raises an exception.
    """
    if loss.name in LOSSES.own():
        return
    target = torch.arange(classes).repeat(ROWS_PER_CLASS)
    random = torch.Generator().manual_seed(0)
    with of_added_code(f"loss={loss.name}", "mend the loss"):
        width = loss.outputs(classes)
        logits = torch.randn((1, len(target), width), generator=random, dtype=torch.float64, requires_grad=True)
        slope, shift = coefficients(target, loss, width, torch.float64)
        slope = torch.ones((len(target), 1), dtype=torch.float64) if slope is None else slope
        objective = loss.objective([loss], 1, torch.device("cpu"))
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
