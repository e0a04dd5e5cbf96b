"""How rows are evaluated: the section ``evaluate`` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.options.rules import number


@dataclass(kw_only=True)
class EvaluateOptions:
    """What figures depend on beside the model's logits.

    Attributes:
        threshold: probability from which a row is called positive.
        calibration_bins: of the calibration curve, of equal width.
    """

    threshold: float = number(least=0.0, most=1.0)
    calibration_bins: int = number(least=2, most=1000)
