"""Random logits and targets for tests of figures, with ties and any imbalance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def two(seed: int, models: int = 4) -> tuple[Array, Array]:
    """Log-odds [models, n] and a target [n], both classes present."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(2, 120))
    target = (random.random(rows) < random.choice([0.03, 0.3, 0.5, 0.95])).astype(np.uint8)
    target[:2] = random.permutation([0, 1])
    logits = random.normal(0.0, random.choice([0.1, 2.0, 8.0]), (models, rows)) + target * random.uniform(-1, 3)
    logits[0] = np.round(logits[0])  # ties, and rows exactly at a threshold of 0.5
    logits[-1] = 0.25
    return logits, target


def many(seed: int, models: int = 3, classes: int | None = None) -> tuple[Array, Array]:
    """Logits [models, n, classes] and a target [n], every class present."""
    random = np.random.default_rng(seed)
    classes = int(random.integers(3, 12)) if classes is None else classes
    rows = classes + int(random.integers(1, 150))
    target = random.choice(classes, rows, p=random.dirichlet(np.ones(classes)))
    target[:classes] = random.permutation(classes)
    logits = random.normal(0.0, random.choice([0.1, 2.0, 8.0]), (models, rows, classes))
    logits += np.eye(classes)[target] * random.uniform(-1, 4)
    logits[0] = np.round(logits[0])
    logits[-1] = 0.25
    return logits, target
