"""The losses by name, with their options; their arithmetic is in ``objective.py``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logodds.options.rules import choice, number, weights
from logodds.system.errors import UserError, counted


@dataclass(kw_only=True)
class BCE:
    """Binary cross-entropy of one logit.

    ``label_smoothing`` e moves targets to t (1 - e) + e / 2, as Keras's BinaryCrossentropy does; ``pos_weight`` w
    multiplies the loss of positive rows, as in ``nn.BCEWithLogitsLoss``; ``auto`` takes negatives / positives of the
    train rows. ``from_logits`` false goes by the probability, as ``nn.Sigmoid`` and ``nn.BCELoss`` do, with their
    rounding: rows beyond a logit of about 17 stop learning.
    """

    name: str = choice("bce")
    label_smoothing: float = number(least=0.0, below=1.0)
    pos_weight: Any = weights("auto", single=True)
    from_logits: bool


@dataclass(kw_only=True)
class CrossEntropy:
    """Softmax cross-entropy of one logit per class.

    ``label_smoothing`` as in ``nn.CrossEntropyLoss``; ``class_weight`` has a weight per class, in the order of
    ``problem.classes``, or ``balanced``: rows / (classes * rows of the class), as in scikit-learn. The mean is over
    rows (Keras), not over weights (``nn.CrossEntropyLoss``).
    """

    name: str = choice("cross_entropy")
    label_smoothing: float = number(least=0.0, below=1.0)
    class_weight: Any = weights("balanced", single=False)


@dataclass(kw_only=True)
class Focal:
    """Focal loss (Lin et al. 2017, "Focal Loss for Dense Object Detection", equation 5) of one logit:
    -alpha_t (1 - p_t)^gamma log p_t. ``alpha`` weighs positive rows, 1 - alpha negative ones; null: 1 for both."""

    name: str = choice("focal")
    gamma: float = number(least=0.0, most=100.0)
    alpha: float | None = number(above=0.0, below=1.0)


Loss = BCE | CrossEntropy | Focal
LOSSES: dict[str, type[Loss]] = {"bce": BCE, "cross_entropy": CrossEntropy, "focal": Focal}


def outputs(loss: Loss, classes: int) -> int:
    """Logits per row that the loss needs.

    Raises:
        UserError: a loss of two classes where there are more, or not as many weights as classes.
    """
    if isinstance(loss, CrossEntropy):
        given = loss.class_weight
        if isinstance(given, list) and len(given) != classes:
            told = f"{counted(len(given), 'weight')} for {classes} classes"
            raise UserError(f"loss.class_weight: {told}; give one each")
        return classes
    if classes != 2:
        raise UserError(f"loss={loss.name}: needs two classes and there are {classes}; use loss=cross_entropy")
    return 1


def of_counts(loss: Loss, target: NDArray[np.int64], classes: int) -> Loss:
    """The loss with the weights that it takes from the train rows."""
    counts = np.maximum(np.bincount(target, minlength=classes), 1)
    if isinstance(loss, BCE) and loss.pos_weight == "auto":
        return dataclasses.replace(loss, pos_weight=float(counts[0] / counts[1]))
    if isinstance(loss, CrossEntropy) and loss.class_weight == "balanced":
        return dataclasses.replace(loss, class_weight=(len(target) / (classes * counts)).tolist())
    return loss
