"""One run: its configuration, inputs, training, record and files.

``logodds.runs`` is also a public function, ``logodds.runs(problem=..., sweep=...)`` of ``logodds.api``. Once anything
in this package has been imported, Python binds the name to this module instead. Calling the module therefore calls that
function.
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
        table: DataFrame = importlib.import_module("logodds.api").runs(problem, sweep)
        return table


sys.modules[__name__].__class__ = _Runs
