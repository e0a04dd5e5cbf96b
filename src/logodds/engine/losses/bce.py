"""Binary cross-entropy."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logodds.engine.loss import Loss
from logodds.options.rules import choice, number, weights

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from logodds.engine.objective import Objective


@dataclass(kw_only=True)
class BCE(Loss):
    """Binary cross-entropy of one logit.

    Attributes:
        label_smoothing: a value e replaces a target t by t (1 - e) + e / 2, as Keras's BinaryCrossentropy does.
        pos_weight: factor of the loss of positive rows, as in ``nn.BCEWithLogitsLoss``; ``auto`` is the number of
            negative rows divided by the number of positive rows, both of the train rows.
        from_logits: if false, the loss is computed from the probability, as ``nn.Sigmoid`` with ``nn.BCELoss`` does,
            and with the same rounding: rows with a logit beyond about 17 no longer have a gradient.
    """

    name: str = choice("bce")
    label_smoothing: float = number(least=0.0, below=1.0)
    pos_weight: Any = weights("auto", single=True)
    from_logits: bool

    def weighs_rows(self) -> bool:
        return bool(self.pos_weight != 1.0)

    def is_log_loss(self) -> bool:
        return self.from_logits

    def of_rows(self, target: NDArray[np.int64], classes: int) -> BCE:
        if self.pos_weight != "auto":
            return self
        import numpy as np

        counts = np.maximum(np.bincount(target, minlength=classes), 1)
        return dataclasses.replace(self, pos_weight=float(counts[0] / counts[1]))

    def common(self) -> tuple[object, ...]:
        return (self.name, self.from_logits)

    def by_class(self, width: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor | None, Tensor]:
        import torch

        positive = torch.tensor([[0.0], [1.0]], dtype=dtype, device=device)
        smooth = positive * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing
        share = smooth * self.pos_weight
        return (None if self.pos_weight == 1.0 else share + (1.0 - smooth)), -share

    def objective(self, members: Sequence[Loss], slots: int, device: torch.device) -> Objective:
        from logodds.engine.objective import Logistic, Probability

        return Logistic() if self.from_logits else Probability()
