"""Train classifiers with binary cross-entropy, and keep a full record of every experiment.

The package has three functions for Python and notebooks, beside the command ``logodds``: :func:`train` trains a run as
``logodds train`` does, :func:`load` returns the model of a recorded run, and :func:`runs` lists the recorded runs.
A caller's mistake raises ``logodds.system.errors.UserError``. Heavy libraries are imported only when one of the three
is first used.
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
