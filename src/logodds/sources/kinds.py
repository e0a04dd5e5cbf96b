"""The sources by name: their options, and raw files -> table."""

from __future__ import annotations

from typing import Any

from logodds.problem import Problem
from logodds.schema import read_option
from logodds.sources import csv
from logodds.sources.csv import Delimited
from logodds.table import Table

SOURCES: dict[str, type[Problem]] = {"csv": Delimited}


def options(node: Any) -> Problem:
    """The ``problem`` section as the dataclass of its source.

    Raises:
        UserError: an unknown source or key, or a value against its rule.
    """
    return read_option(SOURCES, node, "problem", key="source")


def read(problem: Problem) -> Table:
    """Read and check the problem's files.

    Raises:
        UserError: whatever is wrong with them, in one line.
    """
    match problem:
        case Delimited():
            return csv.read(problem, problem.file())
    raise TypeError(f"no source reads a {type(problem).__name__}")
