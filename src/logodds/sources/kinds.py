"""The sources by name: their options, and raw files -> table."""

from __future__ import annotations

from typing import Any

from logodds.problem import Problem
from logodds.schema import read_option
from logodds.sources import csv, idx, pictures, texts
from logodds.sources.csv import Delimited
from logodds.sources.idx import Idx
from logodds.sources.pictures import Pictures
from logodds.sources.texts import Texts
from logodds.table import Table

SOURCES: dict[str, type[Problem]] = {"csv": Delimited, "idx": Idx, "pictures": Pictures, "texts": Texts}


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
        case Idx():
            return idx.read(problem)
        case Pictures():
            return pictures.read(problem)
        case Texts():
            return texts.read(problem)
    raise TypeError(f"no source reads a {type(problem).__name__}")
