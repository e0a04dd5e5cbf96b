"""Figures for many classes, of K models at once: from logits [K, n, C] and targets [n], the index of each row's class,
to figures [K]. Names and definitions are those of scikit-learn, as for two classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from logodds.system.arrays import Array

Figure: TypeAlias = Callable[[Array, Array], Array]

BLOCK = 2**20  # numbers of an intermediate array at a time, for what is computed model by model


def softmax(logits: Array) -> Array:
    """Return probabilities [..., C] in float64, without overflow for any finite logits."""
    wide = np.asarray(logits, dtype=np.float64)
    probability: Array = np.exp(wide - wide.max(axis=-1, keepdims=True))
    probability /= probability.sum(axis=-1, keepdims=True)
    return probability


def log_loss(logits: Array, target: Array) -> Array:
    """Return the mean cross-entropy in nats. It is computed from logits, so no probability needs clipping."""
    return by_blocks(_log_loss, logits, target)


def confusion(logits: Array, target: Array) -> Array:
    """Return confusion matrices [K, C, C] with a row per actual class and a column per predicted class. The largest
    logit decides the predicted class.
    """
    models, _, classes = logits.shape
    cells = target.astype(np.int64) * classes + logits.argmax(axis=-1)
    cells += np.arange(models)[:, None] * classes**2
    return np.bincount(cells.ravel(), minlength=models * classes**2).reshape(models, classes, classes)


def by_blocks(figure: Figure, logits: Array, target: Array) -> Array:
    """Compute a figure [K] for some models at a time, so that memory does not grow with their number."""
    _, rows, classes = logits.shape
    step = max(1, BLOCK // (max(rows, classes) * classes))
    blocks = (logits[first : first + step] for first in range(0, len(logits), step))
    return np.concatenate([figure(block, target) for block in blocks])


def _log_loss(logits: Array, target: Array) -> Array:
    wide = np.asarray(logits, dtype=np.float64)
    top = wide.max(axis=-1)
    spread = np.log(np.exp(wide - top[..., None]).sum(axis=-1))
    own = np.take_along_axis(wide, target.astype(np.int64)[None, :, None], axis=-1)[..., 0]
    means: Array = (spread + (top - own)).mean(axis=-1)
    return means
