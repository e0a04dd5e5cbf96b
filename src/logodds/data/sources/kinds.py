"""The sources by name: their options, and raw files -> table."""

from __future__ import annotations

from typing import Any

from logodds.data.problem import Problem
from logodds.data.sources import assemble, idx, pictures, texts
from logodds.data.sources.idx import Idx
from logodds.data.sources.pictures import Pictures
from logodds.data.sources.tablefile import TableFile
from logodds.data.sources.texts import Texts
from logodds.data.table import Table
from logodds.options.schema import read_option

SOURCES: dict[str, type[Problem]] = {"csv": TableFile, "idx": Idx, "pictures": Pictures, "texts": Texts}


def options(node: Any) -> Problem:
    """The ``problem`` section as the dataclass of its source.

    Raises:
        UserError: an unknown source or key, or a value against its rule.
    """
    problem = read_option(SOURCES, node, "problem", key="source")
    if isinstance(problem, TableFile):
        problem.check()
    return problem


def read(problem: Problem, split_column: str | None = None) -> Table:
    """Read and check the problem's files. The column that splits the rows is no feature, so it may be an identifier.

    Raises:
        UserError: whatever is wrong with them, in one line.
    """
    match problem:
        case TableFile():
            return assemble.read(problem, split_column)
        case Idx():
            return idx.read(problem)
        case Pictures():
            return pictures.read(problem)
        case Texts():
            return texts.read(problem)
    raise TypeError(f"no source reads a {type(problem).__name__}")
