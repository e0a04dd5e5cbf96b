"""What to type for a file that is given in the place of a problem."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from logodds.data.problem import SOURCES, located
from logodds.options.overrides import as_typed
from logodds.runs import conf
from logodds.system.errors import UserError

# Of files that may hold a table.
ENDINGS = {".csv", ".tsv", ".txt", ".data", ".parquet", ".arrow", ".feather", ".orc", ".json", ".jsonl", ".xlsx", ".gz"}
MOST_NAMED = 3  # columns that may be the target


def is_file(given: str) -> bool:
    """Return whether a text names a file or folder that exists."""
    return "\0" not in given and located(given).exists()


def is_problem(given: str) -> bool:
    """Return whether a text may name a problem, and not a file."""
    return conf.has("problem", given) or not (is_file(given) or Path(given).suffix in ENDINGS)


def instead_of_file(file: str) -> str:
    """Return what is wrong with a file as a problem, and the words to type for it, with the likely targets."""
    path = as_typed("problem.path", file)
    if located(file).is_dir():
        return f"a folder; type problem=pets {path} for pictures, problem=texts {path} for texts, one folder per class"
    first, *others = _targets(file) or ["COLUMN"]
    what = "a file" if located(file).exists() else "a file, which is not there"
    more = f", or {' or '.join(as_typed('problem.target', name) for name in others)}" if others else ""
    return f"{what}; type problem=csv {path} {as_typed('problem.target', first)}{more}"


def _targets(file: str) -> list[str]:
    """Return the columns of a table that may be its target; none if the file cannot be read."""
    from logodds.data.sources.readers import files

    usual: Any = OmegaConf.to_container(conf.load("problem", "csv").problem)
    options: Any = SOURCES.read(OmegaConf.create(usual | {"path": file, "target": ""}))
    try:
        return files.likely_targets(options)[:MOST_NAMED]
    except UserError:
        return []
