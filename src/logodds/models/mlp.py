"""Multi-layer perceptron: inputs -> hidden layers -> logit."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.schema import choice, number


@dataclass(kw_only=True)
class MLP:
    """``hidden``: width of each hidden layer; ``dropout``: probability that a hidden unit is dropped in training."""

    name: str = choice("mlp")
    hidden: list[int] = number(least=1, most=65536)
    activation: str = choice("relu", "tanh", "gelu", "sigmoid")
    dropout: float = number(least=0.0, below=1.0)
