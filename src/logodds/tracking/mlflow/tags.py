"""MLflow's own names for what its pages give a meaning to, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from logodds.tracking.naming import Naming
from logodds.tracking.writer import Dataset, Pending

PARENT = "mlflow.parentRunId"
TABLES = "mlflow.loggedArtifacts"  # files of a run that are tables, as JSON
COLOUR = "mlflow.runColor"  # otherwise a hash of the run's id, and neighbours collide
DESCRIPTION = "mlflow.note.content"
CONTEXT = ("mlflow.data.context", "training")  # of a dataset


def of_naming(naming: Naming) -> dict[str, str]:
    """The tags of a new run."""
    own = {PARENT: naming.parent, COLOUR: naming.colour}
    return {**naming.tags, **{key: value for key, value in own.items() if value is not None}}


def of_pending(pending: Pending) -> dict[str, str]:
    """The tags of a batch, but :data:`TABLES`, which depends on what the run has already."""
    found = dict(pending.tags)
    if (source := pending.source) is not None:
        found |= {"mlflow.source.name": source.command, "mlflow.source.type": "LOCAL", "mlflow.user": source.user}
        if source.commit is not None:
            found["mlflow.source.git.commit"] = source.commit
    own = {DESCRIPTION: pending.description, COLOUR: pending.colour}
    return found | {key: value for key, value in own.items() if value is not None}


def parent(tags: Mapping[str, str]) -> str | None:
    """The id of a run's parent."""
    return tags.get(PARENT)


def with_tables(before: str | None, tables: Sequence[str]) -> str:
    """The value of :data:`TABLES` with further tables.

    Args:
        before: its value until now. Anybody may write it, and what it does not say is only not shown as a table.
        tables: paths in the run.
    """
    try:
        found = json.loads(before or "[]")
    except (ValueError, RecursionError):
        found = []
    known = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    new = [{"path": path, "type": "table"} for path in tables]
    return json.dumps([*known, *(each for each in new if each not in known)])


def schema(dataset: Dataset) -> str:
    """A dataset's columns, as MLflow's JSON."""
    return json.dumps(
        {"mlflow_colspec": [{"type": kind, "name": key, "required": True} for key, kind in dataset.columns.items()]}
    )


def source(dataset: Dataset) -> str:
    """Where a dataset came from, as MLflow's JSON."""
    return json.dumps({"uri": dataset.path})


def profile(dataset: Dataset) -> str:
    """A dataset's size, as MLflow's JSON."""
    return json.dumps({"num_rows": dataset.rows})
