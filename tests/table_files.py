"""Tables as files, and how a test reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from logodds.data.sources.csv import TableFile
from logodds.data.sources.readers import assemble
from logodds.data.table import Table
from logodds.system.errors import UserError

DEFAULTS: dict[str, Any] = {
    "name": "t",
    "source": "csv",
    "test_path": None,
    "target": "y",
    "target_strip": "",
    "fold_labels": False,
    "classes": None,
    "drop": [],
    "kinds": None,
    "delimiter": "auto",
    "encoding": "auto",
    "quoting": "auto",
    "decimal": "auto",
    "thousands": "auto",
    "header": True,
    "columns": [],
    "skip_rows": 0,
    "test_skip_rows": 0,
    "missing": ["NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL", "None", "?"],
    "largest_rows": 10**7,
    "largest_bytes": 10**9,
}


def options(path: Path, **given: Any) -> TableFile:
    """The options of a file as the configuration has them; ``given`` are others."""
    return TableFile(**{**DEFAULTS, "path": str(path), **given})


def read(path: Path, **given: Any) -> Table:
    problem = options(path, **given)
    problem.check()
    return assemble.read(problem)


def written(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path, **given: Any) -> str:
    """The one line with which a file is refused, with ``FILE`` for its path."""
    with pytest.raises(UserError) as caught:
        read(path, **given)
    text = str(caught.value)
    assert "\n" not in text
    return text.replace(str(path), "FILE")
