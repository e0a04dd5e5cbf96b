"""Softmax cross-entropy, for two classes or more."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logodds.engine.loss import Loss
from logodds.options.rules import choice, number, weights
from logodds.system.errors import UserError, counted

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from logodds.engine.objective import Objective


@dataclass(kw_only=True)
class CrossEntropy(Loss):
    """Softmax cross-entropy of one logit per class.

    With class weights, the sum over a batch is divided by the number of rows, as in Keras, and not by the sum of their
    weights, as in ``nn.CrossEntropyLoss``.

    Attributes:
        label_smoothing: as in ``nn.CrossEntropyLoss``.
        class_weight: one weight per class, in the order of ``problem.classes``, or ``balanced`` for n / (C * n_c), with
            n rows, C classes and n_c rows of the class, as in scikit-learn; null gives all classes the same weight.
    """

    name: str = choice("cross_entropy")
    label_smoothing: float = number(least=0.0, below=1.0)
    class_weight: Any = weights("balanced", single=False)

    def outputs(self, classes: int) -> int:
        if isinstance(self.class_weight, list) and len(self.class_weight) != classes:
            given = counted(len(self.class_weight), "weight")
            raise UserError(f"loss.class_weight: {given} for {classes} classes; give one weight per class")
        return classes

    def weighs_rows(self) -> bool:
        return self.class_weight is not None

    def of_rows(self, target: NDArray[np.int64], classes: int) -> CrossEntropy:
        if self.class_weight != "balanced":
            return self
        import numpy as np

        counts = np.maximum(np.bincount(target, minlength=classes), 1)
        return dataclasses.replace(self, class_weight=(len(target) / (classes * counts)).tolist())

    def by_class(self, width: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor | None, Tensor]:
        import torch

        given = [1.0] * width if self.class_weight is None else self.class_weight
        weight = torch.tensor(given, dtype=dtype, device=device)
        hard = torch.eye(width, dtype=dtype, device=device)
        share = weight * (hard * (1.0 - self.label_smoothing) + self.label_smoothing / width)
        return (None if self.class_weight is None else share.sum(1, keepdim=True)), -share

    def objective(self, members: Sequence[Loss], slots: int, device: torch.device) -> Objective:
        from logodds.engine.objective import Softmax

        return Softmax()
