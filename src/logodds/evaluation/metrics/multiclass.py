"""Figures of many classes from logits [K, n, C] of K models at once and targets [n], the index of each row's class:
each gives [K]. Names and definitions are scikit-learn's, as for two classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from logodds.system.arrays import Array

Figure: TypeAlias = Callable[[Array, Array], Array]

BLOCK = 2**20  # numbers held at a time by what goes from model to model


def softmax(logits: Array) -> Array:
    """Probabilities [..., C] in float64, without overflow for any finite logits."""
    wide = np.asarray(logits, dtype=np.float64)
    found: Array = np.exp(wide - wide.max(axis=-1, keepdims=True))
    found /= found.sum(axis=-1, keepdims=True)
    return found


def log_loss(logits: Array, target: Array) -> Array:
    """Mean cross-entropy in nats, from logits, so that no probability needs clipping."""
    return by_blocks(_log_loss, logits, target)


def confusion(logits: Array, target: Array) -> Array:
    """Confusion matrices [K, C, C], actual rows and predicted columns; a row is called by its largest logit."""
    models, _, classes = logits.shape
    cells = target.astype(np.int64) * classes + logits.argmax(axis=-1)
    cells += np.arange(models)[:, None] * classes**2
    return np.bincount(cells.ravel(), minlength=models * classes**2).reshape(models, classes, classes)


def by_blocks(figure: Figure, logits: Array, target: Array) -> Array:
    """A figure of some models at a time, so that memory does not grow with their number."""
    _, rows, classes = logits.shape
    step = max(1, BLOCK // (max(rows, classes) * classes))
    blocks = (logits[first : first + step] for first in range(0, len(logits), step))
    return np.concatenate([figure(block, target) for block in blocks])


def _log_loss(logits: Array, target: Array) -> Array:
    wide = np.asarray(logits, dtype=np.float64)
    top = wide.max(axis=-1)
    spread = np.log(np.exp(wide - top[..., None]).sum(axis=-1))
    own = np.take_along_axis(wide, target.astype(np.int64)[None, :, None], axis=-1)[..., 0]
    found: Array = (spread + (top - own)).mean(axis=-1)
    return found
