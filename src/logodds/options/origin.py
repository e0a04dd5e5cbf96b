"""Where the modules of options are imported from: the environment, or the code stored with a model.

Code stored with a model is imported under another name (see ``serving/served.py``), so that it gives what it gave when
the model was trained, whatever version of it is installed.
"""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, distributions, entry_points

#: What stands before the names of modules: nothing, or the name of the stored code and a dot.
PREFIX = __name__.removesuffix("logodds.options.origin")


def module(name: str) -> str:
    """Return the name under which a module is imported here."""
    return PREFIX + name


def added(group: str) -> list[EntryPoint]:
    """Return the entry points of a group that other packages have; in stored code, those that are stored with it."""
    if not PREFIX:
        return list(entry_points(group=group))
    archive = sys.modules[PREFIX.removesuffix(".")].__path__
    stored = [point for distribution in distributions(path=list(archive)) for point in distribution.entry_points]
    return [EntryPoint(point.name, module(point.value), group) for point in stored if point.group == group]
