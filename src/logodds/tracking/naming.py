"""How a run is called in the record, and the tags that the tracker gives a meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PARENT = "mlflow.parentRunId"  # tag of a run below another
TABLES = "mlflow.loggedArtifacts"  # the tag by which the UI knows that an artifact is a table
Columns = Mapping[str, Sequence[Any]]  # of a table, by name


@dataclass(frozen=True)
class Naming:
    """How the tracker is to call the run: its name, further tags, and the parent run of a sweep; ``run``: the one that
    was cut off, to go on with."""

    name: str
    tags: Mapping[str, str]
    parent: str | None = None
    run: str | None = None
