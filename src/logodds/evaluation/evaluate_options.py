"""Options of the evaluation: the section ``evaluate`` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.options.rules import number


@dataclass(kw_only=True)
class EvaluateOptions:
    """Options on which figures depend, besides the logits of the model.

    Attributes:
        threshold: probability from which a row is predicted to be positive, with two classes.
        calibration_bins: number of bins of the calibration curve, of equal width.
    """

    threshold: float = number(least=0.0, most=1.0)
    calibration_bins: int = number(least=2, most=1000)
