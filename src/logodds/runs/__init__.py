"""One run: its configuration, inputs, training, record and files.

A package is an attribute of the one above it once anything in it has been imported, so that ``logodds.runs`` is this
module then. It can be called, and is the function ``logodds.runs(problem=..., sweep=...)`` of ``logodds.api`` too.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame


class _Runs(ModuleType):
    def __call__(self, problem: str | None = None, sweep: str | None = None) -> DataFrame:
        found: DataFrame = importlib.import_module("logodds.api").runs(problem, sweep)
        return found


sys.modules[__name__].__class__ = _Runs
