"""Logistic regression: one layer, inputs -> logit."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.options.rules import choice


@dataclass(kw_only=True)
class Logistic:
    """z = x w + b."""

    name: str = choice("logistic")
