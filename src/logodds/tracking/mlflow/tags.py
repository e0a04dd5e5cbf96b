"""MLflow's own names of tags that have a meaning on its pages, and conversions to and from them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from logodds.tracking.naming import Naming
from logodds.tracking.writer import Dataset, Pending

PARENT = "mlflow.parentRunId"
TABLES = "mlflow.loggedArtifacts"  # files of a run that are tables, as JSON
COLOUR = "mlflow.runColor"  # without it MLflow takes a hash of the run's id, and runs may look alike
DESCRIPTION = "mlflow.note.content"
KIND = ("mlflow.experimentKind", "custom_model_development")  # of an experiment whose page is that of trainings
MODEL_NAME = re.compile("[/:.%\"']")  # what the name of a model may not contain
CONTEXT = ("mlflow.data.context", "training")  # of a dataset


def of_naming(naming: Naming) -> dict[str, str]:
    """Return the tags of a new run."""
    own = {PARENT: naming.parent, COLOUR: naming.colour}
    return {**naming.tags, **{key: value for key, value in own.items() if value is not None}}


def of_pending(pending: Pending) -> dict[str, str]:
    """Return the tags of what is pending, except :data:`TABLES`, which depends on what the run has already."""
    values = dict(pending.tags)
    if (source := pending.source) is not None:
        values |= {"mlflow.source.name": source.command, "mlflow.source.type": "LOCAL", "mlflow.user": source.user}
        if source.commit is not None:
            values["mlflow.source.git.commit"] = source.commit
    own = {DESCRIPTION: pending.description, COLOUR: pending.colour}
    return values | {key: value for key, value in own.items() if value is not None}


def parent(tags: Mapping[str, str]) -> str | None:
    """Return the id of a run's parent, None if it has none."""
    return tags.get(PARENT)


def with_tables(before: str | None, tables: Sequence[str]) -> str:
    """Return the value of :data:`TABLES` with further tables added.

    Args:
        before: the value until now. Anybody may have written it; if it is not valid, files are just not shown as
            tables.
        tables: paths in the run.
    """
    try:
        entries = json.loads(before or "[]")
    except (ValueError, RecursionError):
        entries = []
    known = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    new = [{"path": path, "type": "table"} for path in tables]
    return json.dumps([*known, *(entry for entry in new if entry not in known)])


def model_name(problem: str) -> str:
    """Return the name under which models of a problem are logged."""
    return MODEL_NAME.sub("-", problem)


def schema(dataset: Dataset) -> str:
    """Return a dataset's columns as MLflow's JSON."""
    return json.dumps(
        {"mlflow_colspec": [{"type": kind, "name": key, "required": True} for key, kind in dataset.columns.items()]}
    )


def source(dataset: Dataset) -> str:
    """Return where a dataset came from as MLflow's JSON."""
    return json.dumps({"uri": dataset.path})


def profile(dataset: Dataset) -> str:
    """Return a dataset's size as MLflow's JSON."""
    return json.dumps({"num_rows": dataset.rows})
