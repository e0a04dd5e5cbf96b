"""Classifiers trained with binary cross-entropy, and the whole experiment kept.

From Python and notebooks, beside the command ``logodds``: :func:`train` makes a run as ``logodds train`` does,
:func:`load` gives the model of a recorded run, :func:`runs` lists what the record holds. What goes wrong by a caller's
mistake is raised as ``logodds.system.errors.UserError``. Nothing heavy is imported before one of them is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logodds.api import load, runs, train

__all__ = ["load", "runs", "train"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("logodds.api"), name)
